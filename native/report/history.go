package report

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"

	"github.com/lorica-go/lorica/native/train"
)

// largest is the magnitude from which a logged value is a run gone wrong: it would flatten everything else in a figure.
const largest = 1e9

// history is the log as series over the training step.
type history struct {
	loss, rate, gradNorm        plotter.XYs // a point for every log entry
	trainLoss                   plotter.XYs // mean over an epoch
	evalLoss, accuracy, macroF1 plotter.XYs // a point for every evaluation
	evaluations                 []train.Entry
	epochs                      []epochEnd
	lastStep, dropped           int
}

// epochEnd says at which step a whole number of passes over the rows was done.
type epochEnd struct{ step, epoch int }

// newHistory sorts entries by step; of several that log the same thing at the same step the last counts, as a resumed run
// may repeat some. Values that are not finite, or out of all bounds, are dropped and counted.
func newHistory(entries []train.Entry) history {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b train.Entry) int { return cmp.Compare(a.Step, b.Step) })
	var h history
	add := func(to *plotter.XYs, step int, value *float64) {
		if value == nil {
			return
		}
		if math.IsNaN(*value) || math.Abs(*value) > largest {
			h.dropped++
			return
		}
		p := plotter.XY{X: float64(step), Y: *value}
		if n := len(*to); n > 0 && (*to)[n-1].X == p.X {
			(*to)[n-1] = p
			return
		}
		*to = append(*to, p)
	}
	for _, e := range entries {
		add(&h.loss, e.Step, e.Loss)
		add(&h.rate, e.Step, e.Rate)
		add(&h.gradNorm, e.Step, e.GradNorm)
		add(&h.trainLoss, e.Step, e.TrainLoss)
		add(&h.evalLoss, e.Step, e.EvalLoss)
		add(&h.accuracy, e.Step, e.EvalAccuracy)
		add(&h.macroF1, e.Step, e.EvalMacroF1)
		h.lastStep = max(h.lastStep, e.Step)
		if e.TrainLoss == nil && e.EvalLoss == nil && e.EvalAccuracy == nil && e.EvalMacroF1 == nil {
			continue
		}
		if n := len(h.evaluations); n > 0 && h.evaluations[n-1].Step == e.Step {
			h.evaluations[n-1] = e
		} else {
			h.evaluations = append(h.evaluations, e)
		}
		if whole := math.Round(e.Epoch); math.Abs(e.Epoch-whole) < 1e-6 && whole >= 1 && whole < largest {
			h.epochs = append(h.epochs, epochEnd{e.Step, int(whole)})
		}
	}
	h.epochs = slices.CompactFunc(h.epochs, func(a, b epochEnd) bool { return a.step == b.step })
	return h
}

// smooth is a centred running mean, taken twice (which weighs neighbours as a triangle does), over about a twentieth of the
// points; near the ends over those that there are. Centred, because an exponential mean would show every fall late. Fewer
// than 20 points give nil: there is nothing to smooth.
func smooth(points plotter.XYs) plotter.XYs {
	if len(points) < 20 {
		return nil
	}
	half := max(1, len(points)/40)
	smoothed := slices.Clone(points)
	sums := make([]float64, len(points)+1)
	for range 2 {
		for i, p := range smoothed {
			sums[i+1] = sums[i] + p.Y
		}
		for i := range smoothed {
			low, high := max(0, i-half), min(len(smoothed), i+half+1)
			smoothed[i].Y = (sums[high] - sums[low]) / float64(high-low)
		}
	}
	return smoothed
}

// thin leaves the lowest and the highest point of each of the given number of equal columns, which looks the same as all of
// them when a column is as narrow as the pen.
func thin(points plotter.XYs, columns int) plotter.XYs {
	if len(points) <= 2*columns {
		return points
	}
	var kept plotter.XYs
	for c := range columns {
		column := points[c*len(points)/columns : (c+1)*len(points)/columns]
		low, high := 0, 0
		for i, p := range column {
			if p.Y < column[low].Y {
				low = i
			}
			if p.Y > column[high].Y {
				high = i
			}
		}
		kept = append(kept, column[min(low, high)])
		if low != high {
			kept = append(kept, column[max(low, high)])
		}
	}
	return kept
}

// quantile is the smallest value that at least the share q of all do not exceed; 0 of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(math.Ceil(q*float64(len(sorted))))-1)]
}
