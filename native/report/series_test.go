package report

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/plotter"

	"github.com/lorica-go/lorica/native/train"
)

func line(n int, y func(i int) float64) plotter.XYs {
	points := make(plotter.XYs, n)
	for i := range points {
		points[i] = plotter.XY{X: float64(i), Y: y(i)}
	}
	return points
}

func TestSmoothingNeitherLagsNorShifts(t *testing.T) {
	if smooth(line(19, func(int) float64 { return 1 })) != nil {
		t.Error("19 points are smoothed")
	}
	rising := line(400, func(i int) float64 { return float64(i) })
	for i, p := range smooth(rising)[40:360] {
		if math.Abs(p.Y-rising[i+40].Y) > 1e-9 {
			t.Fatalf("a straight line is moved from %v to %v", rising[i+40], p)
		}
	}
	spike := smooth(line(400, func(i int) float64 { return map[bool]float64{true: 1}[i == 200] }))
	sum := 0.0
	for i, p := range spike {
		sum += p.Y
		if i > 0 && i < 400 && math.Abs(p.Y-spike[min(399, 400-i)].Y) > 1e-12 {
			t.Fatalf("a spike is spread unevenly, %v at %d", p, i)
		}
	}
	if math.Abs(sum-1) > 1e-9 || spike[200].Y > 0.06 {
		t.Errorf("a spike of 1 has the sum %g and the top %g", sum, spike[200].Y)
	}
}

func TestThinningKeepsEveryExtreme(t *testing.T) {
	points := line(10_000, func(i int) float64 { return math.Sin(float64(i)) })
	points[7_777].Y, points[1_234].Y = 5, -5
	thinned := thin(points, 100)
	if len(thinned) > 200 || !slices.Contains(thinned, points[7_777]) || !slices.Contains(thinned, points[1_234]) {
		t.Errorf("%d points are left, extremes %v %v", len(thinned), slices.Contains(thinned, points[7_777]), slices.Contains(thinned, points[1_234]))
	}
	if !slices.IsSortedFunc(thinned, func(a, b plotter.XY) int { return int(a.X - b.X) }) {
		t.Error("the points are out of order")
	}
}

func TestOfRepeatedEntriesTheLastCounts(t *testing.T) {
	h := newHistory([]train.Entry{
		{Step: 100, Epoch: 0.5, Loss: value(0.6)}, {Step: 200, Epoch: 1, Loss: value(0.5)}, {Step: 200, Epoch: 1, EvalAccuracy: value(0.7)},
		{Step: 100, Epoch: 0.5, Loss: value(0.61)}, {Step: 200, Epoch: 1, EvalAccuracy: value(0.71)}, {Step: 250, Epoch: 1.25, EvalAccuracy: value(0.72)},
		{Step: 300, Loss: value(math.NaN())},
	})
	if want := (plotter.XYs{{X: 100, Y: 0.61}, {X: 200, Y: 0.5}}); !slices.Equal(h.loss, want) {
		t.Errorf("loss %v, want %v", h.loss, want)
	}
	if want := (plotter.XYs{{X: 200, Y: 0.71}, {X: 250, Y: 0.72}}); !slices.Equal(h.accuracy, want) {
		t.Errorf("accuracy %v, want %v", h.accuracy, want)
	}
	if !slices.Equal(h.epochs, []epochEnd{{200, 1}}) || len(h.evaluations) != 2 || h.dropped != 1 || h.lastStep != 300 {
		t.Errorf("got %+v", h)
	}
}

func TestTicksAreRoundAndFew(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		t         ticks
		want      []string
	}{
		{0, 0.7, ticks{6, false, number}, []string{"0", "0.2", "0.4", "0.6"}},
		{0, 1.5, ticks{6, false, number}, []string{"0", "0.5", "1.0", "1.5"}},
		{0, 2400, ticks{8, true, number}, []string{"0", "500", "1,000", "1,500", "2,000"}},
		{0, 2, ticks{8, true, number}, []string{"0", "1", "2"}},
		{0, 2e-4, ticks{5, false, number}, []string{"0", "5e-5", "1e-4", "1.5e-4", "2e-4"}},
		{0, 3e9, ticks{3, false, number}, []string{"0", "1e9", "2e9", "3e9"}},
		{0.7, 0.95, ticks{6, false, percent}, []string{"70%", "75%", "80%", "85%", "90%", "95%"}},
		{0.871, 0.877, ticks{3, false, percent}, []string{"87.2%", "87.4%", "87.6%"}},
		{math.Copysign(0, -1), 1, ticks{5, false, percent}, []string{"0%", "20%", "40%", "60%", "80%", "100%"}},
		{3, 3, ticks{5, false, number}, []string{"3"}},
	} {
		var got []string
		for _, mark := range c.t.Ticks(c.low, c.high) {
			got = append(got, mark.Label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%g to %g: got %q, want %q", c.low, c.high, got, c.want)
		}
	}
}

func TestNumbersReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{count(0), "0"}, {count(999), "999"}, {count(1000), "1,000"}, {count(-1234567), "-1,234,567"}, {group("1234.5678"), "1,234.5678"},
		{duration(3.25), "3.2 s"}, {duration(60), "1 min 0 s"}, {duration(3599.7), "1 h 0 min"}, {duration(5025), "1 h 23 min"}, {duration(math.NaN()), "–"},
		{share(0.00653), "0.65%"}, {share(0.5), "50.0%"}, {share(0), "0.0%"}, {share(1), "100.0%"},
		{clip("spider", 6), "spider"}, {clip("spiders", 6), "spide…"}, {clip("很好玩，推荐", 4), "很好玩…"}, {clip("a bcd", 3), "a…"},
		{pad("很好", 6) + "|", "很好  |"}, {paragraphs(" a  b\n\n c\r\n"), "a b\nc"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
