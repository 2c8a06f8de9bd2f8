package prompt

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// ErrLeak is wrapped by the error for examples that stand in the rows that are asked about.
var ErrLeak = errors.New("examples stand in the rows that are asked about")

// rows are those of a run.
type rows struct {
	train    *data.Set // nil where nothing is held out
	test     *data.Set // whose labels are asked for
	numbers  []int     // of them in their file, from 0
	held     int       // rows that are held out, of which Config.Limit may leave some out of test
	examples *data.Set // shown to the model; empty without shots
	skipped  int       // bad rows of the files
}

// loadRows reads the files, parts their rows and draws the examples.
func (c *Config) loadRows() (*rows, error) {
	var labels *data.Labels
	if c.Labels != nil {
		var err error
		if labels, err = data.NewLabels(c.Labels...); err != nil {
			return nil, err
		}
	}
	halves, err := c.Load(labels)
	if err != nil {
		return nil, err
	}
	r := &rows{train: halves.Train, test: halves.Eval, numbers: halves.EvalNumbers, skipped: halves.Skipped}
	if r.test == nil {
		r.train, r.test, r.numbers = nil, halves.Train, halves.TrainNumbers
	}
	if r.test.Labels.Len() < 2 {
		return nil, badinput.Errorf("%s: only the label %q: there is nothing to tell apart", r.test.File, r.test.Labels.Name(0))
	}
	for i := range r.test.Rows {
		if row := &r.test.Rows[i]; row.Text == "" {
			return nil, badinput.Errorf("%w", &data.RowError{File: r.test.File, Line: row.Line, Err: errors.New("the row has token ids, which cannot be sent to a model elsewhere, and no text")})
		}
	}
	if err := c.draw(r); err != nil {
		return nil, err
	}
	if r.held = r.test.Len(); c.Limit > 0 && c.Limit < r.held {
		first := make([]int, c.Limit)
		for i := range first {
			first[i] = i
		}
		r.test, r.numbers = r.test.Select(first), r.numbers[:c.Limit]
	}
	return r, nil
}

// draw draws the examples from the training half, and makes sure that none of their texts is asked about.
func (c *Config) draw(r *rows) error {
	r.examples = &data.Set{File: r.test.File, Labels: r.test.Labels}
	if c.Shots == 0 {
		return nil
	}
	if r.train == nil {
		return badinput.Errorf("examples are drawn from the training half, and nothing is held out from it")
	}
	pool := r.train
	if c.DropLeaks {
		leaks, err := data.FindLeaks(pool, r.test, 0)
		if err != nil {
			return err
		}
		pool = pool.Without(leaks.TrainRows)
	}
	drawn, err := pool.Sample(c.Shots, c.ShotsSeed)
	if err != nil {
		return fmt.Errorf("examples: %w", err)
	}
	r.examples = pool.Select(drawn)
	return c.checkExamples(r)
}

// checkExamples returns an error that names the rows if an example's text, but for letter case and white space, is asked about.
// One that only nearly is, is told of.
func (c *Config) checkExamples(r *rows) error {
	found, err := data.FindLeaks(r.examples, r.test, 0)
	if err != nil {
		return err
	}
	var places []string
	for _, leak := range found.Leaks {
		if leak.Exact {
			places = append(places, fmt.Sprintf("%s is also %s", lines(r.examples.File, leak.TrainLines), lines(r.test.File, leak.TestLines)))
		}
	}
	if places != nil {
		return badinput.Errorf("%w: %s", ErrLeak, strings.Join(places, "; "))
	}
	for _, leak := range found.Leaks {
		c.Logger.Warn("an example nearly stands in the rows that are asked about", "example", lines(r.examples.File, leak.TrainLines),
			"row", lines(r.test.File, leak.TestLines), "similarity", strconv.FormatFloat(leak.Similarity, 'f', 2, 64))
	}
	return nil
}

// lines names places in a file: reviews.jsonl:3, 17 and 20 more.
func lines(file string, numbers []int) string {
	const most = 10
	numbers = slices.Sorted(slices.Values(numbers))
	var list []string
	for _, n := range numbers[:min(len(numbers), most)] {
		list = append(list, strconv.Itoa(n))
	}
	text := file + ":" + strings.Join(list, ", ")
	if more := len(numbers) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
