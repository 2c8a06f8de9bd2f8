package compare

import (
	"math"
	"slices"
	"time"

	"github.com/lorica-go/lorica/native/metrics"
)

// timer keeps the times of a model's blocks. All models have the same blocks, in the same order.
type timer struct {
	blocks        []time.Duration
	total         time.Duration
	texts, tokens int
}

func (t *timer) add(d time.Duration, texts, tokens int) {
	d = max(d, 1)
	t.blocks = append(t.blocks, d)
	t.total += d
	t.texts += texts
	t.tokens += tokens
}

// speed is what the times say, beside those of the first model. What slows the machine down for a while slows two blocks that
// follow each other, so the ratios of their times are surer than the times: a model's speed is the first one's by the median
// ratio, and the first one's is that of all its time.
func (t *timer) speed(first *timer) *Speed {
	ratios := make([]float64, len(t.blocks))
	for i, d := range t.blocks {
		ratios[i] = float64(d) / float64(first.blocks[i])
	}
	slices.Sort(ratios)
	s := &Speed{Texts: t.texts, Tokens: t.tokens, Seconds: t.total.Seconds()}
	s.Ratio = Ratio{quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75)}
	s.TextsPerSecond = float64(first.texts) / first.total.Seconds() / float64(s.Ratio.Median)
	s.TokensPerSecond = s.TextsPerSecond * float64(t.tokens) / float64(t.texts)
	return s
}

// quantile interpolates linearly between sorted values; NaN for none.
func quantile(sorted []float64, q float64) metrics.Float {
	if len(sorted) == 0 {
		return metrics.Float(math.NaN())
	}
	rank := q * float64(len(sorted)-1)
	low := int(rank)
	high := min(low+1, len(sorted)-1)
	return metrics.Float(sorted[low] + (rank-float64(low))*(sorted[high]-sorted[low]))
}
