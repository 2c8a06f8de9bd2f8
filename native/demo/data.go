package demo

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

//go:embed data/reviews.jsonl
var reviews string

//go:embed data/custom.jsonl
var custom string

// Reviews returns the reviews to train on as JSON lines, in an order that means nothing. Each has the fields "review", the text;
// "voted_up", whether it recommends the game; and "genre", the game's kind in lower-case words.
func Reviews() []byte { return []byte(reviews) }

// Custom returns the sentences to try a trained model with as JSON lines: "review" and "voted_up" are those of Reviews, "kind" is
// one of positive, negative, sarcastic and mixed, a line each in this order.
func Custom() []byte { return []byte(custom) }

// Files that WriteData and Run leave beside those of a training run.
const (
	ReviewsFile = "reviews.jsonl"
	CustomFile  = "sentences.jsonl"
	RowsFile    = "rows.json" // the numbers of the rows that were trained on, "train", and of those held out, "test"
)

// WriteData writes the reviews and the sentences as files into a folder, which it makes if need be, and returns their paths. A file
// of one of these names with other content is an input error: it may be somebody's own.
func WriteData(dir string) (paths []string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	for _, f := range []struct{ name, content string }{{ReviewsFile, reviews}, {CustomFile, custom}} {
		path := filepath.Join(dir, f.name)
		switch there, err := os.ReadFile(path); {
		case err == nil && string(there) != f.content:
			return nil, badinput.Errorf("%s: the file is not the demo's: name another folder, or remove it", path)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, badinput.Errorf("%w", err)
		case err != nil:
			if err := write(path, []byte(f.content)); err != nil {
				return nil, err
			}
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func write(path string, content []byte) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// writeRows writes the list of the rows of either half.
func writeRows(path string, h *data.Halves) error {
	text, err := json.Marshal(map[string][]int{"train": h.TrainNumbers, "test": h.EvalNumbers})
	if err != nil {
		return err
	}
	return write(path, append(text, '\n'))
}

// Sentence is one of those to try a model with.
type Sentence struct {
	Text  string `json:"text"`
	Label string `json:"label"` // the true one
	// Before is the answer of the built-in model as it is, After that of the merged bundle.
	Before Answer `json:"before"`
	After  Answer `json:"after"`
}

// Answer is a label and its probability.
type Answer struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// sentences returns the sentences as a labelled set.
func sentences(labels *data.Labels) (*data.Set, error) {
	r, err := data.NewReader(CustomFile, bytes.NewReader(Custom()), data.Options{NeedLabel: true})
	if err != nil {
		return nil, err
	}
	s := &data.Set{File: CustomFile, Labels: labels}
	for row, err := range r.Rows() {
		if err != nil {
			return nil, err
		}
		class, err := labels.ID(row.Label)
		if err != nil {
			return nil, err
		}
		s.Rows, s.Classes = append(s.Rows, row), append(s.Classes, class)
	}
	return s, nil
}
