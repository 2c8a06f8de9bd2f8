package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorica-go/lorica/native/compare"
	"github.com/lorica-go/lorica/native/metrics"
)

// Limits of what figures can tell apart.
const (
	maxLanes = 20 // pairs, or labels
	maxLines = 8  // candidates in one figure
)

// candidateHues and candidateShapes together tell maxLines candidates apart and more, each also without the other.
var (
	candidateHues   = []role{blue, orange, green, purple}
	candidateShapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.RingGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}}
)

// look is how a candidate's line and points look.
func look(i int) (draw.LineStyle, draw.GlyphDrawer) {
	return candidateHues[i%len(candidateHues)].line(1.75), candidateShapes[i%len(candidateShapes)]
}

// comparisonFigure is a figure with the file that it has when it stands alone.
type comparisonFigure struct {
	file string
	draw func(s size) *figure
}

// The files of figures.
const (
	scoresSVG      = "scores.svg"
	pairsSVG       = "pairs.svg"
	labelsSVG      = "labels.svg"
	reliabilitySVG = "calibration.svg"
	speedSVG       = "speed.svg"
)

// comparisonFigures are those that there is something to show in.
func comparisonFigures(r *compare.Result) []comparisonFigure {
	all := []comparisonFigure{
		{scoresSVG, func(s size) *figure { return scoresFigure(s, r) }},
		{pairsSVG, func(s size) *figure { return pairsFigure(s, r) }},
	}
	if len(r.Outcomes) <= maxLines {
		all = append(all, comparisonFigure{labelsSVG, func(s size) *figure { return labelsFigure(s, r) }})
		if slices.ContainsFunc(r.Outcomes, calibrated) {
			all = append(all, comparisonFigure{reliabilitySVG, func(s size) *figure { return reliabilityFigure(s, r) }})
		}
	}
	if slices.ContainsFunc(r.Outcomes, func(o *compare.Outcome) bool { return o.Speed != nil }) {
		all = append(all, comparisonFigure{speedSVG, func(s size) *figure { return speedFigure(s, r) }})
	}
	return all
}

// calibrated reports whether the candidate's confidence is known.
func calibrated(o *compare.Outcome) bool { return len(o.Report.Calibration.Bins) > 0 }

// scoresFigure shows accuracy and macro F1 with their intervals.
func scoresFigure(s size, r *compare.Result) *figure {
	accuracy, f1 := blue.line(1.75), orange.line(1.75)
	var lanes []lane
	for _, o := range r.Outcomes {
		a, f := o.Accuracy, o.MacroF1
		lanes = append(lanes, lane{o.Name, []mark{
			{float64(a.Value), float64(a.Low), float64(a.High), accuracy, draw.CircleGlyph{}, fmt.Sprintf("%.1f%%", 100*a.Value)},
			{float64(f.Value), float64(f.Low), float64(f.High), f1, draw.BoxGlyph{}, fmt.Sprintf("%.1f%%", 100*f.Value)},
		}})
	}
	f := newLanes(s, "Accuracy and macro F1", "With 95% intervals", apart, lanes)
	f.key = []keyEntry{{name: "accuracy", line: accuracy, mark: draw.CircleGlyph{}}, {name: "macro F1", line: f1, mark: draw.BoxGlyph{}}}
	low, high := span(lanes)
	room := max(0.005, 0.06*(high-low))
	f.X.Tick.Marker = ticks{most: 5, format: percent}
	f.X.Min, f.X.Max = roundOut(max(0, low-room), min(1, high+room), 5)
	return f
}

// pairsFigure shows the differences of pairs with their intervals: those of the smallest p-values where there are many.
func pairsFigure(s size, r *compare.Result) *figure {
	title, pairs := "Differences", r.Pairs
	if len(pairs) > maxLanes {
		title = fmt.Sprintf("The %d clearest differences of %d", maxLanes, len(pairs))
		pairs = slices.Clone(pairs)
		slices.SortStableFunc(pairs, func(a, b compare.Pair) int { return cmp.Compare(a.P, b.P) })
		pairs = pairs[:maxLanes]
	}
	accuracy, f1 := blue.line(1.75), orange.line(1.75)
	var lanes []lane
	for i := range pairs {
		a, f := &pairs[i].Bootstrap.Accuracy, &pairs[i].Bootstrap.MacroF1
		lanes = append(lanes, lane{pairs[i].B + " less " + pairs[i].A, []mark{
			{100 * float64(a.Value), 100 * float64(a.Low), 100 * float64(a.High), accuracy, draw.CircleGlyph{}, fmt.Sprintf("%+.1f", 100*a.Value)},
			{100 * float64(f.Value), 100 * float64(f.Low), 100 * float64(f.High), f1, draw.BoxGlyph{}, fmt.Sprintf("%+.1f", 100*f.Value)},
		}})
	}
	f := newLanes(s, title, "Points of a hundred, with 95% intervals", apart, lanes)
	f.key = []keyEntry{{name: "accuracy", line: accuracy, mark: draw.CircleGlyph{}}, {name: "macro F1", line: f1, mark: draw.BoxGlyph{}}}
	low, high := span(lanes)
	room := max(0.2, 0.06*(high-low))
	f.X.Tick.Marker = ticks{most: 6, format: number}
	f.X.Min, f.X.Max = roundOut(min(0, low-room), max(0, high+room), 6)
	f.Add(&plotter.Line{XYs: plotter.XYs{{X: 0, Y: f.Y.Min}, {X: 0, Y: f.Y.Max}}, LineStyle: muted.line(1)})
	return f
}

