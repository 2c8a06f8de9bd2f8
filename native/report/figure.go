package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// size is that of a figure, and of its letters.
type size struct {
	width, height vg.Length
	letters       vg.Length // of labels; others follow from it
	margin        vg.Length // on the left and on the right
}

// pixel is a CSS pixel, 1/96 inch.
const pixel = vg.Inch / 96

var (
	alone  = size{800 * pixel, 450 * pixel, 14 * pixel, 14 * pixel} // a file of its own
	inPage = size{420 * pixel, 280 * pixel, 12 * pixel, 1 * pixel}  // beside another one on the page, or alone on a telephone
)

// figure is a chart: title and subtitle, a key to its lines in one or more rows, the plot below.
type figure struct {
	size
	title, subtitle string
	key             []keyEntry
	headroom        vg.Length // kept free above the plot, for labels that a plotter puts there
	*plot.Plot
}

// keyEntry explains a line, its markers, or an area.
type keyEntry struct {
	name string
	line draw.LineStyle
	mark draw.GlyphDrawer // nil: none
	area bool             // a filled box in the line's colour
}

// newFigure returns an empty figure in the house style: no frame, a light grid behind, axes named below and at the side.
func newFigure(s size, title, xName, yName string) *figure {
	f := &figure{size: s, title: title, Plot: plot.New()}
	f.BackgroundColor = nil
	for _, named := range []struct {
		axis *plot.Axis
		name string
	}{{&f.X, xName}, {&f.Y, yName}} {
		axis := named.axis
		align := axis.Tick.Label
		axis.Tick.Label = muted.letters(s.letters, regular)
		axis.Tick.Label.XAlign, axis.Tick.Label.YAlign = align.XAlign, align.YAlign
		axis.Tick.LineStyle.Width, axis.Tick.Length = 0, 0
		axis.Padding, axis.LineStyle.Width = 0.4*s.letters, 0
		align = axis.Label.TextStyle
		axis.Label.TextStyle = muted.letters(s.letters, regular)
		axis.Label.TextStyle.XAlign, axis.Label.TextStyle.YAlign = align.XAlign, align.YAlign
		axis.Label.Text, axis.Label.Padding = named.name, 0.4*s.letters
	}
	return f
}

// draw draws all of the figure.
func (f *figure) draw(c draw.Canvas) {
	c = draw.Crop(c, f.margin, -max(f.margin, 0.35*f.letters), 0.8*f.letters, -f.letters)
	line := func(style draw.TextStyle, text string) {
		style.YAlign = draw.YTop
		c.FillText(style, vg.Point{X: c.Min.X, Y: c.Max.Y}, text)
		c.Max.Y -= 1.25 * style.Font.Size
	}
	if f.title != "" {
		line(ink.letters(1.15*f.letters, bold), f.title)
	}
	if f.subtitle != "" {
		line(muted.letters(f.letters, regular), f.subtitle)
	}
	c.Max.Y -= 0.35 * f.letters
	f.drawKey(&c)
	c.Max.Y -= f.headroom + 0.5*f.letters
	f.Plot.Draw(c)
}

// slack is how much wider a text may be in the font that a reader has than in the one it was measured with.
const slack = 1.12

// keyPlace is where an entry of the key begins, from the left, and in which row of it.
type keyPlace struct {
	x   vg.Length
	row int
}

// layKey finds the entries' places within a width, and how many rows they take.
func (f *figure) layKey(width vg.Length) (places []keyPlace, rows int) {
	style := ink.letters(f.letters, regular)
	at := keyPlace{}
	for _, entry := range f.key {
		w := f.keySample() + 0.5*f.letters + slack*style.Width(entry.name)
		if at.x > 0 && at.x+w > width {
			at = keyPlace{0, at.row + 1}
		}
		places = append(places, at)
		rows = at.row + 1
		at.x += w + 1.1*f.letters
	}
	return places, rows
}

// keySample is how wide the key shows lines, keyRow how high its rows are.
func (f *figure) keySample() vg.Length { return 2.2 * f.letters }
func (f *figure) keyRow() vg.Length    { return 1.5 * f.letters }

