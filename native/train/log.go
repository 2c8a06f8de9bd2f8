package train

import (
	"context"
	"fmt"
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
	if t.config.OnLog != nil {
		t.config.OnLog(e)
	}
}

// endEpoch evaluates and adds an entry.
func (t *Trainer) endEpoch(ctx context.Context, perEpoch int) error {
	mean := t.state.EpochLoss / float64(t.state.EpochSteps)
	e := Entry{Step: t.state.Step, Epoch: float64(t.state.Step) / float64(perEpoch), TrainLoss: &mean}
	if len(t.eval) > 0 {
		paused := time.Now()
		logits, err := Evaluate(ctx, t.pass, t.dev, t.eval)
		if err != nil {
			return err
		}
		report, err := Report(t.model, t.eval, logits)
		if err != nil {
			return fmt.Errorf("evaluation after step %d: %w", t.state.Step, err)
		}
		t.logits = logits
		e.EvalLoss, e.EvalAccuracy, e.EvalMacroF1 = (*float64)(&report.LogLoss), (*float64)(&report.Accuracy), (*float64)(&report.Macro.F1)
		t.window.start = t.window.start.Add(time.Since(paused))
	}
	t.state.EpochLoss, t.state.EpochSteps = 0, 0
	t.log(e)
	return nil
}
