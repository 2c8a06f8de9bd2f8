package prompt

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
)

// Files of a run, in Config.Out, beside those of package report.
const (
	AnswersFile     = "answers.jsonl"     // the journal
	SettingsFile    = "settings.json"     // the settings that were in effect
	RequestFile     = "request.json"      // the first request
	PredictionsFile = "predictions.jsonl" // a label for each row
	RowsFile        = "rows.json"         // {"test": the numbers of the rows asked about}, a row list for other commands
)

// savedConfig is settings.json. How long requests took and how many ran at once is not part of it: neither has an influence on
// the result.
type savedConfig struct {
	Lorica string `json:"lorica,omitempty"` // version of the program
	Config
	Endpoint   string `json:"endpoint"` // without what it may hold of secrets
	Parallel   int    `json:"parallel,omitempty"`
	TextField  string `json:"text_field,omitempty"`
	LabelField string `json:"label_field,omitempty"`
	SkipBad    bool   `json:"skip_bad"`
	Template   string `json:"template"` // of the prompt
}

func (r *run) makeFolder() error {
	if err := os.MkdirAll(r.Out, 0o777); err != nil {
		return badinput.Errorf("output folder: %w", err)
	}
	return nil
}

// writeSettings writes what is known before the first request.
func (r *run) writeSettings() error {
	s := savedConfig{
		Lorica: r.Version, Config: r.Config, Endpoint: shownURL(r.Endpoint), TextField: r.Read.TextField, LabelField: r.Read.LabelField,
		SkipBad: r.Read.SkipBad, Template: r.asker.prompts.source,
	}
	s.Labels = r.asker.labels.Names()
	if err := r.write(SettingsFile, indented(s)); err != nil {
		return err
	}
	_, body, err := r.firstRequest()
	if err != nil {
		return err
	}
	if err := r.write(RequestFile, indented(json.RawMessage(body))); err != nil {
		return err
	}
	return r.write(RowsFile, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(map[string][]int{"test": r.rows.numbers})
	})
}

// write writes a file of the run, whole or not at all.
func (r *run) write(name string, fill func(w io.Writer) error) error {
	return atomicfile.Write(filepath.Join(r.Out, name), fill)
}

func indented(value any) func(io.Writer) error {
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(value)
	}
}

// prediction is a line of predictions.jsonl. As in what `lorica eval` writes, label is the true one.
type prediction struct {
	Row       int     `json:"row"`  // position in the file, from 0
	Line      int     `json:"line"` // of the file, from 1
	Label     string  `json:"label"`
	Predicted *string `json:"predicted"` // null: no answer
	Reason    string  `json:"reason,omitempty"`
}

// writePredictions writes a JSON object a row, in their order.
func (r *run) writePredictions(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	test := r.rows.test
	for row, class := range r.asker.classes {
		p := prediction{Row: r.rows.numbers[row], Line: test.Rows[row].Line, Label: test.Labels.Name(test.Classes[row]), Reason: r.asker.reasons[row]}
		if class != NoLabel {
			name := test.Labels.Name(class)
			p.Predicted = &name
		}
		if err := e.Encode(p); err != nil {
			return err
		}
	}
	return nil
}

// writeResults writes what is known after the last answer.
func (r *run) writeResults() error {
	if err := r.write(PredictionsFile, r.writePredictions); err != nil {
		return err
	}
	if err := r.writeReport(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
