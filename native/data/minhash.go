package data

import (
	"math"
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
)

// sketchSize is the number of hash functions of a Sketch. Every fourth of it, at least, is a whole number of bands.
const sketchSize = 128

// Sketch is the MinHash signature (Broder 1997) of a text's shingles: two texts agree in each of its numbers with a probability
// that is their Jaccard index. It takes half a kilobyte, however long the text is.
type Sketch [sketchSize]uint32

// NewSketch returns the sketch of a row's text. Letter case and white space do not count.
func NewSketch(row *Row) *Sketch {
	var s Sketch
	for i := range s {
		s[i] = math.MaxUint32
	}
	for _, h := range shingles(normalize(row)) {
		for i := range s {
			// Multiply and shift (Dietzfelbinger et al. 1997); the upper half of an odd multiple is evenly spread.
			s[i] = min(s[i], uint32(h*multipliers[i]>>32))
		}
	}
	return &s
}

// multipliers are the hash functions: odd numbers, always the same.
var multipliers = func() (odd [sketchSize]uint64) {
	for i := range odd {
		odd[i] = mix64(uint64(i)) | 1
	}
	return odd
}()

// agreement is the share of numbers in which two sketches agree: an estimate of the Jaccard index.
func (s *Sketch) agreement(other *Sketch) float64 {
	equal := 0
	for i := range s {
		if s[i] == other[i] {
			equal++
		}
	}
	return float64(equal) / sketchSize
}

// NearIndex finds, among the texts that were added, those that may be near duplicates of another. It never sees texts: who asks
// it compares the candidates with Similarity. What it takes grows with the number of texts, by a kilobyte each or two, and not
// with their length.
//
// Sketches are cut into bands, and texts that agree in all of a band are candidates (Indyk and Motwani 1998). The width of the
// bands is the largest with which a pair just as similar as the threshold is missed with a probability below one in a million;
// more similar pairs are safer. The hash functions are fixed, so the same texts always lead to the same answer.
type NearIndex struct {
	threshold float64
	width     int // numbers of a band
	least     float64
	sketches  []*Sketch
	last      map[uint64]int32 // of a band's content: the place, plus one, in next
	next      []int32          // [text, band]: the one before with that content
	tried     []int32          // by text: the last query, plus one, that it was a candidate of
	queries   int32
}

// missLimit bounds the probability that a pair at the threshold is no candidate.
const missLimit = 1e-6

// LeastSimilarity is the smallest threshold of a NearIndex: below it, bands of one number would miss pairs.
const LeastSimilarity = 0.2

// NewNearIndex makes an index for a threshold from LeastSimilarity to 1; 0 means DefaultLeakThreshold.
func NewNearIndex(threshold float64) (*NearIndex, error) {
	if threshold == 0 {
		threshold = DefaultLeakThreshold
	}
	if !(threshold >= LeastSimilarity && threshold <= 1) {
		return nil, badinput.Errorf("near duplicates: a similarity of %v; want one from %v to 1", threshold, LeastSimilarity)
	}
	x := &NearIndex{threshold: threshold, width: 1, last: make(map[uint64]int32)}
	for w := 2; w <= sketchSize/8; w++ {
		if missed(threshold, w) > missLimit {
			break
		}
		x.width = w
	}
	// Five standard deviations below the threshold, an estimate is as good as proof.
	x.least = threshold - 5*math.Sqrt(threshold*(1-threshold)/sketchSize)
	return x, nil
}

// missed is the probability that a pair of that similarity agrees in no whole band.
func missed(similarity float64, width int) float64 {
	return math.Pow(1-math.Pow(similarity, float64(width)), float64(sketchSize/width))
}

// Threshold is the similarity from which texts count as near duplicates.
func (x *NearIndex) Threshold() float64 { return x.threshold }

// Len is the number of texts that were added.
func (x *NearIndex) Len() int { return len(x.sketches) }

// Add adds a text, whose number is Len beforehand.
func (x *NearIndex) Add(s *Sketch) {
	x.sketches = append(x.sketches, s)
	x.tried = append(x.tried, 0)
	for band := range sketchSize / x.width {
		key := x.key(s, band)
		x.next = append(x.next, x.last[key])
		x.last[key] = int32(len(x.next))
	}
}

// Candidates returns the numbers of the texts that may be near duplicates of one, the likeliest first and among equals the one
// that was added first.
func (x *NearIndex) Candidates(s *Sketch) []int {
	type candidate struct {
		text      int
		agreement float64
	}
	var found []candidate
	x.queries++
	bands := sketchSize / x.width
	for band := range bands {
		for at := x.last[x.key(s, band)]; at > 0; at = x.next[at-1] {
			text := int(at-1) / bands
			if x.tried[text] == x.queries {
				continue
			}
			x.tried[text] = x.queries
			if a := s.agreement(x.sketches[text]); a >= x.least {
				found = append(found, candidate{text, a})
			}
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		switch {
		case a.agreement != b.agreement && a.agreement > b.agreement:
			return -1
		case a.agreement != b.agreement:
			return 1
		}
		return a.text - b.text
	})
	texts := make([]int, len(found))
	for i, c := range found {
		texts[i] = c.text
	}
	return texts
}

// key hashes a band's content, and which band it is.
func (x *NearIndex) key(s *Sketch, band int) uint64 {
	h := uint64(band)
	for _, v := range s[band*x.width : (band+1)*x.width] {
		h = mix64(h ^ uint64(v))
	}
	return h
}

// Similarity is the Jaccard index of the shingles of two rows' texts, as FindLeaks computes it.
func Similarity(a, b *Row) float64 {
	x, y := shingles(normalize(a)), shingles(normalize(b))
	slices.Sort(x)
	slices.Sort(y)
	x, y = slices.Compact(x), slices.Compact(y)
	common := intersection(x, y, 0)
	return float64(common) / float64(len(x)+len(y)-common)
}

// Normalize is a row's text as duplicates are told: without letter case, and with single spaces for white space.
func Normalize(row *Row) string { return normalize(row) }
