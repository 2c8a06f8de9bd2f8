package train

import (
	"context"
	"time"
)

// window measures speed since the last log entry.
type window struct {
	start           time.Time
	samples, tokens int
}

// logStep adds an entry with the averages since the last one.
func (t *Trainer) logStep(p Progress) {
	seconds := max(time.Since(t.window.start).Seconds(), 1e-9)
	loss := t.state.LogLoss / float64(max(1, t.state.LogSteps))
	samples, tokens := float64(t.window.samples)/seconds, float64(t.window.tokens)/seconds
	t.log(Entry{Step: p.Step, Epoch: p.Epoch, Loss: &loss, Rate: &p.Rate, GradNorm: &p.GradNorm, SamplesPerSecond: &samples, TokensPerSecond: &tokens})
	t.state.LogLoss, t.state.LogSteps = 0, 0
	t.window = window{start: time.Now()}
}

func (t *Trainer) log(e Entry) {
	t.state.History = append(t.state.History, e)
	if t.file != nil {
		t.file.write(e)
	}
	if t.config.OnLog != nil {
		t.config.OnLog(e)
	}
}

// evaluate measures what has been learnt and adds an entry, with the mean loss since the last one of its kind.
func (t *Trainer) evaluate(ctx context.Context, perEpoch int) error {
	mean := t.state.EpochLoss / float64(t.state.EpochSteps)
	e := Entry{Step: t.state.Step, Epoch: float64(t.state.Step) / float64(perEpoch), TrainLoss: &mean}
	paused := time.Now()
	if err := t.objective.Evaluate(ctx, &e); err != nil {
		return err
	}
	t.window.start = t.window.start.Add(time.Since(paused))
	t.state.EpochLoss, t.state.EpochSteps = 0, 0
	t.log(e)
	return nil
}
