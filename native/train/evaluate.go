package train

import (
	"context"
	"slices"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/metrics"
)

// evalTokens is how many tokens are evaluated at once: enough to keep the kernels busy, few enough to stay in cache.
const evalTokens = 2048

// Evaluate returns the logits of the examples, a row of one value a label for each, without dropout. It uses p and leaves its Training
// switched off. When ctx ends it returns its error.
func Evaluate(ctx context.Context, p *encoder.Pass, dev kernels.Device, examples []Example) ([][]float32, error) {
	p.Training = false
	all := make([][]float32, 0, len(examples))
	var batch encoder.Batch
	for i := 0; i < len(examples); {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		batch.Reset()
		for ; i < len(examples) && (batch.Len() == 0 || batch.Tokens()+len(examples[i].IDs) <= evalTokens); i++ {
			batch.Append(examples[i].IDs, examples[i].TypeIDs)
		}
		logits, err := p.Forward(&batch)
		if err != nil {
			return nil, err
		}
		rows := make([]float32, logits.Len())
		dev.Read(rows, logits)
		for row := range slices.Chunk(rows, logits.Cols) {
			all = append(all, row)
		}
	}
	return all, nil
}

// Report measures the logits that Evaluate returned.
func Report(m *encoder.Model, examples []Example, logits [][]float32) (*metrics.Report, error) {
	truth := make([]int, len(examples))
	for i, e := range examples {
		truth[i] = int(e.Label)
	}
	return metrics.Evaluate(logits, truth, m.Config.Labels)
}
