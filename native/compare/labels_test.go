package compare

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

func TestLabelsOfModelsFindTheirClasses(t *testing.T) {
	for _, c := range []struct {
		name     string
		measured string
		model    string
		named    bool
		renames  []string
		want     []int
		note     string
	}{
		{"the same names", "neg pos", "neg pos", true, nil, []int{0, 1}, ""},
		{"another order", "neg pos", "pos neg", true, nil, []int{1, 0}, ""},
		{"another letter case", "neg pos", "POS Neg", true, nil, []int{1, 0}, ""},
		{"numbers for names", "neg pos", "1 0", true, nil, []int{1, 0}, ""},
		{"words for two classes", "neg pos", "True False", true, nil, []int{1, 0}, ""},
		{"no names", "neg pos", "LABEL_0 LABEL_1", false, nil, []int{0, 1}, "taken by their order: LABEL_0 for neg, LABEL_1 for pos."},
		{"renamed", "neg pos", "negative positive", true, []string{"negative=neg,positive=pos"}, []int{0, 1}, ""},
		{"renamed for one, which goes first", "neg pos", "a b", true, []string{"a=neg,b=pos", "m:a=pos,b=neg"}, []int{1, 0}, ""},
		{"renamed for another one", "neg pos", "neg pos", true, []string{"other:neg=pos"}, []int{0, 1}, ""},
		{"stars to two classes", "neg pos", "1 2 3 4 5", true, []string{"1=neg,2=neg,3=,4=pos,5=pos"}, []int{0, 0, -1, 1, 1}, ""},
		{"a label more", "neg pos", "neg neutral pos", true, nil, []int{0, -1, 1}, "m has the label neutral, which is none of those measured"},
		{"a label less", "neg neutral pos", "pos neg", true, nil, []int{2, 0}, "m has no label neutral: rows of it count as wrong."},
	} {
		labels, err := data.NewLabels(strings.Fields(c.measured)...)
		if err != nil {
			t.Fatal(err)
		}
		renames, err := ParseRenames(c.renames, []string{"m", "other"})
		if err != nil {
			t.Fatal(err)
		}
		l := labelling{"m", labels, renames}
		got, notes, err := l.ofModel(strings.Fields(c.model), c.named)
		if err != nil || !slices.Equal(got, c.want) || !strings.Contains(strings.Join(notes, " "), c.note) || (c.note == "") != (notes == nil) {
			t.Errorf("%s: got %v, %q, %v; want %v, %q", c.name, got, notes, err, c.want, c.note)
		}
	}
}

func TestLabelsThatLookLikeAnotherNameForOneThingAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, measured, model string
		named                 bool
		renames, want         string
	}{
		{"nothing in common", "neg pos", "bad good", true, "", "m: its labels are bad, good, those measured are neg, pos; --labels"},
		{"half in common", "neg pos", "negative pos", true, "", "m: its labels are negative, pos"},
		{"no names and another number", "neg pos", "LABEL_0 LABEL_1 LABEL_2", false, "", "m: its labels are LABEL_0, LABEL_1, LABEL_2"},
		{"two spellings of one", "neg pos", "neg pos POS", true, "", `m: its labels "pos" and "POS" are the same`},
		{"renamed to nothing that is measured", "neg pos", "a b", true, "a=neg,b=good", `m: label "b" is mapped to an unknown label "good"; known: neg, pos`},
	} {
		labels, err := data.NewLabels(strings.Fields(c.measured)...)
		if err != nil {
			t.Fatal(err)
		}
		var renames []Rename
		if c.renames != "" {
			if renames, err = ParseRenames([]string{c.renames}, nil); err != nil {
				t.Fatal(err)
			}
		}
		l := labelling{"m", labels, renames}
		if got, _, err := l.ofModel(strings.Fields(c.model), c.named); !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestRenamesAreRead(t *testing.T) {
	got, err := ParseRenames([]string{"a = b, c=", "m:x=y", "n:x=y", "m:2:x=y"}, []string{"m", "m:2"})
	want := []Rename{{"", "a", "b"}, {"", "c", ""}, {"m", "x", "y"}, {"", "n:x", "y"}, {"m:2", "x", "y"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "a", "=b", "a=b,", "m:", "a=b,a=c"} {
		if got, err := ParseRenames([]string{bad}, []string{"m"}); err == nil {
			t.Errorf("%q: got %+v", bad, got)
		}
	}
}