// labelsFigure shows every candidate's F1 of each label, or of the most frequent ones.
func labelsFigure(s size, r *compare.Result) *figure {
	shown, title := mostFrequent(r.Data.Counts, maxLanes), "F1 by label"
	if len(shown) < len(r.Data.Labels) {
		title += fmt.Sprintf(": the %d most frequent of %s", len(shown), count(len(r.Data.Labels)))
	}
	var lanes []lane
	for _, k := range shown {
		l := lane{name: fmt.Sprintf("%s (%s)", clip(printable(r.Data.Labels[k]), maxLabelText), rows(r.Data.Counts[k]))}
		for i, o := range r.Outcomes {
			line, shape := look(i)
			l.marks = append(l.marks, mark{value: float64(o.Report.Classes[k].F1), low: math.NaN(), high: math.NaN(), line: line, shape: shape})
		}
		lanes = append(lanes, l)
	}
	f := newLanes(s, title, "F1", close, lanes)
	f.candidateKey(r, func(*compare.Outcome) bool { return true })
	low, high := span(lanes)
	f.X.Tick.Marker = ticks{most: 5, format: number}
	f.X.Min, f.X.Max = roundOut(max(0, low-0.05), min(1, high+0.02), 5)
	return f
}

// candidateKey explains the looks of candidates.
func (f *figure) candidateKey(r *compare.Result, shown func(o *compare.Outcome) bool) {
	for i, o := range r.Outcomes {
		if shown(o) {
			line, shape := look(i)
			f.key = append(f.key, keyEntry{name: clip(printable(o.Name), maxLabelText), line: line, mark: shape})
		}
	}
	f.growForKey()
}

// reliabilityFigure shows the reliability of all candidates whose confidence is known, a point for each bin that has rows.
func reliabilityFigure(s size, r *compare.Result) *figure {
	f := newFigure(s, "Calibration", "Probability that the model gives its answer", "Rows that are right")
	f.X.Tick.Marker, f.Y.Tick.Marker = ticks{most: 5, format: percent}, ticks{most: 5, format: percent}
	f.Add(&plotter.Grid{Horizontal: grid.line(pen)})
	low := 1.0
	var curves []curve
	for i, o := range r.Outcomes {
		if !calibrated(o) {
			continue
		}
		line, shape := look(i)
		c := curve{style: line, mark: shape}
		for _, bin := range o.Report.Calibration.Bins {
			if bin.Count > 0 {
				c.points = append(c.points, plotter.XY{X: float64(bin.Confidence), Y: float64(bin.Accuracy)})
			}
		}
		low = min(low, float64(firstBin(o.Report.Calibration, len(r.Data.Labels)))/float64(len(o.Report.Calibration.Bins)))
		curves = append(curves, c)
	}
	exact := guide.line(1.5, 5, 3)
	f.X.Min, f.X.Max, f.Y.Min, f.Y.Max = 0, 1, 0, 1
	f.Add(&plotter.Line{XYs: plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, LineStyle: exact})
	f.add(curves...)
	f.X.Min, f.X.Max, f.Y.Min, f.Y.Max = low, 1, 0, 1
	f.key = append(f.key, keyEntry{name: "if probabilities were exact", line: exact})
	f.candidateKey(r, calibrated)
	return f
}

// speedFigure shows how many texts a second the models classify.
func speedFigure(s size, r *compare.Result) *figure {
	var lanes []lane
	for _, o := range r.Outcomes {
		if o.Speed == nil {
			continue
		}
		text := rate(metrics.Float(o.Speed.TextsPerSecond))
		lanes = append(lanes, lane{o.Name, []mark{{o.Speed.TextsPerSecond, math.NaN(), math.NaN(), blue.line(1), nil, text}}})
	}
	f := newLanes(s, "Speed", "Texts a second", apart, lanes)
	_, high := span(lanes)
	f.X.Tick.Marker = ticks{most: 5, format: number}
	f.X.Min, f.X.Max = roundOut(0, 1.02*high, 5)
	return f
}
