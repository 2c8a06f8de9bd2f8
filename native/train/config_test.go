package train

import (
	"math"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// The rates are those of transformers' get_linear_schedule_with_warmup(warmup, total) before each step.
func TestTheRateRisesAndFallsLinearly(t *testing.T) {
	for _, test := range []struct {
		warmup, total int
		want          []float64
	}{
		{0, 4, []float64{1, 0.75, 0.5, 0.25}},
		{2, 6, []float64{0, 0.5, 1, 0.75, 0.5, 0.25}},
		{3, 3, []float64{0, 1.0 / 3, 2.0 / 3}},
		{5, 3, []float64{0, 0.2, 0.4}}, // the warm-up is longer than the run
		{1, 1, []float64{0}},
	} {
		c := Config{LearningRate: 1, WarmupSteps: test.warmup}
		for step, want := range test.want {
			if got := c.Rate(step, test.total); math.Abs(got-want) > 1e-15 {
				t.Errorf("warm-up %d of %d, step %d: rate %g, want %g", test.warmup, test.total, step, got, want)
			}
		}
	}
}

// Half a period of the cosine: 1, then (1 + cos(pi/4))/2 and so on.
func TestTheCosineFallsToZero(t *testing.T) {
	c := Config{LearningRate: 2, WarmupSteps: 2, Schedule: Cosine}
	for step, want := range []float64{0, 1, 2, 1 + math.Sqrt2/2, 1, 1 - math.Sqrt2/2, 0} {
		if got := c.Rate(step, 6); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: rate %g, want %g", step, got, want)
		}
	}
}

func TestStepsCountTheLastSmallerBatch(t *testing.T) {
	for _, test := range []struct{ examples, batch, epochs, most, total, epoch int }{
		{16, 8, 3, 0, 6, 2}, {17, 8, 3, 0, 9, 3}, {1, 8, 2, 0, 2, 1}, {17, 8, 3, 4, 4, 3}, {17, 8, 3, 100, 100, 3},
	} {
		c := Config{BatchSize: test.batch, Epochs: test.epochs, MaxSteps: test.most}
		o := Classification{config: c, examples: make([]Example, test.examples)}
		if epoch := o.StepsPerEpoch(); epoch != test.epoch || c.Steps(epoch) != test.total {
			t.Errorf("%+v: got %d steps, %d an epoch", test, c.Steps(epoch), epoch)
		}
	}
}

func TestSettingsThatMakeNoSenseAreRefusedByName(t *testing.T) {
	for _, test := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Epochs = 0 }, "epochs"},
		{func(c *Config) { c.Epochs = math.MaxInt }, "epochs"},
		{func(c *Config) { c.MaxSteps = -1 }, "max steps"},
		{func(c *Config) { c.BatchSize = 0 }, "batch size"},
		{func(c *Config) { c.LearningRate = 0 }, "learning rate"},
		{func(c *Config) { c.LearningRate = math.NaN() }, "learning rate"},
		{func(c *Config) { c.LearningRate = math.Inf(1) }, "learning rate"},
		{func(c *Config) { c.WarmupSteps = -1 }, "warm-up steps"},
		{func(c *Config) { c.WeightDecay = -0.1 }, "weight decay"},
		{func(c *Config) { c.Beta1 = 1 }, "beta1"},
		{func(c *Config) { c.Beta2 = math.NaN() }, "beta2"},
		{func(c *Config) { c.Epsilon = 0 }, "epsilon"},
		{func(c *Config) { c.MaxGradNorm = math.Inf(1) }, "maximum gradient norm"},
		{func(c *Config) { c.BatchTokens = -1 }, "batch tokens"},
		{func(c *Config) { c.EvalEvery = -1 }, "evaluate every"},
		{func(c *Config) { c.LogEvery = -1 }, "log every"},
		{func(c *Config) { c.SaveEvery = -1 }, "save every"},
	} {
		c := Default()
		test.change(&c)
		if err := c.Validate(); !badinput.Is(err) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("want an error about %s, got %v", test.want, err)
		}
	}
	c := Default()
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}
