package bench

import (
	"context"
	"errors"
	"time"

	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/train"
)

// errEnough ends the training once enough runs were timed.
var errEnough = errors.New("enough runs")

// train times the training loop itself: forward, backward, clipping, AdamW and the schedule. A run is a pass over the sequences
// in their order; its first step is made twice, and the first time is left out, to warm up.
func (c *ModelConfig) train(ctx context.Context, m *native.Model, sequences [][]int32, size int) ([]time.Duration, error) {
	examples := make([]train.Example, 0, len(sequences)+size)
	for i, ids := range append(sequences[:size:size], sequences...) {
		examples = append(examples, train.Example{IDs: ids, Label: int32(i % max(1, min(2, len(m.Encoder.Config.Labels))))})
	}
	perRun := (len(examples) + size - 1) / size
	stopping, stop := context.WithCancelCause(ctx)
	defer stop(nil)

	var times []time.Duration
	var run time.Duration
	start, last := time.Now(), time.Now()
	config := train.Default()
	config.BatchSize, config.Shuffle, config.LogEvery = size, false, 0
	config.Epochs, config.LearningRate = 1<<20, 1e-5
	config.OnStep = func(p train.Progress) {
		now := time.Now()
		within := (p.Step - 1) % perRun
		if within == 0 {
			run = 0
		} else {
			run += now.Sub(last)
		}
		last = now
		if within == perRun-1 {
			if times = append(times, run); len(times) >= c.Runs && time.Since(start) >= c.MinTime {
				stop(errEnough)
			}
		}
	}
	objective, err := train.NewClassification(m.Encoder, m.Device, examples, nil, config)
	if err != nil {
		return nil, err
	}
	t, err := train.New(m.Encoder, m.Device, objective, config, "", false)
	if err != nil {
		return nil, err
	}
	start, last = time.Now(), time.Now()
	if err := t.Run(stopping); err != nil && !errors.Is(context.Cause(stopping), errEnough) {
		return nil, err
	}
	return times, nil
}
