package report

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curve is a line of a figure, with markers or without.
type curve struct {
	name   string // in the key; "" keeps it out
	points plotter.XYs
	style  draw.LineStyle
	mark   draw.GlyphDrawer
	only   bool // markers only when there is one point, which no line can show
}

// newCurves returns a figure over the training step.
func newCurves(s size, h *history, title, yName string) *figure {
	f := newFigure(s, title, "Training step", yName)
	f.X.Min, f.X.Max = 0, float64(max(1, h.lastStep))
	f.X.Tick.Marker = ticks{most: int(s.width / (6 * s.letters)), whole: true, format: number}
	f.Y.Tick.Marker = ticks{most: 6, format: number}
	f.Add(&plotter.Grid{Horizontal: grid.line(pen)})
	f.markEpochs(h.epochs)
	return f
}

// pen is the width of thin lines.
const pen = 0.75

// add draws curves, the first undermost, and puts them into the key. Without any point the figure says so.
func (f *figure) add(curves ...curve) {
	empty := true
	for _, c := range curves {
		if len(c.points) == 0 {
			continue
		}
		empty = false
		mark := c.mark
		if c.only && len(c.points) > 1 {
			mark = nil
		}
		f.Plot.Add(&plotter.Line{XYs: c.points, LineStyle: c.style})
		if mark != nil {
			f.Plot.Add(&plotter.Scatter{XYs: c.points, GlyphStyle: f.glyph(c.style, mark)})
		}
		if c.name != "" {
			f.key = append(f.key, keyEntry{name: c.name, line: c.style, mark: mark})
		}
	}
	if empty {
		f.Y.Min, f.Y.Max = 0, 1
		f.Plot.Add(note{"nothing was logged", muted.letters(f.letters, regular)})
	}
}

// note is a text in the middle of a plot.
type note struct {
	text  string
	style draw.TextStyle
}

// Plot implements plot.Plotter.
func (n note) Plot(c draw.Canvas, _ *plot.Plot) {
	n.style.XAlign, n.style.YAlign = draw.XCenter, draw.YCenter
	c.FillText(n.style, c.Center(), n.text)
}

// epochLines are thin upright lines at the ends of epochs, numbered above the plot as far as there is room.
type epochLines struct {
	ends  []epochEnd
	style draw.TextStyle
}

// markEpochs draws the ends of epochs, unless they are so many that they would say nothing.
func (f *figure) markEpochs(ends []epochEnd) {
	if len(ends) == 0 || len(ends) > 60 {
		return
	}
	style := muted.letters(0.9*f.letters, regular)
	f.headroom = 0.8 * f.letters
	f.Plot.Add(epochLines{ends, style})
}

// Plot implements plot.Plotter.
func (e epochLines) Plot(c draw.Canvas, p *plot.Plot) {
	e.style.XAlign, e.style.YAlign = draw.XRight, draw.YBottom
	free := c.Min.X
	for _, end := range e.ends {
		x := c.X(p.X.Norm(float64(end.step)))
		c.StrokeLine2(guide.line(pen, 2, 2), x, c.Min.Y, x, c.Max.Y)
		label := "epoch " + strconv.Itoa(end.epoch)
		if left := x - e.style.Width(label); left >= free {
			c.FillText(e.style, vg.Point{X: x, Y: c.Max.Y + 0.25*e.style.Font.Size}, label)
			free = x + 0.6*e.style.Font.Size
		}
	}
}

// lossFigure shows the training loss as it was logged and smoothed, and the loss of each evaluation.
func lossFigure(s size, h *history) *figure {
	f := newCurves(s, h, "Loss", "Cross-entropy (nats)")
	f.subtitle = dropNote(h)
	raw, smoothed := h.loss, smooth(h.loss)
	name, mean := "training", "training, smoothed"
	if len(raw) == 0 {
		raw, name = h.trainLoss, "training, mean of the epoch"
	}
	eval := curve{"evaluation", h.evalLoss, orange.line(2), draw.CircleGlyph{}, false}
	if smoothed == nil {
		f.add(curve{"training", raw, blue.line(2), draw.BoxGlyph{}, false}, eval)
		if len(h.loss) == 0 && len(f.key) > 0 {
			f.key[0].name = name
		}
	} else {
		width := max(1, int(s.width/pen))
		f.add(curve{name, thin(raw, width), blueFaint.line(1), nil, false}, curve{mean, thin(smoothed, width), blue.line(2), nil, false}, eval)
	}
	f.Y.Min, f.Y.Max = roundOut(min(0, f.Y.Min), ceiling(raw, smoothed, h.evalLoss), 6)
	return f
}

// ceiling is the top of the axis: all of the smoothed and the evaluation loss, and of single log entries all but the
// highest hundredth when those would press everything else flat.
func ceiling(raw, smoothed, eval plotter.XYs) float64 {
	values := make(plotter.Values, len(raw))
	for i, p := range raw {
		values[i] = p.Y
	}
	highest := func(points plotter.XYs) float64 {
		top := 0.0
		for _, p := range points {
			top = max(top, p.Y)
		}
		return top
	}
	top := max(highest(smoothed), highest(eval), quantile(values, 0.99))
	if all := highest(raw); all <= 1.5*top || smoothed == nil {
		return max(top, all)
	}
	return top
}

// furthestBaseline is how far below all points a baseline may lie and not press them flat against the top.
const furthestBaseline = 0.4