// growForKey makes the figure higher where its key takes more rows than one, so that the plot keeps its height.
func (f *figure) growForKey() {
	if _, rows := f.layKey(f.width - 2*f.margin); rows > 1 {
		f.height += vg.Length(rows-1) * f.keyRow()
	}
}

// drawKey draws the key from the upper left on and takes its rows off c.
func (f *figure) drawKey(c *draw.Canvas) {
	style := ink.letters(f.letters, regular)
	style.YAlign = draw.YCenter
	places, rows := f.layKey(c.Max.X - c.Min.X)
	sample := f.keySample()
	for i, entry := range f.key {
		x, y := c.Min.X+places[i].x, c.Max.Y-(vg.Length(places[i].row)+0.5)*f.keyRow()
		switch {
		case entry.area:
			h := 0.4 * f.letters
			c.FillPolygon(entry.line.Color, []vg.Point{{X: x + sample/4, Y: y - h}, {X: x + sample, Y: y - h}, {X: x + sample, Y: y + h}, {X: x + sample/4, Y: y + h}})
		default:
			c.StrokeLine2(entry.line, x, y, x+sample, y)
		}
		if entry.mark != nil {
			c.DrawGlyphNoClip(f.glyph(entry.line, entry.mark), vg.Point{X: x + sample/2, Y: y})
		}
		c.FillText(style, vg.Point{X: x + sample + 0.5*f.letters, Y: y + style.FontExtents().Descent/2}, entry.name)
	}
	c.Max.Y -= vg.Length(rows) * f.keyRow()
}

// glyph is a marker in the colour of a line.
func (s size) glyph(line draw.LineStyle, shape draw.GlyphDrawer) draw.GlyphStyle {
	return draw.GlyphStyle{Color: line.Color, Radius: 0.32 * s.letters, Shape: shape}
}

// svgBody is the inside of the figure's svg element.
func (f *figure) svgBody() (string, error) {
	canvas := vgsvg.New(f.width, f.height)
	f.draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	_, body, _ := strings.Cut(b.String(), "<svg ")
	_, body, ok := strings.Cut(body, ">")
	body, ok2 := strings.CutSuffix(strings.TrimSpace(body), "</svg>")
	if !ok || !ok2 {
		return "", fmt.Errorf("figure %q: not the SVG that was expected", f.title)
	}
	// Not everyone has Liberation, and what a reader would take in its place is not even of the same kind.
	return strings.ReplaceAll(body, "font-family:Liberation Sans", "font-family:"+fontFamily), nil
}

// fontFamily begins with the font that texts were measured with; the others have its widths.
const fontFamily = "'Liberation Sans',Arial,Helvetica,sans-serif"

// drawing is a picture as SVG: a figure or a confusion matrix.
type drawing struct {
	name          string // of what it shows
	width, height vg.Length
	body          string
}

// drawing renders the figure.
func (f *figure) drawing() (drawing, error) {
	body, err := f.svgBody()
	return drawing{f.title, f.width, f.height, body}, err
}

// file is the drawing as an SVG file of its own, on a white ground.
func (d drawing) file() string {
	return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + fmt.Sprintf(
		`<svg xmlns="http://www.w3.org/2000/svg" width="%.4g" height="%.4g" viewBox="0 0 %.5g %.5g" role="img">`,
		d.width/pixel, d.height/pixel, d.width.Points(), d.height.Points(),
	) + fmt.Sprintf("\n<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"%s\"/>\n%s\n</svg>\n", xmlText(d.name), surface.hex(), d.body)
}

// inline is the drawing as an element of the page, as wide as there is room, in the page's colours.
func (d drawing) inline() string {
	pairs := []string{}
	for _, r := range roles {
		pairs = append(pairs, r.hex(), "var(--"+r.name+")")
	}
	return fmt.Sprintf(`<svg viewBox="0 0 %.5g %.5g" role="img" aria-label="%s">`, d.width.Points(), d.height.Points(), xmlText(d.name)) +
		strings.NewReplacer(pairs...).Replace(d.body) + "</svg>"
}

// png writes the figure on a white ground, two image points to a pixel.
func (f *figure) png(w io.Writer) error {
	canvas := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(192))}
	f.draw(draw.New(canvas))
	_, err := canvas.WriteTo(w)
	return err
}
