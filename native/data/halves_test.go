package data

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// numbered writes a file of rows whose texts are their numbers, with every third one negative.
func numbered(t *testing.T, name string, rows int) string {
	t.Helper()
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, "{\"text\": \"review %d\", \"label\": %v}\n", i, i%3 > 0)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// numbersOf gives the numbers back.
func numbersOf(s *Set) []int {
	var all []int
	for i := range s.Rows {
		var n int
		_, _ = fmt.Sscanf(s.Rows[i].Text, "review %d", &n)
		all = append(all, n)
	}
	return all
}

func TestSourcesGiveTheHalvesThatTheyName(t *testing.T) {
	file, other := numbered(t, "reviews.jsonl", 10), numbered(t, "test.jsonl", 3)
	lists := filepath.Join(t.TempDir(), "rows.json")
	if err := os.WriteFile(lists, []byte(`{"train": [4, 2, 9], "test": [7, 0]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	fifth := Size{Fraction: 0.2}
	for name, c := range map[string]struct {
		sources     Sources
		train, eval []int
	}{
		// datasets.Dataset.train_test_split(0.2, seed=42) and sklearn's train_test_split(range(10), test_size=0.2, random_state=42)
		"a split of datasets":              {Sources{Data: file, Split: SplitDatasets, TestSize: fifth, SplitSeed: 42}, []int{0, 7, 3, 2, 4, 9, 1, 8}, []int{5, 6}},
		"a split of scikit-learn":          {Sources{Data: file, Split: SplitSklearn, TestSize: fifth, SplitSeed: 42}, []int{5, 0, 7, 2, 9, 4, 3, 6}, []int{8, 1}},
		"nothing is held out":              {Sources{Data: file}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, nil},
		"a list of evaluation rows":        {Sources{Data: file, EvalRows: lists + ":test", TestSize: fifth}, []int{1, 2, 3, 4, 5, 6, 8, 9}, []int{7, 0}},
		"lists of both":                    {Sources{Data: file, Rows: lists + ":train", EvalRows: lists + ":test"}, []int{4, 2, 9}, []int{7, 0}},
		"a file of evaluation rows":        {Sources{Data: file, Rows: lists + ":train", EvalData: other, TestSize: fifth}, []int{4, 2, 9}, []int{0, 1, 2}},
		"the split of the rows of a list":  {Sources{Data: file, Rows: lists + ":train", TestSize: Size{Count: 1}, Split: SplitSklearn, SplitSeed: 1}, []int{9, 2}, []int{4}},
		"the same class shares when asked": {Sources{Data: file, Split: SplitStratified, TestSize: Size{Count: 2}, SplitSeed: 1}, nil, nil},
	} {
		h, err := c.sources.Load(nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, half := range []struct {
			set     *Set
			numbers []int
		}{{h.Train, h.TrainNumbers}, {h.Eval, h.EvalNumbers}} {
			if half.set != nil && !slices.Equal(half.numbers, numbersOf(half.set)) {
				t.Errorf("%s: the rows %v have the numbers %v", name, numbersOf(half.set), half.numbers)
			}
		}
		if c.sources.Split == SplitStratified {
			if counts := h.Eval.Counts(); !slices.Equal(counts, []int{1, 1}) {
				t.Errorf("%s: %v rows of each class", name, counts)
			}
			continue
		}
		var eval []int
		if h.Eval != nil {
			eval = numbersOf(h.Eval)
		}
		if got := numbersOf(h.Train); !slices.Equal(got, c.train) || !slices.Equal(eval, c.eval) {
			t.Errorf("%s: got %v and %v, want %v and %v", name, got, eval, c.train, c.eval)
		}
	}
}

func TestSourcesThatCannotBeHadAreBadInput(t *testing.T) {
	file := numbered(t, "reviews.jsonl", 10)
	for name, c := range map[string]struct {
		sources Sources
		want    string
	}{
		"no such file":         {Sources{Data: file + "x"}, "no such file"},
		"no such list":         {Sources{Data: file, Rows: file + "x"}, "row list"},
		"no such eval list":    {Sources{Data: file, EvalRows: file + "x"}, "row list"},
		"no such eval file":    {Sources{Data: file, EvalData: file + "x"}, "no such file"},
		"a half of everything": {Sources{Data: file, TestSize: Size{Count: 10}}, file + ": split: 10 test rows of 10 leave nothing to train on"},
	} {
		if _, err := c.sources.Load(nil); err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