// accuracyFigure shows accuracy and macro F1 of each evaluation, and what always choosing the commonest label would reach;
// baseline is NaN when that is not known.
func accuracyFigure(s size, h *history, baseline float64) *figure {
	f := newCurves(s, h, "Accuracy on the test rows", "Accuracy, macro F1")
	f.Y.Tick.Marker = ticks{most: 6, format: percent}
	curves := []curve{
		{"accuracy", h.accuracy, green.line(2), draw.CircleGlyph{}, false},
		{"macro F1", h.macroF1, purple.line(2, 6, 3), draw.BoxGlyph{}, false},
	}
	labels := f.valueLabels(curves)
	f.Plot.Add(labels.ground())
	f.add(curves...)
	if len(h.accuracy)+len(h.macroF1) == 0 {
		return f
	}
	f.Plot.Add(labels)
	if f.Y.Min-baseline < furthestBaseline {
		style := muted.line(1.25, 2, 3)
		f.Plot.Add(&plotter.Line{XYs: plotter.XYs{{X: f.X.Min, Y: baseline}, {X: f.X.Max, Y: baseline}}, LineStyle: style})
		f.key = append(f.key, keyEntry{name: fmt.Sprintf("always the commonest label, %.1f%%", 100*baseline), line: style})
	}
	low, high := f.Y.Min, f.Y.Max
	room := max(0.005, 0.12*(high-low)) // for the values above and below the points
	f.Y.Min, f.Y.Max = roundOut(max(0, low-room), min(1, high+room), 6)
	return f
}

// valueLabels are the values of two curves beside their points, the higher curve's above and the lower one's below; none when
// there are too many to read.
func (f *figure) valueLabels(curves []curve) valueLabels {
	var all valueLabels
	if n := max(len(curves[0].points), len(curves[1].points)); float64(n) > float64(f.width/(5*f.letters)) {
		return all
	}
	other := map[float64]float64{}
	for _, p := range curves[1].points {
		other[p.X] = p.Y
	}
	below := map[float64]bool{}
	for i, c := range curves {
		for _, p := range c.points {
			style := ink.letters(0.9*f.letters, regular)
			style.Color = c.style.Color
			style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
			under := below[p.X]
			if second, both := other[p.X]; i == 0 && both && second > p.Y {
				under = true
			} else if i == 0 {
				below[p.X] = true
			}
			if under {
				style.YAlign = draw.YTop
			}
			all = append(all, valueLabel{p, fmt.Sprintf("%.1f%%", 100*p.Y), style, 0.6 * f.letters})
		}
	}
	return all
}

// valueLabel is a text a little above or below its point, as its style is aligned.
type valueLabel struct {
	at    plotter.XY
	text  string
	style draw.TextStyle
	gap   vg.Length
}

// place is where the text's middle stands, and the box around it.
func (l valueLabel) place(c draw.Canvas, p *plot.Plot) (at vg.Point, box []vg.Point) {
	half, height := slack/2*l.style.Width(l.text), l.style.Font.Size
	at = vg.Point{X: c.X(p.X.Norm(l.at.X)), Y: c.Y(p.Y.Norm(l.at.Y)) + l.gap}
	at.X = max(c.Min.X+half, min(at.X, c.Max.X-half))
	foot := at.Y
	if l.style.YAlign == draw.YTop {
		at.Y -= 2 * l.gap
		foot = at.Y - height
	}
	return at, []vg.Point{{X: at.X - half, Y: foot}, {X: at.X + half, Y: foot}, {X: at.X + half, Y: foot + height}, {X: at.X - half, Y: foot + height}}
}

type valueLabels []valueLabel

// Plot implements plot.Plotter.
func (labels valueLabels) Plot(c draw.Canvas, p *plot.Plot) {
	for _, l := range labels {
		at, _ := l.place(c, p)
		c.FillText(l.style, at, l.text)
	}
}

// ground keeps grid and guide lines out of the texts; it goes below the curves.
func (labels valueLabels) ground() labelGround { return labelGround(labels) }

type labelGround valueLabels

// Plot implements plot.Plotter.
func (labels labelGround) Plot(c draw.Canvas, p *plot.Plot) {
	for _, l := range labels {
		_, box := l.place(c, p)
		c.FillPolygon(surface.light, box)
	}
}

// rateFigure shows the learning rate.
func rateFigure(s size, h *history) *figure {
	f := newCurves(s, h, "Learning rate", "Learning rate")
	f.add(curve{"", thin(h.rate, int(s.width/pen)), blue.line(2), draw.CircleGlyph{}, true})
	f.Y.Min, f.Y.Max = roundOut(min(0, f.Y.Min), f.Y.Max, 5)
	return f
}

// normFigure shows the norm of the gradient before it was clipped.
func normFigure(s size, h *history) *figure {
	f := newCurves(s, h, "Gradient norm, before clipping", "Norm")
	raw, smoothed := h.gradNorm, smooth(h.gradNorm)
	width := int(s.width / pen)
	if smoothed == nil {
		f.add(curve{"", raw, blue.line(2), draw.CircleGlyph{}, true})
	} else {
		f.add(curve{"each log entry", thin(raw, width), blueFaint.line(1), nil, false}, curve{"smoothed", thin(smoothed, width), blue.line(2), nil, false})
	}
	f.Y.Min, f.Y.Max = roundOut(0, ceiling(raw, smoothed, nil), 5)
	return f
}

// roundOut widens a range to whole steps of its ticks.
func roundOut(low, high float64, most int) (float64, float64) {
	if !(high > low) || math.IsInf(high-low, 0) {
		return low, low + 1
	}
	step := roundStep(low, high, most)
	return math.Floor(low/step+1e-9) * step, math.Ceil(high/step-1e-9) * step
}

func dropNote(h *history) string {
	if h.dropped == 0 {
		return ""
	}
	return fmt.Sprintf("%d logged values are not finite or out of all bounds and are left out", h.dropped)
}
