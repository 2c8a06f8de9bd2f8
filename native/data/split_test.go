package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/shared"
)

// goldenRows is an index list as splits.json describes it.
type goldenRows struct {
	N       int    `json:"n"`
	First20 []int  `json:"first20"`
	SHA256  string `json:"sha256"`
}

func (g goldenRows) check(t *testing.T, what string, got []int) {
	t.Helper()
	var buf []byte
	for _, v := range got {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(v))
	}
	sum := sha256.Sum256(buf)
	if len(got) != g.N || !slices.Equal(got[:min(20, len(got))], g.First20) || hex.EncodeToString(sum[:]) != g.SHA256 {
		t.Errorf("%s: %d rows beginning %v; want %d rows beginning %v", what, len(got), got[:min(20, len(got))], g.N, g.First20)
	}
}

type goldenSplit struct{ Train, Test goldenRows }

type goldenSplits struct {
	Generator struct {
		PCG64   []string `json:"pcg64_raw_u64"`
		MT19937 []uint32 `json:"mt19937_raw_u32"`
		Seeds   []uint32 `json:"seed_sequence_u32"`
	} `json:"generator"`
	Permutation       map[string]goldenRows  `json:"default_rng.permutation"`
	LegacyPermutation map[string]goldenRows  `json:"RandomState.permutation"`
	Datasets          map[string]goldenSplit `json:"datasets.train_test_split"`
	DatasetsStrat     map[string]goldenSplit `json:"datasets.train_test_split.stratified"`
	Sklearn           map[string]goldenSplit `json:"sklearn.train_test_split"`
	SklearnStrat      map[string]goldenSplit `json:"sklearn.train_test_split.stratified"`
}

