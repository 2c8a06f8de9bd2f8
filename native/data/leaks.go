package data

import (
	"math"
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
)

// DefaultLeakThreshold is the similarity from which two texts count as near duplicates.
const DefaultLeakThreshold = 0.8

// Leak is one text that stands in both halves, or two that nearly are the same: rows of the training half and rows of
// the test half. Rows are positions in their sets, lines those of the file.
type Leak struct {
	TrainRows  []int   `json:"train_rows"`
	TestRows   []int   `json:"test_rows"`
	TrainLines []int   `json:"train_lines"`
	TestLines  []int   `json:"test_lines"`
	Exact      bool    `json:"exact"`      // equal but for letter case and white space
	Similarity float64 `json:"similarity"` // Jaccard index of the shingles; 1 when exact
	// Conflict says that rows of the two halves have different labels.
	Conflict bool `json:"conflict"`
}

// LeakReport lists what a test half gives away of its training half.
type LeakReport struct {
	Threshold float64 `json:"threshold"`
	Leaks     []Leak  `json:"leaks"` // by first test row, exact ones first, then by first training row
	// ExactTestRows and NearTestRows count the test rows that have an exact duplicate in the training half, and those
	// that only have a near one.
	ExactTestRows int `json:"exact_test_rows"`
	NearTestRows  int `json:"near_test_rows"`
	// TrainRows are the training rows of all leaks, rising: what is to be left out (Set.Without) so that the test half
	// stays as it was split and measures texts never seen.
	TrainRows []int `json:"train_rows"`
}

// FindLeaks compares every training text with every test text: exactly, after folding letter case and white space, and
// by the Jaccard index of their sets of five-character shingles (three-token ones where rows are token ids), from
// threshold (above 0, at most 1; 0 means DefaultLeakThreshold).
//
// Nothing is sampled: pairs are found by prefix filtering (Chaudhuri, Ganti and Kaushik 2006; Xiao et al. 2008). Two
// sets that are similar enough must share one of their few rarest members, so only those are indexed; every
// candidate's index is then computed in full (on 48-bit hashes). The result does not depend on chance, and time
// grows with the rows and with the pairs that share something rare.
func FindLeaks(train, test *Set, threshold float64) (*LeakReport, error) {
	if threshold == 0 {
		threshold = DefaultLeakThreshold
	}
	if !(threshold > 0 && threshold <= 1) {
		return nil, badinput.Errorf("leaks: a threshold of %v; want one above 0, at most 1", threshold)
	}
	trainTexts, testTexts := groupTexts(train), groupTexts(test)
	r := &LeakReport{Threshold: threshold, Leaks: []Leak{}, TrainRows: []int{}}
	sameAs := make(map[string]int, len(trainTexts))
	for i, g := range trainTexts {
		sameAs[g.text] = i
	}
	for _, g := range testTexts {
		if i, ok := sameAs[g.text]; ok {
			r.add(train, test, trainTexts[i].rows, g.rows, 1, true)
		}
	}
	for _, p := range similar(trainTexts, testTexts, threshold) {
		r.add(train, test, trainTexts[p.left].rows, testTexts[p.right].rows, p.index, false)
	}
	r.finish()
	return r, nil
}

// textGroup is the rows of one normalised text.
type textGroup struct {
	text string
	rows []int
}

func groupTexts(s *Set) []textGroup {
	var groups []textGroup
	at := make(map[string]int, len(s.Rows))
	for row := range s.Rows {
		text := normalize(&s.Rows[row])
		if text == "" {
			continue // empty texts say nothing that could leak
		}
		i, ok := at[text]
		if !ok {
			i = len(groups)
			at[text] = i
			groups = append(groups, textGroup{text: text})
		}
		groups[i].rows = append(groups[i].rows, row)
	}
	return groups
}

