package finetune

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/encoder"
)

// savedConfig is settings.json of a run: its settings as they took effect, defaults filled in. Where the output went and how many
// threads there were is not part of it: neither has an influence on the result.
type savedConfig struct {
	Lorica string `json:"lorica,omitempty"` // version of the program
	Config
	DType      string `json:"dtype"` // of the merged bundle
	TextField  string `json:"text_field,omitempty"`
	LabelField string `json:"label_field,omitempty"`
	SkipBad    bool   `json:"skip_bad"`
}

// effective returns the settings as JSON, once the model is prepared and its labels are known.
func (r *run) effective() ([]byte, error) {
	m := r.model.Encoder
	s := savedConfig{
		Lorica: r.Version, Config: r.Config, DType: strings.ToLower(r.DType.String()),
		TextField: r.Read.TextField, LabelField: r.Read.LabelField, SkipBad: r.Read.SkipBad,
	}
	s.Labels = m.Config.Labels
	s.HiddenDropout, s.AttentionDropout = shortest(m.Config.HiddenDropout), shortest(m.Config.AttentionDropout)
	s.LoRA = encoder.LoRA{}
	if a := m.Adapter(); a != nil {
		s.LoRA = *a
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return append(text, '\n'), nil
}

// shortest widens a probability to the float64 that is written with the same digits.
func shortest(p float32) *float64 {
	wide, err := strconv.ParseFloat(strconv.FormatFloat(float64(p), 'g', -1, 32), 64)
	if err != nil {
		wide = float64(p) // cannot be: it is a number that was just formatted
	}
	return &wide
}
