package compare

import (
	"context"
	"errors"
	"fmt"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/inspect"
)

// contestant is a model that takes its turns.
type contestant struct {
	outcome    *Outcome
	model      *native.Model
	classifier *encoder.Classifier
	classes    []int // of the model's labels
	answers    *answers
	timer      timer
}

// open opens a model and finds the classes of its labels.
func (r *run) open(o *Outcome) error {
	m, err := native.OpenModel(o.Path, native.Options{Adapter: o.Adapter, Threads: r.Threads, MaxTokens: r.MaxTokens, LongRun: true})
	if err != nil {
		return err
	}
	c := &contestant{outcome: o, model: m}
	r.contestants = append(r.contestants, c)
	if o.Model, err = inspect.Describe(m, o.Adapter); err != nil {
		return err
	}
	l := labelling{o.Name, r.labels, r.Renames}
	notes := []string(nil)
	if c.classes, notes, err = l.ofModel(m.Encoder.Config.Labels, m.Encoder.Config.Named); err != nil {
		return err
	}
	r.result.Notes = append(r.result.Notes, notes...)
	c.classifier, err = m.Classifier()
	return err
}

func (r *run) close() error {
	var err error
	for _, c := range r.contestants {
		err = errors.Join(err, c.model.Close())
	}
	return err
}

// checkTokens returns an input error when rows bring token ids, which belong to one tokenizer, and the models have several.
func (r *run) checkTokens() error {
	first := -1
	for i := range r.set.Rows {
		if r.set.Rows[i].InputIDs != nil {
			first = i
			break
		}
	}
	if first < 0 {
		return nil
	}
	var reference *contestant
	for _, c := range r.contestants {
		t := c.model.Tokenizer
		if t == nil {
			continue
		}
		if reference != nil && string(reference.model.Tokenizer.JSON()) != string(t.JSON()) {
			err := badinput.Errorf("the row brings token ids, but %s and %s have different tokenizers; give it as text", reference.outcome.Name, c.outcome.Name)
			return badinput.Errorf("%w", &data.RowError{File: r.set.File, Line: r.set.Rows[first].Line, Err: err})
		}
		reference = c
	}
	return nil
}

// blockRows is how many rows a model classifies before the next has its turn.
const blockRows = 128

// classify lets the models take turns: block by block, another one beginning each time, so that none has the machine at a
// better moment. Their first blocks are not timed, in which memory is got and filled. Then blocks are classified again until
// every model was timed for long enough.
func (r *run) classify(ctx context.Context) error {
	if len(r.contestants) == 0 {
		return nil
	}
	for _, c := range r.contestants {
		c.answers = newAnswers(r.set.Len(), r.labels.Len())
	}
	blocks := (r.set.Len() + blockRows - 1) / blockRows
	for turn := 0; ; turn++ {
		again := turn >= blocks
		if again && r.timed(turn-blocks) {
			break
		}
		block := turn % blocks
		first := block * blockRows
		rows := &data.Set{File: r.set.File, Rows: r.set.Rows[first:min(r.set.Len(), first+blockRows)]}
		for i, k := range order(len(r.contestants), turn) {
			c := r.contestants[k]
			if err := c.take(ctx, r, rows, first, turn > 0, again); err != nil {
				return err
			}
			if r.Progress != nil && !again {
				done := first*len(r.contestants) + (i+1)*rows.Len()
				r.Progress(done, r.set.Len()*len(r.contestants))
			}
		}
	}
	for _, c := range r.contestants {
		c.answers.finish(true, true)
		c.outcome.answers = *c.answers
		c.outcome.Speed = c.timer.speed(&r.contestants[0].timer)
		c.outcome.Speed.Device, c.outcome.Speed.Threads = "cpu ("+c.model.Device.Tier().String()+")", c.model.Device.Threads()
	}
	return nil
}

// order says in which order n models take a turn: each begins as often as any other.
func order(n, turn int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = (turn + i) % n
	}
	return list
}

// maxAgain bounds how many blocks are classified again; few short rows would otherwise take very many.
const maxAgain = 2000

// timed reports whether every model was timed for long enough.
func (r *run) timed(blocksAgain int) bool {
	if blocksAgain >= maxAgain {
		return true
	}
	for _, c := range r.contestants {
		if c.timer.total < r.MinTime || len(c.timer.blocks) == 0 {
			return false
		}
	}
	return true
}

// take classifies a block whose first row is the one of that number.
func (c *contestant) take(ctx context.Context, r *run, rows *data.Set, first int, timed, again bool) error {
	start := r.Now()
	all, counts, err := classify.Set(ctx, c.classifier, rows, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", c.outcome.Name, err)
	}
	if timed {
		c.timer.add(r.Now().Sub(start), counts.Rows, counts.Tokens)
	}
	if again {
		return nil
	}
	c.outcome.Tokens += counts.Tokens
	c.outcome.Truncated += counts.Truncated
	for i := range all {
		a, row := &all[i], first+i
		class := c.classes[a.Index]
		c.answers.add(row, class, c.classes, a.Scores)
		if c.answers.labels[row] = ""; class < 0 {
			c.answers.labels[row] = a.Label
		}
		logits := make([]float64, len(a.Logits))
		for k, v := range a.Logits {
			logits[k] = float64(v)
		}
		c.answers.logits[row] = byClass(logits, c.classes, r.labels.Len())
	}
	return nil
}
