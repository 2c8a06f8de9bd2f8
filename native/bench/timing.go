package bench

import (
	"context"
	"slices"
	"time"
)

// Timing says how long something is repeated.
type Timing struct {
	Runs    int           // at least so many runs; 0 means 5
	MinTime time.Duration // and at least so long
}

func (t Timing) withDefaults() Timing {
	if t.Runs <= 0 {
		t.Runs = 5
	}
	return t
}

// measure runs f once to warm up and then repeatedly, and returns each run's time. It ends early with the cause of ctx.
func (t Timing) measure(ctx context.Context, f func() error) ([]time.Duration, error) {
	if err := f(); err != nil {
		return nil, err
	}
	var times []time.Duration
	for start := time.Now(); len(times) < t.Runs || time.Since(start) < t.MinTime; {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		run := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		times = append(times, max(time.Since(run), 1))
	}
	return times, nil
}

// median returns the middle of the times, or the mean of the two in the middle.
func median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	s := slices.Clone(times)
	slices.Sort(s)
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