func (r *LeakReport) add(train, test *Set, trainRows, testRows []int, index float64, exact bool) {
	leak := Leak{TrainRows: trainRows, TestRows: testRows, Exact: exact, Similarity: index}
	labelled := train.Classes != nil && test.Classes != nil
	for _, row := range trainRows {
		leak.TrainLines = append(leak.TrainLines, train.Rows[row].Line)
		leak.Conflict = leak.Conflict || labelled && train.Classes[row] != train.Classes[trainRows[0]]
	}
	for _, row := range testRows {
		leak.TestLines = append(leak.TestLines, test.Rows[row].Line)
		leak.Conflict = leak.Conflict || labelled && test.Classes[row] != train.Classes[trainRows[0]]
	}
	r.Leaks = append(r.Leaks, leak)
}

// finish sorts the leaks and sums them up.
func (r *LeakReport) finish() {
	slices.SortFunc(r.Leaks, func(a, b Leak) int {
		if a.TestRows[0] != b.TestRows[0] {
			return a.TestRows[0] - b.TestRows[0]
		}
		if a.Exact != b.Exact {
			if a.Exact {
				return -1
			}
			return 1
		}
		return a.TrainRows[0] - b.TrainRows[0]
	})
	exact, near := map[int]bool{}, map[int]bool{}
	for _, l := range r.Leaks {
		r.TrainRows = append(r.TrainRows, l.TrainRows...)
		for _, row := range l.TestRows {
			if l.Exact {
				exact[row] = true
			} else {
				near[row] = true
			}
		}
	}
	r.ExactTestRows = len(exact)
	for row := range near {
		if !exact[row] {
			r.NearTestRows++
		}
	}
	slices.Sort(r.TrainRows)
	r.TrainRows = slices.Compact(r.TrainRows)
}

// similarPair is two groups of texts and the Jaccard index of their shingles.
type similarPair struct {
	left, right int
	index       float64
}

// similar returns all pairs of unequal texts whose Jaccard index is threshold at least.
func similar(left, right []textGroup, threshold float64) []similarPair {
	order := newRarity()
	sets := make([][]uint64, len(left))
	for i, g := range left {
		sets[i] = shingles(g.text)
		order.count(sets[i])
	}
	type posting struct{ set, at, next int32 } // next: the key's posting before this one, plus one
	var postings []posting
	last := make(map[uint64]int32)
	for i := range sets {
		sets[i] = order.keys(sets[i])
		for at, key := range sets[i][:prefix(len(sets[i]), threshold)] {
			postings = append(postings, posting{int32(i), int32(at), last[key]})
			last[key] = int32(len(postings))
		}
	}
	var pairs []similarPair
	tried := make([]int, len(left)) // the last right-hand text, plus one, that each was compared with
	for j, g := range right {
		set := order.keys(shingles(g.text))
		for at, key := range set[:prefix(len(set), threshold)] {
			for next := last[key]; next > 0; {
				p := postings[next-1]
				next = p.next
				other := sets[p.set]
				need := needed(len(set), len(other), threshold)
				// All members in common come from here on in both sets, for this is the rarest.
				if tried[p.set] == j+1 || min(len(set)-at, len(other)-int(p.at)) < need {
					continue
				}
				tried[p.set] = j + 1
				if common := intersection(set, other, need); common >= need && g.text != left[p.set].text {
					jaccard := float64(common) / float64(len(set)+len(other)-common)
					pairs = append(pairs, similarPair{int(p.set), j, jaccard})
				}
			}
		}
	}
	return pairs
}

// needed is how many members two sets must share to reach the threshold t: |x and y| >= t/(1+t) (|x|+|y|).
func needed(x, y int, t float64) int {
	return int(math.Ceil(t/(1+t)*float64(x+y) - 1e-9))
}

// prefix is how many of a set's n rarest members are looked at: were none of them shared, fewer than t n could be.
func prefix(n int, t float64) int {
	return min(n, n-int(math.Ceil(t*float64(n)-1e-9))+1)
}

// intersection counts common members of two sorted sets; it gives up, returning less than need, once that is out of reach.
func intersection(x, y []uint64, need int) int {
	common, i, j := 0, 0, 0
	for i < len(x) && j < len(y) && common+min(len(x)-i, len(y)-j) >= need {
		switch {
		case x[i] < y[j]:
			i++
		case x[i] > y[j]:
			j++
		default:
			common++
			i++
			j++
		}
	}
	return common
}
