package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native/metrics"
	"github.com/lorica-go/lorica/native/train"
)

// Run is a training run that has ended. The zero value of any field says that nothing is known, and is left out.
type Run struct {
	Title    string    `json:"title"` // empty: "Training report"
	Version  string    `json:"lorica,omitempty"`
	Finished time.Time `json:"finished,omitzero"`

	Model     string `json:"model,omitempty"`      // the base: a folder, a bundle or a hub id
	ModelType string `json:"model_type,omitempty"` // bert, roberta, ...
	Method    string `json:"method,omitempty"`     // what was trained, such as "LoRA, rank 4, on query and value"

	Data   []Data       `json:"data,omitempty"`
	Labels []LabelCount `json:"label_counts,omitempty"` // in the order of their ids
	Leaks  *Leaks       `json:"leaks,omitempty"`        // nil: not searched for

	TrainableParameters int `json:"trainable_parameters,omitempty"`
	Parameters          int `json:"parameters,omitempty"`

	Settings Settings `json:"settings,omitempty"`

	// Asked is what the answers of a language model took, when one was asked: requests, tokens, seconds, money.
	Asked Settings `json:"asked,omitempty"`

	Device          string  `json:"device,omitempty"`
	Threads         int     `json:"threads,omitempty"`
	Seconds         float64 `json:"seconds,omitempty"`      // of training, evaluation included
	TokensPerSecond float64 `json:"tokens_per_s,omitempty"` // of training

	// Merge compares the model before and after its adapter went into the weights; nil: nothing was merged.
	Merge *encoder.MergeProof `json:"merge,omitempty"`

	// Metrics measures the final weights on the test rows; nil: there were none.
	Metrics *metrics.Report `json:"-"`
	// History is the log. Entries may hold values that are not finite: figures leave them out, JSON has null.
	History []train.Entry `json:"-"`
	// Mistakes are test rows that the model has wrong, the surest first where that is known.
	Mistakes []Mistake `json:"-"`
}

// Data is a file of rows and what it was used for.
type Data struct {
	Name   string `json:"name"`
	Role   string `json:"role"` // "train", "test", ...
	Rows   int    `json:"rows"`
	Digest string `json:"digest,omitempty"` // SHA-256 of the rows
}

// LabelCount is how many rows a label has.
type LabelCount struct {
	Label string `json:"label"`
	Train int    `json:"train"`
	Test  int    `json:"test"`
}

// Leaks sums up texts that stand in the training and in the test rows.
type Leaks struct {
	ExactTestRows int     `json:"exact_test_rows"` // test rows whose text is a training row's
	NearTestRows  int     `json:"near_test_rows"`  // test rows that only nearly are
	TrainRows     int     `json:"train_rows"`      // training rows involved
	Conflicts     int     `json:"conflicts"`       // pairs with different labels
	Threshold     float64 `json:"threshold"`       // similarity from which texts count as near duplicates
	Dropped       int     `json:"dropped_rows"`    // training rows that were left out for it
}

// remaining is how many test rows the model may have seen.
func (l *Leaks) remaining() int {
	if l == nil || l.Dropped > 0 {
		return 0
	}
	return l.ExactTestRows + l.NearTestRows
}

// Mistake is a test row with another label than the model gives it.
type Mistake struct {
	Place     string  `json:"place,omitempty"` // file and line
	Text      string  `json:"text"`
	Label     string  `json:"label"`
	Predicted string  `json:"predicted"`
	Score     float64 `json:"score"` // probability of the predicted label; NaN where it is not known
}

// Setting is a named value: a string, a bool, an integer or a float.
type Setting struct {
	Name  string
	Value any
}

// Text is the value as a person would type it, or a dash for a float that is not finite.
func (s Setting) Text() string {
	if f, ok := s.Value.(float64); ok && !finite(f) {
		return "–"
	}
	return fmt.Sprint(s.Value)
}

// Settings are shown in their order; in JSON they are one object. Names must differ.
type Settings []Setting

// facts are the settings for people.
func (s Settings) facts() []fact {
	var all []fact
	for _, setting := range s {
		all = append(all, fact{printable(setting.Name), printable(setting.Text())})
	}
	return all
}

// MarshalJSON writes an object whose keys stand in the order of the settings; a float that is not finite is null. An error
// names a setting that occurs twice.
func (s Settings) MarshalJSON() ([]byte, error) {
	seen := make(map[string]bool, len(s))
	var b bytes.Buffer
	b.WriteByte('{')
	for i, setting := range s {
		if seen[setting.Name] {
			return nil, fmt.Errorf("setting %q occurs twice", setting.Name)
		}
		seen[setting.Name] = true
		if i > 0 {
			b.WriteByte(',')
		}
		value := setting.Value
		if f, ok := value.(float64); ok {
			value = metrics.Float(f)
		}
		name, err := json.Marshal(setting.Name)
		if err != nil {
			return nil, err
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("setting %q: %w", setting.Name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(raw)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// sure reports whether it is known how sure the model is of its mistakes.
func (r *Run) sure() bool { return len(r.Mistakes) > 0 && finite(r.Mistakes[0].Score) }

// title is the title, or what stands in for it.
func (r *Run) title() string {
	if r.Title == "" {
		return "Training report"
	}
	return r.Title
}
