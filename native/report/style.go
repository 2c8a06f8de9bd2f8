package report

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// role is what a colour stands for. Files that stand alone show its light value; in the page, whose style sheet knows a
// dark one as well, it is the CSS variable of its name. The values must differ, since they are told apart by them.
type role struct {
	name  string
	light color.RGBA
}

// The hues are those of Okabe and Ito, chosen to be told apart with any colour vision; lines also differ in dash and marker.
var (
	ink       = role{"ink", rgb(0x1f2328)}
	muted     = role{"muted", rgb(0x59636e)}
	grid      = role{"grid", rgb(0xe4e7eb)}
	guide     = role{"guide", rgb(0xc4cad1)}
	surface   = role{"surface", rgb(0xffffff)}
	blue      = role{"blue", rgb(0x0072b2)}
	blueFaint = role{"blue-faint", rgb(0xa9cfe6)}
	orange    = role{"orange", rgb(0xd55e00)}
	green     = role{"green", rgb(0x00805c)}
	purple    = role{"purple", rgb(0x9a4f86)}
)

var roles = []role{ink, muted, grid, guide, surface, blue, blueFaint, orange, green, purple}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// hex is the colour as gonum writes it into an SVG file.
func (r role) hex() string {
	n := uint64(r.light.R)<<16 | uint64(r.light.G)<<8 | uint64(r.light.B)
	s := strings.ToUpper(strconv.FormatUint(n, 16))
	return "#" + strings.Repeat("0", 6-len(s)) + s
}

// line is a pen of this colour.
func (r role) line(width vg.Length, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: r.light, Width: width, Dashes: dashes}
}

// Weights of Liberation Sans, in the numbers of golang.org/x/image/font.
const (
	regular = 0
	bold    = 3
)

// letters is text of this colour, Liberation Sans, whose widths are those of Arial and Helvetica.
func (r role) letters(size vg.Length, weight int) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if weight == bold {
		f.Weight = bold
	}
	return text.Style{Color: r.light, Font: f, Handler: plot.DefaultTextHandler}
}

// ticks marks an axis at about most round values, from the first inside to the last.
type ticks struct {
	most   int
	whole  bool // only whole numbers
	format func(v, step float64) string
}

// Ticks returns the marks between low and high.
func (t ticks) Ticks(low, high float64) []plot.Tick {
	step := roundStep(low, high, t.most)
	if t.whole {
		step = max(1, step)
	}
	var marks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9 && len(marks) <= 2*t.most; i++ {
		marks = append(marks, plot.Tick{Value: i * step, Label: t.format(i*step, step)})
	}
	return marks
}

// roundStep is the smallest of 1, 2 and 5 times a power of ten that cuts the range into at most the given number of steps.
func roundStep(low, high float64, most int) float64 {
	span := (high - low) / float64(most)
	if !(span > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(span)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= span*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}

// number writes v with the decimals that a multiple of step needs.
func number(v, step float64) string {
	switch {
	case math.Abs(v) < step/2:
		return "0"
	case step < 1e-3 || step >= 1e6:
		s := strconv.FormatFloat(v, 'e', max(0, int(math.Floor(math.Log10(math.Abs(v))+1e-9)-math.Floor(math.Log10(step)+1e-9))), 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		if n, err := strconv.Atoi(exponent); err == nil {
			exponent = strconv.Itoa(n)
		}
		if strings.Contains(mantissa, ".") {
			mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
		}
		return mantissa + "e" + exponent
	}
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	return group(strconv.FormatFloat(v, 'f', decimals, 64))
}

// percent writes a share as a percentage.
func percent(v, step float64) string {
	if math.Abs(v) < step/2 {
		return "0%" // and not the -0% of a negative zero
	}
	decimals := max(0, int(-math.Floor(math.Log10(step*100)+1e-9)))
	return strconv.FormatFloat(v*100, 'f', decimals, 64) + "%"
}

// group puts commas between the thousands of a number.
func group(s string) string {
	whole, rest, dotted := strings.Cut(s, ".")
	digits := strings.TrimPrefix(whole, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if strings.HasPrefix(whole, "-") {
		digits = "-" + digits
	}
	if dotted {
		return digits + "." + rest
	}
	return digits
}
