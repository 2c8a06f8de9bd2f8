package metrics

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Difference is a paired bootstrap of one measure: B's value less A's.
type Difference struct {
	A     Float `json:"a"`
	B     Float `json:"b"`
	Value Float `json:"difference"`
	Low   Float `json:"low"`  // 2.5th percentile of the differences
	High  Float `json:"high"` // 97.5th
	// NotAbove is the share of resamples in which B is not better than A.
	NotAbove Float `json:"p_le_0"`
}

// Bootstrap holds the 95% intervals of two classifiers' differences.
type Bootstrap struct {
	Resamples int        `json:"resamples"`
	Accuracy  Difference `json:"accuracy"`
	MacroF1   Difference `json:"f1_macro"` // of all classes, undefined scores as 0
}

// Interval is a measure with its 95% interval.
type Interval struct {
	Value Float `json:"value"`
	Low   Float `json:"low"`  // 2.5th percentile of the resamples
	High  Float `json:"high"` // 97.5th
}

// Resamples are the measures of several classifiers on rows that were drawn anew, with replacement, always the same rows for
// all of them (Efron 1979).
type Resamples struct {
	n     int
	whole []measured   // of each classifier, on the rows as they are
	drawn [][]measured // [classifier][resample]
}

// measured are the measures that are resampled.
type measured struct{ accuracy, f1 float64 }

// Resample draws the rows n times. predictions holds each classifier's classes, or None. The draws are floor(u rows), u the
// upper 53 bits of splitmix64 seeded with seed, resample by resample: the result depends on nothing else. It uses all threads.
// An error names what does not fit, or is the cause of ctx once that has ended.
func Resample(ctx context.Context, truth []int, predictions [][]int, classes, n int, seed uint64) (*Resamples, error) {
	switch {
	case len(truth) == 0:
		return nil, ErrNoRows
	case n < 1:
		return nil, fmt.Errorf("metrics: %d resamples", n)
	}
	for _, predicted := range predictions {
		a := Answers{Predicted: predicted}
		if err := a.check(truth, classes); err != nil {
			return nil, err
		}
		if _, err := a.confusion(truth, classes); err != nil {
			return nil, err
		}
	}
	r := &Resamples{n: n, whole: make([]measured, len(predictions))}
	for range predictions {
		r.drawn = append(r.drawn, make([]measured, n))
	}
	whole := newTally(truth, predictions, classes)
	for row := range truth {
		whole.add(row)
	}
	for i := range predictions {
		r.whole[i] = whole.measure(i)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			t := whole.another()
			for k := int(next.Add(1)) - 1; k < n && ctx.Err() == nil; k = int(next.Add(1)) - 1 {
				t.clear()
				draw := splitMix64(seed).skip(k * len(truth))
				for range truth {
					t.add(draw.below(len(truth)))
				}
				for i := range predictions {
					r.drawn[i][k] = t.measure(i)
				}
			}
		})
	}
	group.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return r, nil
}

// Compare returns the differences of two classifiers, which are named by their positions.
func (r *Resamples) Compare(a, b int) *Bootstrap {
	accuracy, f1 := make([]float64, r.n), make([]float64, r.n)
	for k := range r.n {
		accuracy[k] = r.drawn[b][k].accuracy - r.drawn[a][k].accuracy
		f1[k] = r.drawn[b][k].f1 - r.drawn[a][k].f1
	}
	return &Bootstrap{r.n, difference(r.whole[a].accuracy, r.whole[b].accuracy, accuracy), difference(r.whole[a].f1, r.whole[b].f1, f1)}
}

// Intervals returns a classifier's accuracy and macro F1.
func (r *Resamples) Intervals(i int) (accuracy, macroF1 Interval) {
	values := make([]float64, r.n)
	interval := func(whole float64, of func(m measured) float64) Interval {
		for k, m := range r.drawn[i] {
			values[k] = of(m)
		}
		slices.Sort(values)
		return Interval{Float(whole), Float(percentile(values, 2.5)), Float(percentile(values, 97.5))}
	}
	return interval(r.whole[i].accuracy, func(m measured) float64 { return m.accuracy }),
		interval(r.whole[i].f1, func(m measured) float64 { return m.f1 })
}

func difference(a, b float64, resampled []float64) Difference {
	notAbove := 0
	for _, d := range resampled {
		if d <= 0 {
			notAbove++
		}
	}
	slices.Sort(resampled)
	return Difference{
		A: Float(a), B: Float(b), Value: Float(b - a),
		Low: Float(percentile(resampled, 2.5)), High: Float(percentile(resampled, 97.5)),
		NotAbove: Float(float64(notAbove) / float64(len(resampled))),
	}
}

// percentile interpolates linearly between the ranks of sorted values, numpy's default.
func percentile(sorted []float64, q float64) float64 {
	rank := q / 100 * float64(len(sorted)-1)
	at := int(rank)
	if at+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[at] + (rank-float64(at))*(sorted[at+1]-sorted[at])
}

// tally counts drawn rows for all classifiers at once. The class None is counted, too, in a place that no measure reads.
type tally struct {
	classes, classifiers int
	truth                []int
	places               []int32 // [row][classifier]: where the prediction is counted; shared
	rowsOfClass          []int
	predicted            []int // [classifier][classes + 1]
	right                []int // [classifier][classes]
	f1                   []float64
	total                int
}

func newTally(truth []int, predictions [][]int, classes int) *tally {
	t := &tally{classes: classes, classifiers: len(predictions), truth: truth, places: make([]int32, len(truth)*len(predictions))}
	for i, predicted := range predictions {
		for row, class := range predicted {
			if class == None {
				class = classes
			}
			t.places[row*len(predictions)+i] = int32(class)
		}
	}
	return t.another()
}

// another returns an empty tally of the same rows.
func (t *tally) another() *tally {
	empty := *t
	empty.rowsOfClass, empty.predicted = make([]int, t.classes), make([]int, t.classifiers*(t.classes+1))
	empty.right, empty.f1, empty.total = make([]int, t.classifiers*t.classes), make([]float64, t.classes), 0
	return &empty
}

func (t *tally) clear() {
	clear(t.rowsOfClass)
	clear(t.predicted)
	clear(t.right)
	t.total = 0
}

func (t *tally) add(row int) {
	t.total++
	class := t.truth[row]
	t.rowsOfClass[class]++
	for i, predicted := range t.places[row*t.classifiers : (row+1)*t.classifiers] {
		t.predicted[i*(t.classes+1)+int(predicted)]++
		if int(predicted) == class {
			t.right[i*t.classes+class]++
		}
	}
}

// measure returns a classifier's accuracy and macro F1 on the rows that were added.
func (t *tally) measure(i int) measured {
	right := 0
	for k := range t.classes {
		c := counts{t.rowsOfClass[k], t.predicted[i*(t.classes+1)+k], t.right[i*t.classes+k]}
		right += c.right
		t.f1[k] = float64(c.scores(0).F1)
	}
	return measured{float64(right) / float64(t.total), mean(t.f1)}
}

// splitMix64 is Steele, Lea and Flood's generator (2014).
type splitMix64 uint64

// splitMixStep is what the generator's state grows by with every number.
const splitMixStep = 0x9e3779b97f4a7c15

// skip returns the generator after n more numbers.
func (s splitMix64) skip(n int) splitMix64 { return s + splitMix64(n)*splitMixStep }

func (s *splitMix64) next() uint64 {
	*s = s.skip(1)
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below draws from 0 to n-1.
func (s *splitMix64) below(n int) int {
	return int(float64(s.next()>>11) * 0x1p-53 * float64(n))
}
