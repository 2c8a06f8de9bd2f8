package train

import (
	"context"
	"math"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/kernels"
)

// evalTokens is how many tokens are evaluated at once: enough to keep the kernels busy, few enough to stay in cache.
const evalTokens = 2048

// Evaluate returns the logits of the examples, [examples, labels] end to end, without dropout. It uses p and leaves its Training
// switched off. When ctx ends it returns its error.
func Evaluate(ctx context.Context, p *encoder.Pass, dev kernels.Device, examples []Example) ([]float32, error) {
	p.Training = false
	var all []float32
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
		at := len(all)
		all = append(all, make([]float32, logits.Len())...)
		dev.Read(all[at:], logits)
	}
	return all, nil
}

// score returns the mean cross-entropy, the accuracy and the macro F1 of logits [examples, classes].
func score(logits []float32, examples []Example, classes int) (loss, accuracy, macroF1 float64) {
	hits := make([]float64, classes)
	predicted, actual := make([]float64, classes), make([]float64, classes)
	right := 0.0
	for i, e := range examples {
		row := logits[i*classes : (i+1)*classes]
		best, top := 0, math.Inf(-1)
		for j, v := range row {
			if float64(v) > top {
				best, top = j, float64(v)
			}
		}
		sum := 0.0
		for _, v := range row {
			sum += math.Exp(float64(v) - top)
		}
		loss += top + math.Log(sum) - float64(row[e.Label])
		predicted[best]++
		actual[e.Label]++
		if best == int(e.Label) {
			right++
			hits[best]++
		}
	}
	for c := range classes {
		if both := predicted[c] + actual[c]; both > 0 {
			macroF1 += 2 * hits[c] / both / float64(classes)
		}
	}
	n := float64(len(examples))
	return loss / n, right / n, macroF1
}
