package finetune

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/metrics"
)

const (
	maxMistakes  = 50 // kept for the report
	proofSamples = 64 // evaluation rows that the merge is proved with
)

// parseWeights returns the class weights that a setting asks for, nil for none.
func parseWeights(spec string, s *data.Set) ([]float32, error) {
	wide, err := data.ParseClassWeights(spec, s.Counts(), s.Labels)
	if err != nil || wide == nil {
		return nil, err
	}
	weights := make([]float32, len(wide))
	for i, w := range wide {
		weights[i] = float32(w)
	}
	return weights, nil
}

// mistakes collects the evaluation rows that the model has wrong, the surest first.
func (r *run) mistakes(logits [][]float32) {
	s := r.rows.eval
	for i, row := range logits {
		scores := encoder.Softmax(row)
		best := metrics.Argmax(row)
		if best != s.Classes[i] {
			r.result.Mistakes = append(r.result.Mistakes, Mistake{
				File: s.File, Line: s.Rows[i].Line, Text: s.Rows[i].Text, Label: s.Labels.Name(s.Classes[i]), Predicted: s.Labels.Name(best), Score: scores[best],
			})
		}
	}
	slices.SortStableFunc(r.result.Mistakes, func(a, b Mistake) int { return cmp.Compare(b.Score, a.Score) })
	r.result.Mistakes = r.result.Mistakes[:min(len(r.result.Mistakes), maxMistakes)]
}

// forgetTraining gives back what training held, activations above all, before the proof takes memory for a second model.
func (r *run) forgetTraining() {
	r.objective.Free()
	r.trainer.Close()
	r.objective, r.trainer = nil, nil
	runtime.GC()
}

// finish saves the adapter and the merged bundle.
func (r *run) finish(ctx context.Context) error {
	r.forgetTraining()
	m := r.model.Encoder
	if m.Adapter() != nil {
		r.result.Adapter = filepath.Join(r.Out, AdapterDir)
		base, revision := r.Model, ""
		if s := r.model.Snapshot; s != nil {
			base, revision = s.ID.Name, s.ID.Revision
		}
		err := atomicfile.WriteDir(r.result.Adapter, func(to atomicfile.Folder) error { return m.SaveAdapter(to, base, revision) })
		if err != nil {
			return fmt.Errorf("adapter: %w", err)
		}
	}
	settings, err := r.effective()
	if err != nil {
		return err
	}
	p := encoder.Provenance{
		Lorica: r.Version, Base: r.model.Origin(), DataDigest: r.result.DataDigest, Rows: r.result.TrainRows, Trainable: r.result.Trainable, Settings: settings,
	}
	if report := r.result.Report; report != nil {
		p.Metrics = map[string]float64{"accuracy": float64(report.Accuracy), "macro_f1": float64(report.Macro.F1)}
	}
	format, out := export.Bundle, BundleFile
	if r.model.Tokenizer == nil {
		r.Logger.Warn("the model has no tokenizer to put into a bundle: the merged model is written as a folder", "folder", ModelDir)
		format, out = export.Folder, ModelDir
	}
	r.result.Export, err = export.Run(ctx, export.Config{
		Model: r.model, Out: filepath.Join(r.Out, out), Format: format, DType: r.DType, Samples: r.samples(), Provenance: p,
	})
	return err
}

// samples are the rows that the merge is proved with: of the evaluation rows, or else of those trained on.
func (r *run) samples() []encoder.Input {
	rows := r.rows.train.Rows
	if r.rows.eval != nil {
		rows = r.rows.eval.Rows
	}
	var samples []encoder.Input
	for i := range min(len(rows), proofSamples) {
		samples = append(samples, input(&rows[i]))
	}
	return samples
}
