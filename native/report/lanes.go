package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A lane is a row of a figure that lists things: a name above, and below it a mark for each of its values.
type lane struct {
	name  string
	marks []mark
}

// mark is a value on a lane, with its interval or as a bar from 0.
type mark struct {
	value     float64 // NaN: not known
	low, high float64 // NaN where there is no interval
	line      draw.LineStyle
	shape     draw.GlyphDrawer // nil: a bar
	text      string           // the value in words, at the end of the name's line; "" for none
}

// Measures of a lane, in letters.
const (
	laneName  = 1.5
	laneBelow = 0.7
	apart     = 0.95 // marks with intervals
	close     = 0.5  // marks alone
	// laneIndent is how far the axis begins right of the names.
	laneIndent = 1.4
)

// newLanes returns a figure of lanes over a range of values, a lane's marks that far below each other. It is as high as they need.
func newLanes(s size, title, xName string, pitch float64, lanes []lane) *figure {
	most := 0
	for _, l := range lanes {
		most = max(most, len(l.marks))
	}
	each := laneName + pitch*float64(most) + laneBelow
	s.height = vg.Length(9.5+each*float64(len(lanes))) * s.letters
	f := newFigure(s, title, xName, "")
	f.Y.Tick.Marker = plot.ConstantTicks(nil)
	f.Y.Padding = laneIndent * s.letters // for half of the first tick's label
	f.Y.Min, f.Y.Max = 0, each*float64(len(lanes))
	f.Add(&plotter.Grid{Vertical: grid.line(pen)}, lanePlotter{lanes, each, pitch, s})
	return f
}

// span is the range of all values and intervals.
func span(lanes []lane) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range lanes {
		for _, m := range l.marks {
			for _, v := range []float64{m.value, m.low, m.high} {
				if finite(v) {
					low, high = min(low, v), max(high, v)
				}
			}
		}
	}
	return low, high
}

// lanePlotter draws lanes from the top down.
type lanePlotter struct {
	lanes       []lane
	each, pitch float64
	size        size
}

// Plot implements plot.Plotter.
func (l lanePlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x := func(v float64) vg.Length { return c.X(p.X.Norm(min(max(v, p.X.Min), p.X.Max))) }
	unit := l.size.letters
	for i, lane := range l.lanes {
		top := c.Y(p.Y.Norm(l.each * float64(len(l.lanes)-i)))
		l.caption(c, lane, top-0.25*unit)
		for k, m := range lane.marks {
			y := top - vg.Length(laneName+l.pitch*(float64(k)+0.5))*unit
			if math.IsNaN(m.value) {
				continue
			}
			if m.shape == nil {
				from, to, half := x(0), x(m.value), 0.4*unit
				c.FillPolygon(m.line.Color, []vg.Point{{X: from, Y: y - half}, {X: to, Y: y - half}, {X: to, Y: y + half}, {X: from, Y: y + half}})
				continue
			}
			if !math.IsNaN(m.low) {
				c.StrokeLine2(m.line, x(m.low), y, x(m.high), y)
				for _, end := range []float64{m.low, m.high} {
					c.StrokeLine2(m.line, x(end), y-0.25*unit, x(end), y+0.25*unit)
				}
			}
			c.DrawGlyph(l.size.glyph(m.line, m.shape), vg.Point{X: x(m.value), Y: y})
		}
	}
}

// caption writes a lane's values, flush right, and what of its name fits before them.
func (l lanePlotter) caption(c draw.Canvas, lane lane, top vg.Length) {
	style := ink.letters(0.95*l.size.letters, regular)
	style.YAlign = draw.YTop
	clear := func(x, width vg.Length) { // grid lines end at the texts
		foot := top - 1.15*style.Font.Size
		c.FillPolygon(surface.light, []vg.Point{{X: x, Y: foot}, {X: x + width, Y: foot}, {X: x + width, Y: top}, {X: x, Y: top}})
	}
	left, right := c.Min.X-laneIndent*l.size.letters, c.Max.X
	for k := len(lane.marks) - 1; k >= 0; k-- {
		m := lane.marks[k]
		if m.text == "" {
			continue
		}
		value := style
		value.Color, value.XAlign = m.line.Color, draw.XRight
		w := slack * value.Width(m.text)
		clear(right-w, w)
		c.FillText(value, vg.Point{X: right, Y: top}, m.text)
		right -= w + l.size.letters
	}
	name := printable(lane.name)
	for n := len([]rune(name)); n > 1 && slack*style.Width(name) > right-left; {
		n--
		name = clip(name, n)
	}
	clear(left, slack*style.Width(name))
	c.FillText(style, vg.Point{X: left, Y: top}, name)
}
