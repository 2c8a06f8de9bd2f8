package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestClassWeightsTakeAValueInEveryForm(t *testing.T) {
	data := file(t, "reviews.jsonl", reviews(24))
	for name, test := range map[string]struct {
		flags []string
		want  []float64
	}{
		"no value":            {[]string{"--class-weights"}, []float64{1, 1}},
		"a word behind it":    {[]string{"--class-weights", "balanced"}, []float64{1, 1}},
		"numbers behind it":   {[]string{"--class-weights", "1,2.5"}, []float64{1, 2.5}},
		"names behind a sign": {[]string{"--class-weights=pos=2,neg=0.5"}, []float64{0.5, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "run")
			succeed(t, "", trainArgs(data, out, append([]string{"--quiet", "--max-steps", "1", "--split", "stratified"}, test.flags...)...)...)
			text, err := os.ReadFile(filepath.Join(out, "settings.json"))
			if err != nil {
				t.Fatal(err)
			}
			var saved struct {
				Train struct {
					ClassWeights []float64 `json:"class_weights"`
				} `json:"train"`
			}
			if err := json.Unmarshal(text, &saved); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(saved.Train.ClassWeights, test.want) {
				t.Errorf("weights %v, want %v", saved.Train.ClassWeights, test.want)
			}
		})
	}
}
