package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// corpus returns texts of which some are near duplicates of others, at all similarities.
func corpus(n int) []Row {
	rng := rand.New(rand.NewPCG(5, 6))
	word := func() string { return fmt.Sprintf("w%03d", rng.IntN(800)) }
	var rows []Row
	for len(rows) < n {
		words := make([]string, 3+rng.IntN(60))
		for i := range words {
			words[i] = word()
		}
		rows = append(rows, Row{Text: strings.Join(words, " ")})
		for range rng.IntN(4) {
			other := slices.Clone(words)
			for range 1 + rng.IntN(1+len(other)/6) {
				other[rng.IntN(len(other))] = word()
			}
			rows = append(rows, Row{Text: strings.Join(other, " ")})
		}
	}
	return rows[:n]
}

func TestTheNearIndexFindsAllPairsThatComparingEachWithEachFinds(t *testing.T) {
	rows := corpus(300)
	sketches, alike := make([]*Sketch, len(rows)), make([][]float64, len(rows))
	for i := range rows {
		sketches[i] = NewSketch(&rows[i])
		for j := range i {
			alike[i] = append(alike[i], Similarity(&rows[i], &rows[j]))
		}
	}
	for threshold, least := range map[float64]int{0.3: 100, 0.5: 80, 0.8: 30, 0.95: 3} {
		x, err := NewNearIndex(threshold)
		if err != nil {
			t.Fatal(err)
		}
		pairs, candidates := 0, 0
		for i := range rows {
			found := x.Candidates(sketches[i])
			candidates += len(found)
			for j := range i {
				if alike[i][j] >= threshold {
					pairs++
					if !slices.Contains(found, j) {
						t.Errorf("threshold %v: rows %d and %d are %.3f alike and were not found", threshold, j, i, alike[i][j])
					}
				}
			}
			x.Add(sketches[i])
		}
		if pairs < least || candidates > 6*pairs+200 {
			t.Errorf("threshold %v: %d candidates for %d pairs", threshold, candidates, pairs)
		}
	}
}

func TestSketchesEstimateTheJaccardIndex(t *testing.T) {
	rows := corpus(300)
	square, n := 0.0, 0
	for i := 1; i < len(rows); i++ {
		exact := Similarity(&rows[i], &rows[i-1])
		if exact < 0.1 {
			continue
		}
		d := NewSketch(&rows[i]).agreement(NewSketch(&rows[i-1])) - exact
		square, n = square+d*d/(exact*(1-exact)/sketchSize), n+1
	}
	// In standard deviations of a binomial estimate; 1 is what independent hash functions give.
	if rms := math.Sqrt(square / float64(n)); n < 100 || rms > 1.25 {
		t.Errorf("%d pairs, off by %.2f standard deviations", n, rms)
	}
}

func TestTheBandsMissAtMostOnePairInAMillion(t *testing.T) {
	for threshold, width := range map[float64]int{0.2: 1, 0.5: 2, 0.8: 4, 0.9: 6, 1: 16} {
		x, err := NewNearIndex(threshold)
		if err != nil || x.width != width || missed(threshold, width) > missLimit {
			t.Errorf("threshold %v: bands of %d numbers miss %g, %v", threshold, x.width, missed(threshold, x.width), err)
		}
	}
	if x, err := NewNearIndex(0); err != nil || x.Threshold() != DefaultLeakThreshold {
		t.Errorf("the default: %v", err)
	}
	for _, threshold := range []float64{-1, 0.19, 1.01, math.NaN()} {
		if _, err := NewNearIndex(threshold); err == nil {
			t.Errorf("a threshold of %v is taken", threshold)
		}
	}
}

func TestSimilarityIsThatOfTheLeakReport(t *testing.T) {
	a, b := Row{Text: "the best game I have ever played"}, Row{Text: "The  best game I have never played"}
	report, err := FindLeaks(&Set{Rows: []Row{a}}, &Set{Rows: []Row{b}}, 0.3)
	if err != nil || len(report.Leaks) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if got := Similarity(&a, &b); got != report.Leaks[0].Similarity {
		t.Errorf("got %v, want %v", got, report.Leaks[0].Similarity)
	}
}

func BenchmarkSketch(b *testing.B) {
	row := Row{Text: strings.Repeat("the quick brown fox ", 400)}
	b.SetBytes(int64(len(row.Text)))
	for b.Loop() {
		NewSketch(&row)
	}
}
