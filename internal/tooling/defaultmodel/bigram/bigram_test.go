package bigram

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// reference is what scikit-learn says; testdata/make_reference.py wrote it.
type reference struct {
	Features []string             `json:"features"`
	Vectors  []map[string]float64 `json:"vectors"` // of the test texts
	Models   []struct {
		C         float64   `json:"c"`
		Intercept float64   `json:"intercept"`
		Scores    []float64 `json:"scores"` // of the test texts
	} `json:"models"`
}

// read returns the texts and labels of a file of testdata, and the reference.
func read(t *testing.T, name string) (texts []string, positive []bool) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for _, line := range lines[1:] {
		text, label, _ := strings.Cut(line, "\t")
		texts, positive = append(texts, text), append(positive, label == "1")
	}
	return texts, positive
}

func readReference(t *testing.T) *reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(reference)
	if err := json.Unmarshal(raw, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func trained(t *testing.T) *Texts {
	t.Helper()
	set, err := NewTexts(read(t, "train.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestVectorsAreThoseOfScikitLearn(t *testing.T) {
	want, v := readReference(t), trained(t).vectorizer
	names := make([]string, len(v.features))
	for name, i := range v.features {
		names[i] = name
	}
	if !slices.Equal(names, want.Features) {
		t.Fatalf("features\n%q\nwant\n%q", names, want.Features)
	}
	texts, _ := read(t, "test.tsv")
	for row, text := range texts {
		got := v.vector(text)
		if len(got) != len(want.Vectors[row]) {
			t.Errorf("%q: %d features, want %d", text, len(got), len(want.Vectors[row]))
		}
		for _, e := range got {
			if w := want.Vectors[row][names[e.feature]]; math.Abs(e.value-w) > 1e-14 {
				t.Errorf("%q: %q is %v, want %v", text, names[e.feature], e.value, w)
			}
		}
	}
}

func TestScoresAreThoseOfScikitLearn(t *testing.T) {
	set := trained(t)
	texts, _ := read(t, "test.tsv")
	for _, want := range readReference(t).Models {
		m, err := set.Train(want.C)
		if err != nil {
			t.Fatal(err)
		}
		const tolerance = 1e-4 // both stop where the gradient is nearly zero
		if math.Abs(m.intercept-want.Intercept) > tolerance {
			t.Errorf("C %v: intercept %v, want %v", want.C, m.intercept, want.Intercept)
		}
		for row, text := range texts {
			if got := m.Score(text); math.Abs(got-want.Scores[row]) > tolerance {
				t.Errorf("C %v: %q: score %v, want %v", want.C, text, got, want.Scores[row])
			}
		}
	}
}

func TestTrainingAgainGivesTheSameBits(t *testing.T) {
	var first *Model
	for range 3 {
		m, err := trained(t).Train(3)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = m
		}
		if !slices.Equal(m.weights, first.weights) || m.intercept != first.intercept {
			t.Fatal("another training gave other weights")
		}
	}
}

func TestTheGradientIsThatOfTheObjective(t *testing.T) {
	o := objective{trained(t), 0.01}
	x := make([]float64, o.Features()+1)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	got := make([]float64, len(x))
	o.gradient(got, x)
	const step = 1e-5
	for i := range x {
		at := x[i]
		x[i] = at + step
		high := o.value(x)
		x[i] = at - step
		low := o.value(x)
		x[i] = at
		if want := (high - low) / (2 * step); math.Abs(got[i]-want) > 1e-9 {
			t.Errorf("x[%d]: %v, want %v", i, got[i], want)
		}
	}
}

func TestTextsThatTeachNothingAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		texts    []string
		positive []bool
		want     string
	}{
		"one label":        {[]string{"good", "good"}, []bool{true, true}, "all 2 texts have the same label"},
		"no repeated word": {[]string{"good", "bad"}, []bool{true, false}, "no word stands in 2 of the 2 texts"},
	} {
		_, err := NewTexts(test.texts, test.positive)
		if err == nil || err.Error() != test.want || !badinput.Is(err) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestAnImpossibleCIsAnError(t *testing.T) {
	for _, c := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := trained(t).Train(c); err == nil {
			t.Errorf("C of %v was taken", c)
		}
	}
}