func loadGoldenSplits(t *testing.T) goldenSplits {
	raw, err := os.ReadFile(shared.Path(t, "golden", "splits.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g goldenSplits
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGeneratorsDrawWhatNumpyDraws(t *testing.T) {
	g := loadGoldenSplits(t).Generator
	pcg := NewPCG64(42)
	for i, want := range g.PCG64 {
		if got := strconv.FormatUint(pcg.Uint64(), 10); got != want {
			t.Fatalf("PCG64 draw %d: got %s, want %s", i, got, want)
		}
	}
	mt := NewMT19937(42)
	for i, want := range g.MT19937 {
		if got := mt.Uint32(); got != want {
			t.Fatalf("MT19937 draw %d: got %d, want %d", i, got, want)
		}
	}
	if got := seedSequence([]uint64{42}, len(g.Seeds)); !slices.Equal(got, g.Seeds) {
		t.Errorf("SeedSequence: got %v, want %v", got, g.Seeds)
	}
}

func TestSplitsAreThoseOfTheLibrariesRowForRow(t *testing.T) {
	g := loadGoldenSplits(t)
	for key, want := range g.Permutation {
		n, _ := strconv.Atoi(key)
		want.check(t, "Permutation "+key, Permutation(n, 42))
	}
	for key, want := range g.LegacyPermutation {
		n, _ := strconv.Atoi(key)
		want.check(t, "LegacyPermutation "+key, LegacyPermutation(n, 42))
	}
	for _, c := range []struct {
		library  Library
		stratify bool
		want     map[string]goldenSplit
	}{
		{HFDatasets, false, g.Datasets}, {HFDatasets, true, g.DatasetsStrat},
		{ScikitLearn, false, g.Sklearn}, {ScikitLearn, true, g.SklearnStrat},
	} {
		if len(c.want) == 0 {
			t.Errorf("no golden splits for %s, stratified %v", c.library, c.stratify)
		}
		for key, want := range c.want {
			n, _ := strconv.Atoi(key)
			config := SplitConfig{Library: c.library, Test: Size{Fraction: 0.2}, Seed: 42}
			if c.stratify {
				for i := range n {
					config.Stratify = append(config.Stratify, []int{0, 1, 0, 0, 2, 0, 1, 0, 0, 0}[i%10])
				}
			}
			got, err := TrainTestSplit(n, config)
			if err != nil {
				t.Fatal(err)
			}
			name := string(c.library) + " " + key + " stratified " + strconv.FormatBool(c.stratify)
			want.Train.check(t, name+" train", got.Train)
			want.Test.check(t, name+" test", got.Test)
		}
	}
}

// Printed by numpy 2.4.6: np.random.default_rng(seed).permutation(n).tolist().
func TestPermutationTakesSeedsAsNumpyDoes(t *testing.T) {
	for _, c := range []struct {
		seed []uint64
		want []int
	}{
		{[]uint64{0}, []int{4, 6, 2, 7, 3, 5, 9, 0, 8, 1}},
		{[]uint64{42}, []int{5, 6, 0, 7, 3, 2, 4, 9, 1, 8}},
		{[]uint64{1 << 32}, []int{9, 1, 3, 8, 7, 6, 0, 4, 2, 5}},
		{[]uint64{1<<40 + 5}, []int{8, 1, 2, 5, 3, 0, 9, 7, 4, 6}},
		{[]uint64{1, 0}, []int{8, 4, 7, 0, 1, 2, 5, 9, 6, 3}},
		{[]uint64{2, 0}, []int{2, 0, 7, 6, 9, 5, 3, 4, 8, 1}},
		{[]uint64{2, 1}, []int{0, 8, 9, 2, 3, 6, 4, 1, 5, 7}},
		{[]uint64{7, 1 << 33}, []int{6, 8, 1, 3, 0, 9, 2, 7, 4, 5}},
		{[]uint64{1, 2, 3, 4, 5, 6}, []int{0, 9, 7, 8, 3, 6, 5, 4, 1, 2}},
	} {
		if got := Permutation(10, c.seed...); !slices.Equal(got, c.want) {
			t.Errorf("seed %v: got %v, want %v", c.seed, got, c.want)
		}
	}
	if got, want := Permutation(6400, 1, 0)[:6], []int{1247, 1339, 1344, 806, 71, 5622}; !slices.Equal(got, want) {
		t.Errorf("6400 rows, seed [1 0]: got %v, want %v", got, want)
	}
}

func TestSizesThatCannotSplitAreRefused(t *testing.T) {
	for _, s := range []string{"", "0", "-3", "0.0", "1.0", "1.5", "nan", "inf", "0x1p-2", "half"} {
		if size, err := ParseSize(s); err == nil {
			t.Errorf("ParseSize(%q) = %v, want an error", s, size)
		} else if !badinput.Is(err) {
			t.Errorf("ParseSize(%q): %v is not a bad input error", s, err)
		}
	}
	one := make([]int, 10)
	one[3] = 1
	for name, c := range map[string]SplitConfig{
		"no size":                   {},
		"count of all rows":         {Test: Size{Count: 10}},
		"fraction rounds up to all": {Test: Size{Fraction: 0.95}},
		"a class of one row":        {Test: Size{Count: 5}, Stratify: one},
		"fewer rows than classes":   {Test: Size{Count: 1}, Stratify: []int{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}},
		"seed beyond scikit-learn":  {Library: ScikitLearn, Test: Size{Count: 5}, Seed: 1 << 32},
	} {
		if _, err := TrainTestSplit(10, c); !badinput.Is(err) {
			t.Errorf("%s: got %v, want a bad input error", name, err)
		}
	}
	if _, err := TrainTestSplit(1, SplitConfig{Test: Size{Fraction: 0.2}}); err == nil {
		t.Error("one row was split in two")
	}
}

// Printed by datasets 5.2.0 and scikit-learn 1.9.1 (test rows only); ties between classes are drawn in each case, and in the
// first the libraries' roundings of a class's share differ.
func TestStratifiedSplitsBreakTiesAsTheLibrariesDo(t *testing.T) {
	for _, c := range []struct {
		classes           string
		size              Size
		seed              uint64
		datasets, sklearn []int
	}{
		{"001340123421230010040123002234000340123401234012040123101204012", Size{Fraction: 0.1}, 284,
			[]int{27, 40, 52, 49, 43, 1, 56}, []int{0, 19, 21, 52, 20, 28, 25}},
		{"0221401224012040023401234", Size{Count: 10}, 1608083855,
			[]int{16, 1, 24, 18, 22, 0, 19, 17, 11, 20}, []int{4, 6, 9, 22, 18, 1, 0, 17, 10, 16}},
		{"01110101010101010", Size{Fraction: 0.5}, 191538660,
			[]int{15, 9, 1, 4, 2, 14, 6, 5, 16}, []int{13, 4, 9, 2, 16, 5, 15, 14, 8}},
	} {
		var classes []int
		for _, r := range c.classes {
			classes = append(classes, int(r-'0'))
		}
		for library, want := range map[Library][]int{HFDatasets: c.datasets, ScikitLearn: c.sklearn} {
			got, err := TrainTestSplit(len(classes), SplitConfig{Library: library, Test: c.size, Seed: c.seed, Stratify: classes})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Test, want) {
				t.Errorf("%s, %d rows: got %v, want %v", library, len(classes), got.Test, want)
			}
			if all := slices.Sorted(slices.Values(slices.Concat(got.Train, got.Test))); !slices.Equal(all, identity(len(classes))) {
				t.Errorf("%s, %d rows: the halves are not all rows once: %v", library, len(classes), all)
			}
		}
	}
}

func TestEpochOrderIsThatOfARecordedTrainingRun(t *testing.T) {
	read := func(name string, v any) {
		raw, err := os.ReadFile(shared.Path(t, "golden", "minilm-lora", name))
		if err == nil {
			err = json.Unmarshal(raw, v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var rows struct{ Train []int }
	var trace struct {
		Seed  uint64
		Steps []struct{ Rows []int }
	}
	read("rows.json", &rows)
	read("trace.json", &trace)
	order := take(rows.Train, Permutation(len(rows.Train), trace.Seed, 0))
	for i, step := range trace.Steps {
		if got := order[8*i : 8*i+8]; !slices.Equal(got, step.Rows) {
			t.Fatalf("step %d: rows %v, want %v", i+1, got, step.Rows)
		}
	}
	if len(trace.Steps) == 0 {
		t.Error("the trace has no steps")
	}
}
