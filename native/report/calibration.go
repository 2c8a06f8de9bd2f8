package report

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorica-go/lorica/native/metrics"
)

// calibrationFigure is a reliability diagram: for each bin of the predicted label's probability, how many of its rows are
// right. Bins below 1/classes are left out as far as they are empty: the largest of so many probabilities lies in none of them.
func calibrationFigure(s size, title string, c metrics.Calibration, classes int) *figure {
	f := newFigure(s, title, "Probability that the model gives its answer", "Rows that are right")
	f.subtitle = fmt.Sprintf("expected calibration error %s, largest gap of a bin %s", fixed(c.ECE), fixed(c.MCE))
	f.X.Tick.Marker, f.Y.Tick.Marker = ticks{most: 5, format: percent}, ticks{most: 5, format: percent}
	bins := len(c.Bins)
	first := 0
	if classes > 1 {
		first = firstBin(c, classes)
	}
	f.X.Min, f.X.Max = float64(first)/float64(max(1, bins)), 1
	f.Y.Min, f.Y.Max = 0, 1
	exact := orange.line(1.5, 5, 3)
	interval := ink.line(1)
	f.Plot.Add(
		&plotter.Grid{Horizontal: grid.line(pen)},
		binBars{c.Bins, first, ink.letters(0.9*s.letters, regular), interval},
		&plotter.Line{XYs: plotter.XYs{{X: f.X.Min, Y: f.X.Min}, {X: 1, Y: 1}}, LineStyle: exact},
	)
	f.headroom = 0.9 * s.letters
	f.key = []keyEntry{
		{name: "right", line: blueFaint.line(1), area: true}, {name: "95% interval", line: interval},
		{name: "if probabilities were exact", line: exact},
	}
	return f
}

// firstBin is the first bin that a reliability diagram shows.
func firstBin(c metrics.Calibration, classes int) int {
	for k, bin := range c.Bins[:min(len(c.Bins)/classes, len(c.Bins))] {
		if bin.Count > 0 {
			return k
		}
	}
	return len(c.Bins) / classes
}

// binBars are the bars of a reliability diagram with Wilson's 95% interval of each and, above the plot, its number of rows.
type binBars struct {
	bins     []metrics.Bin
	first    int
	letters  draw.TextStyle
	interval draw.LineStyle
}

// Plot implements plot.Plotter.
func (b binBars) Plot(c draw.Canvas, p *plot.Plot) {
	n := float64(len(b.bins))
	at := func(x, y float64) vg.Point { return vg.Point{X: c.X(p.X.Norm(x)), Y: c.Y(p.Y.Norm(y))} }
	b.letters.XAlign, b.letters.YAlign = draw.XCenter, draw.YBottom
	for k, bin := range b.bins {
		if bin.Count == 0 || k < b.first {
			continue
		}
		accuracy := float64(bin.Accuracy)
		low, high := at(float64(k)/n, 0), at(float64(k+1)/n, accuracy)
		gap := 0.06 * (high.X - low.X)
		c.FillPolygon(blueFaint.light, []vg.Point{{X: low.X + gap, Y: low.Y}, {X: high.X - gap, Y: low.Y}, {X: high.X - gap, Y: high.Y}, {X: low.X + gap, Y: high.Y}})
		c.StrokeLine2(blue.line(2), low.X+gap, high.Y, high.X-gap, high.Y)
		middle := (low.X + high.X) / 2
		from, to := wilson(accuracy, bin.Count)
		bottom, top := at(0, from).Y, at(0, to).Y
		c.StrokeLine2(b.interval, middle, bottom, middle, top)
		for _, y := range []vg.Length{bottom, top} {
			c.StrokeLine2(b.interval, middle-2*gap, y, middle+2*gap, y)
		}
		label := group(strconv.Itoa(bin.Count))
		if k == b.first || b.letters.Width(label+" rows") < high.X-low.X {
			label = rows(bin.Count)
		}
		c.FillText(b.letters, vg.Point{X: middle, Y: c.Max.Y + 0.3*b.letters.Font.Size}, label)
	}
}

// wilson is the 95% interval of a share of n rows (Wilson 1927).
func wilson(share float64, n int) (low, high float64) {
	const z = 1.959963984540054
	rows := float64(n)
	middle := (share + z*z/(2*rows)) / (1 + z*z/rows)
	half := z / (1 + z*z/rows) * math.Sqrt(share*(1-share)/rows+z*z/(4*rows*rows))
	return max(0, middle-half), min(1, middle+half)
}

// fixed is a measure with four decimals, or a dash.
func fixed(v metrics.Float) string {
	if !finite(float64(v)) {
		return "–"
	}
	return strconv.FormatFloat(float64(v), 'f', 4, 64)
}
