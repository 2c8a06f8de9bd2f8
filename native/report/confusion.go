package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/lorica-go/lorica/native/metrics"
)

const (
	maxMatrix    = 40 // classes that a matrix shows
	maxFigures   = 14 // classes up to which its cells have numbers
	maxLabelText = 22 // runes of a label beside it
)

// confusionDrawing is the matrix of true labels (down) and predictions (across). A cell is the darker the larger its share of
// its row, blue where the prediction is right and orange where it is wrong. Of more than maxMatrix labels it has those with the most rows.
func confusionDrawing(s size, title string, c metrics.Confusion, labels []string) drawing {
	shown := shownClasses(c)
	if len(shown) < len(c) {
		title += fmt.Sprintf(": the %d most frequent of %d labels", len(shown), len(c))
	}
	m := matrix{size: s, counts: c, shown: shown, labels: labels, title: title}
	return m.draw()
}

// shownClasses are the classes of the matrix, rising.
func shownClasses(c metrics.Confusion) []int {
	rows := make([]int, len(c))
	for k := range c {
		rows[k] = total(c[k])
	}
	return mostFrequent(rows, maxMatrix)
}

// mostFrequent are the n classes with the most rows, rising.
func mostFrequent(rows []int, n int) []int {
	classes := make([]int, len(rows))
	for k := range classes {
		classes[k] = k
	}
	if len(classes) > n {
		slices.SortStableFunc(classes, func(a, b int) int { return cmp.Compare(rows[b], rows[a]) })
		classes = classes[:n]
		slices.Sort(classes)
	}
	return classes
}

func total(row []int) int {
	n := 0
	for _, v := range row {
		n += v
	}
	return n
}

// matrix is a confusion matrix being drawn, in points from the upper left.
type matrix struct {
	size
	counts metrics.Confusion
	shown  []int
	labels []string
	title  string

	b              strings.Builder
	left, top      float64 // of the cells
	cellW, cellH   float64
	letters, small float64 // font sizes
}

func (m *matrix) draw() drawing {
	m.letters = m.size.letters.Points()
	m.small = 0.9 * m.letters
	width, n := m.width.Points(), float64(len(m.shown))
	widest := 0
	for _, k := range m.shown {
		widest = max(widest, columns(m.label(k)))
	}
	m.left = m.margin.Points() + 2.2*m.letters + 0.56*m.letters*float64(widest)
	m.top = 5.4 * m.letters
	m.cellW = (width - m.left - m.margin.Points()) / n
	upright := m.cellW < 0.6*m.letters*float64(widest)
	if upright { // labels above are turned
		m.top = 4.6*m.letters + 0.56*m.letters*float64(widest)
	}
	m.cellH = min(m.cellW, max((m.height.Points()-m.top-m.letters)/n, 1.6*m.letters))
	height := m.top + n*m.cellH + m.letters
	m.text(m.margin.Points(), 2.05*m.letters, 1.15*m.letters, ink, "", "font-weight:bold", m.title)
	m.text(m.left+n*m.cellW/2, 3.6*m.letters, m.letters, muted, "middle", "", "Predicted")
	m.turned(m.margin.Points()+m.letters, m.top+n*m.cellH/2, "middle", muted, "True label")
	for i, k := range m.shown {
		x := m.left + (float64(i)+0.5)*m.cellW
		if upright {
			m.turned(x+0.35*m.letters, m.top-0.5*m.letters, "start", ink, m.label(k))
		} else {
			m.text(x, m.top-0.5*m.letters, m.letters, ink, "middle", "", m.label(k))
		}
		m.row(i, k)
	}
	fmt.Fprintf(&m.b, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" style="fill:none;stroke:%s;stroke-width:0.75"/>`+"\n",
		m.left, m.top, n*m.cellW, n*m.cellH, grid.hex())
	return drawing{m.title, m.width, vg.Points(height), m.b.String()}
}

// row draws the cells of one true label. Cells without rows stay empty, which keeps the files of many labels small.
func (m *matrix) row(i, k int) {
	y := m.top + float64(i)*m.cellH
	rows := total(m.counts[k])
	m.text(m.left-0.6*m.letters, y+m.cellH/2+0.35*m.letters, m.letters, ink, "end", "", m.label(k))
	for j, p := range m.shown {
		count := m.counts[k][p]
		if count == 0 && len(m.shown) > maxFigures {
			continue
		}
		share := 0.0
		if rows > 0 {
			share = float64(count) / float64(rows)
		}
		hue, letters, opacity := orange, ink, 0.12+0.88*share
		switch {
		case count == 0:
			hue, opacity = grid, 0.5
		case k == p:
			hue = blue
		}
		if opacity > 0.55 {
			letters = surface
		}
		x := m.left + float64(j)*m.cellW
		fmt.Fprintf(&m.b, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s" fill-opacity="%.3f"><title>%s</title></rect>`+"\n",
			x+0.75, y+0.75, m.cellW-1.5, m.cellH-1.5, hue.hex(), opacity,
			xmlText(fmt.Sprintf("%s, predicted %s: %d of %d rows (%.1f%%)", m.name(k), m.name(p), count, rows, 100*share)))
		m.figures(x+m.cellW/2, y+m.cellH/2, count, share, letters)
	}
}

// figures writes a cell's count and, where there is room, its share of the row.
func (m *matrix) figures(x, y float64, count int, share float64, letters role) {
	text := group(strconv.Itoa(count))
	if len(m.shown) > maxFigures || float64(len(text))*0.6*m.small > m.cellW {
		return
	}
	if m.cellH < 3.2*m.letters || m.cellW < 4*m.letters {
		m.text(x, y+0.35*m.small, m.small, letters, "middle", "", text)
		return
	}
	m.text(x, y, 1.2*m.letters, letters, "middle", "font-weight:bold", text)
	m.text(x, y+1.3*m.letters, m.small, letters, "middle", "", fmt.Sprintf("%.1f%%", 100*share))
}

// name is a label's whole name, label what of it fits beside the matrix.
func (m *matrix) name(k int) string  { return m.labels[k] }
func (m *matrix) label(k int) string { return clip(printable(m.labels[k]), maxLabelText) }

func (m *matrix) text(x, y, size float64, colour role, anchor, style, text string) {
	m.write(fmt.Sprintf(`x="%.2f" y="%.2f"`, x, y), size, colour, anchor, style, text)
}

// turned writes a text upwards.
func (m *matrix) turned(x, y float64, anchor string, colour role, text string) {
	m.write(fmt.Sprintf(`transform="translate(%.2f,%.2f) rotate(-90)"`, x, y), m.letters, colour, anchor, "", text)
}

func (m *matrix) write(place string, size float64, colour role, anchor, style, text string) {
	if anchor == "" {
		anchor = "start"
	}
	fmt.Fprintf(&m.b, `<text %s style="font-family:%s;font-size:%.2fpx;text-anchor:%s;fill:%s;%s">%s</text>`+"\n",
		place, fontFamily, size, anchor, colour.hex(), style, xmlText(text))
}

// confusedPair is a cell beside the diagonal.
type confusedPair struct{ truth, predicted, rows int }

// topConfusions are the pairs of labels that are confused most often, at most n of them.
func topConfusions(c metrics.Confusion, n int) []confusedPair {
	var all []confusedPair
	for t, row := range c {
		for p, rows := range row {
			if t != p && rows > 0 {
				all = append(all, confusedPair{t, p, rows})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b confusedPair) int { return cmp.Compare(b.rows, a.rows) })
	return all[:min(n, len(all))]
}
