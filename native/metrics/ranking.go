package metrics

import (
	"math"
	"slices"
)

// step is the confusion of a binary classifier at one threshold: how many negatives and positives score at least as
// high.
type step struct {
	score  float64
	fp, tp int
}

// curve returns the steps at every distinct score, from the highest down, of the rows for which positive says which
// are positive.
func curve(scores []float64, positive func(row int) bool) []step {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	var steps []step
	at := step{}
	for i, row := range order {
		if positive(row) {
			at.tp++
		} else {
			at.fp++
		}
		if at.score = scores[row]; i == len(order)-1 || scores[order[i+1]] != at.score {
			steps = append(steps, at)
		}
	}
	return steps
}

// ROCAUC is the area under the ROC curve of scores, higher for positive rows: the chance that a positive row scores
// higher than a negative one, ties counting half. NaN where all rows are of one kind.
func ROCAUC(scores []float64, positive []bool) float64 {
	return rocAUC(curve(scores, func(row int) bool { return positive[row] }))
}

func rocAUC(steps []step) float64 {
	area, last := 0.0, step{}
	for _, s := range steps { // trapezoids in units of half a row by a row: whole numbers, so exact
		area += float64(s.fp-last.fp) * float64(s.tp+last.tp)
		last = s
	}
	if last.fp == 0 || last.tp == 0 {
		return math.NaN()
	}
	return area / 2 / float64(last.fp) / float64(last.tp)
}

// AveragePrecision sums precision over thresholds, each weighted by the recall it adds; no interpolation. 0 without
// positive rows.
func AveragePrecision(scores []float64, positive []bool) float64 {
	return averagePrecision(curve(scores, func(row int) bool { return positive[row] }))
}

func averagePrecision(steps []step) float64 {
	if len(steps) == 0 || steps[len(steps)-1].tp == 0 {
		return 0
	}
	area, last := 0.0, step{}
	total := float64(steps[len(steps)-1].tp)
	for _, s := range steps {
		area += float64(s.tp-last.tp) / total * float64(s.tp) / float64(s.tp+s.fp)
		last = s
	}
	return area
}

// oneVersusRest returns for each of the first classes the curve of its probability against all others.
func oneVersusRest(p Probabilities, truth []int, classes int) [][]step {
	curves := make([][]step, classes)
	for k := range curves {
		curves[k] = curve(p.column(k), func(row int) bool { return truth[row] == k })
	}
	return curves
}

// oneVersusOne is the macro mean, over all pairs of classes that occur, of how well each class's probability tells it from the
// other (Hand and Till 2001). NaN with fewer than two classes.
func oneVersusOne(p Probabilities, truth []int, classes int) float64 {
	rows := make([][]int, classes)
	for row, t := range truth {
		rows[t] = append(rows[t], row)
	}
	var pairs []float64
	for a := range rows {
		for b := a + 1; b < len(rows); b++ {
			if len(rows[a]) == 0 || len(rows[b]) == 0 {
				continue
			}
			both := slices.Concat(rows[a], rows[b])
			one := func(class int) float64 {
				scores := make([]float64, len(both))
				for i, row := range both {
					scores[i] = p.At(row, class)
				}
				return rocAUC(curve(scores, func(i int) bool { return truth[both[i]] == class }))
			}
			pairs = append(pairs, (one(a)+one(b))/2)
		}
	}
	return mean(pairs)
}
