package data

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestLabelsUnderstandEverySpelling(t *testing.T) {
	for _, c := range []struct {
		classes string
		label   Label
		want    int // -1: unknown
	}{
		{"neg,pos", NameValue("pos"), 1},
		{"neg,pos", NameValue("POS"), 1},
		{"neg,pos", BoolValue(true), 1},
		{"neg,pos", BoolValue(false), 0},
		{"neg,pos", NameValue("False"), 0},
		{"neg,pos", IntValue(1), 1},
		{"neg,pos", NameValue("1"), 1},
		{"neg,pos", NameValue("1.0"), 1},
		{"neg,pos", IntValue(2), -1},
		{"neg,pos", IntValue(-1), -1},
		{"neg,pos", NameValue("mixed"), -1},
		{"neg,mixed,pos", BoolValue(true), -1},
		{"neg,mixed,pos", IntValue(2), 2},
		{"1,2,3", IntValue(1), 0},
		{"1,2,3", NameValue("3.0"), 2},
		{"1,2,3", IntValue(0), -1},
		{"True,False", BoolValue(true), 0},
		{"pos,POS", NameValue("Pos"), -1},
		{"pos,POS", NameValue("POS"), 1},
		{"neg,pos", Label{}, -1},
	} {
		l, err := ParseLabels(c.classes)
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.ID(c.label)
		if err != nil {
			got = -1
		}
		if got != c.want {
			t.Errorf("%s in %s: got %d (%v), want %d", c.label, c.classes, got, err, c.want)
		}
		if err != nil && c.label.Kind != NoLabel && !errors.Is(err, ErrUnknownLabel) {
			t.Errorf("%s in %s: %v is not ErrUnknownLabel", c.label, c.classes, err)
		}
	}
	for _, bad := range []string{"", "a,", "a,a", " ,b"} {
		if _, err := ParseLabels(bad); !badinput.Is(err) {
			t.Errorf("ParseLabels(%q): got %v, want a bad input error", bad, err)
		}
	}
}

func TestLabelsFromAModel(t *testing.T) {
	l, err := LabelsFromID2Label(map[int]string{1: "POSITIVE", 0: "NEGATIVE"})
	if err != nil || l.String() != "NEGATIVE, POSITIVE" {
		t.Fatalf("got %v, %v", l, err)
	}
	if _, err := LabelsFromID2Label(map[int]string{1: "a", 2: "b"}); !badinput.Is(err) {
		t.Errorf("ids with a gap: got %v, want a bad input error", err)
	}
}

func TestLabelsAreInferredAsLabelEncoderSortsThem(t *testing.T) {
	for _, c := range []struct {
		labels []Label
		want   string // names, or the error's end
	}{
		{[]Label{BoolValue(true), BoolValue(true)}, "negative, positive"},
		{[]Label{NameValue("TRUE"), NameValue("false")}, "negative, positive"},
		{[]Label{IntValue(1), IntValue(1)}, "0, 1"},
		{[]Label{NameValue("0"), NameValue("1.0")}, "0, 1"},
		{[]Label{IntValue(10), IntValue(9), NameValue("2")}, "2, 9, 10"},
		{[]Label{IntValue(-1), IntValue(1)}, "-1, 1"},
		{[]Label{NameValue("pos"), NameValue("neg"), NameValue("Mixed")}, "Mixed, neg, pos"},
		{[]Label{NameValue("10"), NameValue("9"), NameValue("x")}, "10, 9, x"},
		{[]Label{BoolValue(true), IntValue(0)}, "f: labels of two kinds: a bool on line 1, a number on line 2"},
		{[]Label{NameValue("a"), BoolValue(true)}, "f: labels of two kinds: a bool on line 2, a name on line 1"},
		{[]Label{NameValue("a"), IntValue(1)}, "f: labels of two kinds: a number on line 2, a name on line 1"},
		{[]Label{IntValue(1), {}}, "f:2: the row has no label"},
		{nil, "f: no rows to take labels from"},
	} {
		var rows []Row
		for i, l := range c.labels {
			rows = append(rows, Row{Line: i + 1, Label: l})
		}
		l, err := InferLabels("f", rows)
		got := ""
		if err == nil {
			got = l.String()
		} else if got = err.Error(); !badinput.Is(err) {
			t.Errorf("%v is not a bad input error", err)
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c.labels, got, c.want)
		}
	}
}

