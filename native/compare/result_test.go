package compare

import (
	"math"
	"testing"
	"time"

	"github.com/lorica-go/lorica/native/metrics"
)

func TestSentencesSayWhatIsChance(t *testing.T) {
	difference := metrics.Difference{Value: -0.05, Low: -0.07, High: -0.03}
	for _, c := range []struct {
		pair   Pair
		better string
		want   string
	}{
		{Pair{McNemar: metrics.McNemar{OnlyA: 90, OnlyB: 40, P: 0.0001}, Holm: 0.0001}, "a",
			"a is better than b by 5.00 points of accuracy (95% interval 3.00 to 7.00), more than chance explains (p < 0.001)."},
		{Pair{McNemar: metrics.McNemar{OnlyA: 90, OnlyB: 40, P: 0.02}, Holm: 0.06}, "",
			"a is ahead of b by 5.00 points of accuracy (95% interval 3.00 to 7.00), which may be chance (p = 0.060 after Holm)."},
		{Pair{McNemar: metrics.McNemar{OnlyA: 40, OnlyB: 90, P: 0.01}, Holm: 0.02}, "b",
			"b is better than a by 5.00 points of accuracy (95% interval 3.00 to 7.00), more than chance explains (p = 0.020 after Holm)."},
		{Pair{McNemar: metrics.McNemar{OnlyA: 90, OnlyB: 40, P: 0.0001}, Holm: 0.0001,
			Bootstrap: &metrics.Bootstrap{MacroF1: metrics.Difference{Value: 0.2, Low: 0.1, High: 0.3}}}, "a",
			"a is better than b by 5.00 points of accuracy (95% interval 3.00 to 7.00), more than chance explains (p < 0.001). " +
				"By macro F1, in which rare labels count as much, it is behind by 20.00 points (95% interval 10.00 to 30.00)."},
		{Pair{McNemar: metrics.McNemar{OnlyA: 7, OnlyB: 7, P: 1}, Holm: 1, BothRight: 3, SameLabel: 3}, "",
			"a and b are right on equally many rows; 7 are right with the one alone, and as many with the other."},
		{Pair{McNemar: metrics.McNemar{P: 1}, Holm: 1, BothRight: 3, BothWrong: 2, SameLabel: 4}, "",
			"a and b are right on the same rows, and wrong with different labels on 1."},
		{Pair{McNemar: metrics.McNemar{P: 1}, Holm: 1, BothRight: 3, BothWrong: 2, SameLabel: 5}, "", "a and b give every row the same label."},
	} {
		c.pair.A, c.pair.B = "a", "b"
		d := difference
		if c.pair.OnlyB > c.pair.OnlyA {
			d = metrics.Difference{Value: 0.05, Low: 0.03, High: 0.07}
		}
		if c.pair.Bootstrap == nil {
			c.pair.Bootstrap = &metrics.Bootstrap{}
		}
		c.pair.Bootstrap.Accuracy = d
		if got := c.pair.Sentence(); got != c.want || c.pair.Better() != c.better {
			t.Errorf("got %q, better %q; want %q, %q", got, c.pair.Better(), c.want, c.better)
		}
	}
}

func TestSpeedIsTheFirstModelsByTheMedianRatio(t *testing.T) {
	var first, second timer
	for i, seconds := range [][2]int{{1, 2}, {2, 4}, {3, 6}, {1, 9}, {3, 5}} {
		first.add(time.Duration(seconds[0])*time.Second, 20, 200)
		second.add(time.Duration(seconds[1])*time.Second, 20, 300+i)
	}
	s := first.speed(&first)
	if s.TextsPerSecond != 10 || s.TokensPerSecond != 100 || s.Ratio != (Ratio{1, 1, 1}) || s.Seconds != 10 || s.Texts != 100 {
		t.Errorf("first: %+v", s)
	}
	// The ratios are 2, 2, 2, 9 and 5/3.
	s = second.speed(&first)
	if s.Ratio != (Ratio{2, 2, 2}) || s.TextsPerSecond != 5 || math.Abs(s.TokensPerSecond-5*15.1) > 1e-9 || s.Seconds != 26 {
		t.Errorf("second: %+v", s)
	}
	if q := quantile(nil, 0.5); !math.IsNaN(float64(q)) {
		t.Errorf("a quantile of nothing: %v", q)
	}
	if q := quantile([]float64{1, 2, 4}, 0.75); q != 3 {
		t.Errorf("third quartile %v", q)
	}
}
