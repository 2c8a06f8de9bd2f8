package predictions

import (
	"bytes"
	"encoding/json"
	"io"
)

// Scores are the probabilities of labels, which JSON has as an object whose keys keep the order of the labels.
type Scores struct {
	Labels []string
	Values []float64
}

// MarshalJSON writes {label: value}.
func (s Scores) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	out.WriteByte('{')
	for i, label := range s.Labels {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := e.Encode(label); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := e.Encode(s.Values[i]); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Line is a prediction for a labelled row, as it is written.
type Line struct {
	Row       int       `json:"row"`   // position in the set, from 0
	Line      int       `json:"line"`  // of the data's file, from 1
	Label     string    `json:"label"` // the true one
	Predicted string    `json:"predicted"`
	Score     float64   `json:"score"` // probability of the predicted label
	Scores    Scores    `json:"scores"`
	Logits    []float32 `json:"logits"` // in the order of the scores
}

// Write writes lines as JSON lines.
func Write(w io.Writer, lines []Line) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i := range lines {
		if err := e.Encode(&lines[i]); err != nil {
			return err
		}
	}
	return nil
}