func write(t *testing.T, name, content string) string {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadMapsLabelsAndNamesTheRowOfAnUnknownOne(t *testing.T) {
	path := write(t, "r.csv", "text,label\na,pos\nb,neg\nc,meh\nd,pos\n")
	s, err := Load(path, nil, Options{})
	if err != nil || s.Labels.String() != "meh, neg, pos" || !slices.Equal(s.Classes, []int{2, 1, 0, 2}) || !slices.Equal(s.Counts(), []int{1, 1, 2}) {
		t.Fatalf("inferred: %+v, %v", s, err)
	}
	known, _ := ParseLabels("neg,pos")
	_, err = Load(path, known, Options{})
	if want := path + `:4: field "label": unknown label "meh"; known: neg, pos`; err == nil || err.Error() != want || !badinput.Is(err) || !errors.Is(err, ErrUnknownLabel) {
		t.Errorf("got %v, want %s", err, want)
	}
	s, err = Load(path, known, Options{SkipBad: true})
	if err != nil || s.Skipped != 1 || !slices.Equal(s.Classes, []int{1, 0, 1}) || show(s.Rows) != `2:a="pos"|3:b="neg"|5:d="pos"` {
		t.Errorf("with SkipBad: %+v, %v", s, err)
	}
}

func TestSplittingASetKeepsRowsAndClassesTogether(t *testing.T) {
	var content strings.Builder
	content.WriteString("text,label\n")
	for i := range 50 {
		content.WriteString([]string{"a,yes\n", "b,no\n", "b,no\n"}[i%3])
	}
	s, err := Load(write(t, "r.csv", content.String()), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, stratify := range []bool{false, true} {
		train, test, err := s.Split(SplitConfig{Test: Size{Fraction: 0.2}, Seed: 42}, stratify)
		if err != nil || train.Len() != 40 || test.Len() != 10 {
			t.Fatalf("stratify %v: %v", stratify, err)
		}
		for _, half := range []*Set{train, test} {
			for i, row := range half.Rows {
				if want := map[string]int{"a": 1, "b": 0}[row.Text]; half.Classes[i] != want {
					t.Fatalf("stratify %v: row %d is %q with class %d", stratify, row.Line, row.Text, half.Classes[i])
				}
			}
		}
		if stratify && !slices.Equal(test.Counts(), []int{7, 3}) {
			t.Errorf("stratified test half has %v of no and yes, want [7 3]", test.Counts())
		}
	}
	if rest := s.Without([]int{0, 2, 49}); rest.Len() != 47 || rest.Rows[0].Line != 3 || rest.Rows[1].Line != 5 || rest.Classes[0] != 0 {
		t.Errorf("Without: %d rows, the first two on lines %d and %d", rest.Len(), rest.Rows[0].Line, rest.Rows[1].Line)
	}
}

func TestDigestIsOfWhatRowsSayNotOfTheirFile(t *testing.T) {
	load := func(name, content string) string {
		s, err := Load(write(t, name, content), nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s.Digest()
	}
	same := load("r.csv", "text,label\na,pos\nb,neg\n")
	if got := load("r.jsonl", "\n{\"label\":\"pos\",\"review\":\"a\"}\n{\"review\":\"b\",\"label\":\"neg\"}"); got != same {
		t.Errorf("the same rows as JSON lines: %s, as CSV %s", got, same)
	}
	// sha256 of the bytes that Digest's comment describes, computed by hashlib.
	if want := "980d408e4c7486bdd8a47b0f5af583972ee00f39bc2e01ca5cfd687b7e6936e4"; same != want {
		t.Errorf("got %s, want %s", same, want)
	}
	for _, other := range []string{"text,label\nb,neg\na,pos\n", "text,label\nab,pos\n,neg\n", "text,label\na,neg\nb,pos\n", "text,label\na,pos\nb,neg\nb,neg\n"} {
		s, err := loadString(other)
		if err != nil {
			t.Fatal(err)
		}
		if s.Digest() == same {
			t.Errorf("%q has the digest of another set", other)
		}
	}
}

func loadString(csv string) (*Set, error) {
	r, err := NewReader("x.csv", strings.NewReader(csv), Options{AllowEmpty: true})
	if err != nil {
		return nil, err
	}
	return loadLabelled(r, nil)
}

func TestClassWeights(t *testing.T) {
	l, _ := ParseLabels("neg,mixed,pos")
	for _, c := range []struct {
		spec   string
		counts []int
		want   []float64 // nil: an error
	}{
		{"balanced", []int{10, 20, 70}, []float64{100. / 30, 100. / 60, 100. / 210}}, // compute_class_weight("balanced", ...)
		{"balanced", []int{10, 0, 70}, nil},
		{"1, 2.5,0", []int{1, 1, 1}, []float64{1, 2.5, 0}},
		{"pos=3,neg=1,mixed=2", []int{1, 1, 1}, []float64{1, 2, 3}},
		{"pos=3,POS=1,mixed=2", []int{1, 1, 1}, nil},
		{"1,2", []int{1, 1, 1}, nil},
		{"1,2,-1", []int{1, 1, 1}, nil},
		{"1,2,nan", []int{1, 1, 1}, nil},
		{"1,2,x", []int{1, 1, 1}, nil},
		{"0,0,0", []int{1, 1, 1}, nil},
		{"a=1,b=2,c=3", []int{1, 1, 1}, nil},
	} {
		got, err := ParseClassWeights(c.spec, c.counts, l)
		if c.want == nil {
			if !badinput.Is(err) {
				t.Errorf("%q: got %v, %v; want a bad input error", c.spec, got, err)
			}
			continue
		}
		if err != nil || !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-15 }) {
			t.Errorf("%q: got %v, %v; want %v", c.spec, got, err, c.want)
		}
	}
	if got, err := ParseClassWeights("none", nil, l); got != nil || err != nil {
		t.Errorf("none: got %v, %v", got, err)
	}
}
