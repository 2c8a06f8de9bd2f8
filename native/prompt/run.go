package prompt

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/metrics"
)

// Facts are known when the first request is about to go out.
type Facts struct {
	Labels   []string `json:"labels"`
	Rows     int      `json:"rows"`              // that are asked about
	HeldOut  int      `json:"held_out_rows"`     // of which they are the first
	Train    int      `json:"train_rows"`        // of the other half
	Skipped  int      `json:"skipped_rows"`      // bad ones
	Cut      int      `json:"cut_rows"`          // texts longer than Config.MaxChars
	Examples []Place  `json:"examples"`          // in the order in which they are shown
	Digest   string   `json:"data_digest"`       // of the rows asked about
	Known    int      `json:"journal_exchanges"` // that the journal had
}

// Place is a row of a file.
type Place struct {
	File  string `json:"file"`
	Line  int    `json:"line"` // from 1
	Label string `json:"label"`
}

// Progress is how far a run is.
type Progress struct {
	Texts int // decided
	Tally
}

// Unanswered is a row that has got no label.
type Unanswered struct {
	Row    int    `json:"row"` // position in the file, from 0
	File   string `json:"file"`
	Line   int    `json:"line"` // from 1
	Label  string `json:"label"`
	Reason string `json:"reason"` // of the last attempt
}

// Result is what a run has led to.
type Result struct {
	Facts
	Models     []string        `json:"models"` // that answered, as the server calls them
	Format     Format          `json:"response_format"`
	Tally      Tally           `json:"tally"`
	Seconds    float64         `json:"seconds"`    // of this run, from the first request on
	Unanswered []Unanswered    `json:"unanswered"` // count as wrong
	Report     *metrics.Report `json:"report"`
}

// run is a run under way.
type run struct {
	Config
	rows   *rows
	asker  *asker
	result Result
}

// Run makes a run and leaves its files in Out. When ctx ends, or the server can no longer be reached, the answers so far stand in
// the journal, and the same run goes on from there. Rows that never get an answer are no error; it is one when none gets any.
func Run(ctx context.Context, c Config) (*Result, error) {
	if c.Out == "" {
		return nil, badinput.Errorf("no output folder given")
	}
	r, err := prepare(c)
	if err != nil {
		return nil, err
	}
	if err := r.makeFolder(); err != nil {
		return nil, err
	}
	if err := r.openAnswers(); err != nil {
		return nil, err
	}
	err = r.make(ctx)
	if err = errors.Join(err, r.asker.answers.close()); err != nil {
		return nil, err
	}
	return &r.result, nil
}

// FirstRequest returns the first request that Run would send: its messages, and its body as JSON.
func FirstRequest(c Config) (messages []Message, body []byte, err error) {
	r, err := prepare(c)
	if err != nil {
		return nil, nil, err
	}
	return r.firstRequest()
}

// prepare reads all that a run needs.
func prepare(c Config) (*run, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	r := &run{Config: c}
	var err error
	if r.rows, err = c.loadRows(); err != nil {
		return nil, err
	}
	labels := r.rows.test.Labels
	prompts, err := newPrompter(c.PromptFile, c.Task, labels, c.MaxChars, r.rows.examples)
	if err != nil {
		return nil, err
	}
	r.asker = &asker{
		Config: &r.Config, texts: texts(r.rows.test.Rows), labels: labels, prompts: prompts, format: newNegotiation(c.Format),
		classes: make([]int, r.rows.test.Len()), reasons: make([]string, r.rows.test.Len()),
	}
	return r, nil
}

func (r *run) firstRequest() ([]Message, []byte, error) {
	q := question{attempt: 1}
	for row := range min(r.ChunkSize, len(r.asker.texts)) {
		q.rows = append(q.rows, row)
	}
	var err error
	if q.messages, err = r.asker.prompts.messages(r.asker.texts[:len(q.rows)]); err != nil {
		return nil, nil, err
	}
	body, err := r.asker.request(&q, r.asker.format.format())
	return q.messages, body, err
}

// openAnswers opens the journal.
func (r *run) openAnswers() error {
	path := r.Answers
	if path == "" {
		path = filepath.Join(r.Out, AnswersFile)
	}
	var forget func(e *Exchange) bool
	if r.RetryUnanswered {
		forget = func(e *Exchange) bool {
			_, wrong := e.judge(r.asker.labels)
			return e.Count == 1 && wrong != nil
		}
	}
	var err error
	r.asker.answers, err = openAnswers(path, forget, r.Logger)
	return err
}

// make asks for all labels, measures them and writes the files.
func (r *run) make(ctx context.Context) error {
	if err := r.writeSettings(); err != nil {
		return err
	}
	r.result.Facts = r.facts()
	if r.OnStart != nil {
		r.OnStart(r.result.Facts)
	}
	r.asker.client = newClient(&r.Config)
	begin := r.Now()
	if err := r.asker.all(ctx); err != nil {
		return err
	}
	r.result.Seconds = r.Now().Sub(begin).Seconds()
	if err := r.measure(); err != nil {
		return err
	}
	return r.writeResults()
}

func (r *run) facts() Facts {
	test, examples := r.rows.test, r.rows.examples
	f := Facts{
		Labels: test.Labels.Names(), Rows: test.Len(), HeldOut: r.rows.held, Skipped: r.rows.skipped, Digest: test.Digest(),
		Examples: make([]Place, 0, examples.Len()), Known: r.asker.answers.len(),
	}
	if r.rows.train != nil {
		f.Train = r.rows.train.Len()
	}
	for _, text := range r.asker.texts {
		if cut(text, r.MaxChars) != text {
			f.Cut++
		}
	}
	for i := range examples.Rows {
		f.Examples = append(f.Examples, Place{examples.File, examples.Rows[i].Line, examples.Labels.Name(examples.Classes[i])})
	}
	return f
}

// measure turns the answers into measures.
func (r *run) measure() error {
	a, test := r.asker, r.rows.test
	res := &r.result
	res.Tally, res.Models, res.Format = a.tally.sum(r.Prices), a.tally.models, a.format.format()
	res.Unanswered = []Unanswered{}
	for row, class := range a.classes {
		if class == NoLabel {
			res.Unanswered = append(res.Unanswered, Unanswered{r.rows.numbers[row], test.File, test.Rows[row].Line, test.Labels.Name(test.Classes[row]), a.reasons[row]})
		}
	}
	var err error
	res.Report, err = metrics.Measure(test.Classes, metrics.Answers{Predicted: a.classes}, test.Labels.Names())
	return err
}
