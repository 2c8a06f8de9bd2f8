package export

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
)

// Format is what an export writes.
type Format string

// The formats.
const (
	Bundle Format = "bundle" // one .safetensors file that lorica runs anywhere
	Folder Format = "hf"     // a folder that transformers' from_pretrained reads
)

// ParseFormat returns the format of that name.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case Bundle, Folder:
		return f, nil
	}
	return "", badinput.Errorf("format %q: want bundle or hf", name)
}

// Int8 is the storage type of weights with eight bits, which only bundles have.
const Int8 = safetensors.I8

// ParseDType returns the storage type of that name: f32, bf16, f16 or, for bundles, int8.
func ParseDType(name string) (safetensors.DType, error) {
	switch strings.ToLower(name) {
	case "f32", "float32":
		return safetensors.F32, nil
	case "bf16", "bfloat16":
		return safetensors.BF16, nil
	case "f16", "float16":
		return safetensors.F16, nil
	case "int8", "i8":
		return safetensors.I8, nil
	}
	return safetensors.F32, badinput.Errorf("dtype %q: want f32, bf16, f16 or int8", name)
}

// Config says what is exported and where to.
type Config struct {
	// Model is the opened model, its adapter applied.
	Model *native.Model
	// Out is the path of the bundle file or of the folder. What stands there is replaced when the new one is whole; a folder that
	// holds anything but a model's files is refused.
	Out    string
	Format Format // empty: a bundle
	// DType is how the weights are stored; the zero DType means F32. I8 is for bundles: the weights of linear layers and the words'
	// table get eight bits, and products are computed with them.
	DType safetensors.DType
	// Samples are the inputs that the merge is proved with, beside the probes; may be empty.
	Samples []encoder.Input
	// Provenance is kept in the bundle. DType, TensorDigest and Merge are filled in.
	Provenance encoder.Provenance
}

// Result says what was written.
type Result struct {
	Path  string             `json:"path"`
	Bytes int64              `json:"bytes"`
	DType string             `json:"dtype"`
	Proof encoder.MergeProof `json:"proof"`
	// TensorDigest is the SHA-256 of the tensors that were written.
	TensorDigest string `json:"tensor_digest"`
	// Merged says that there was an adapter; without one the proof shows what the storage type costs.
	Merged bool `json:"merged"`
}

// Run merges, writes and proves.
func Run(ctx context.Context, c Config) (*Result, error) {
	if c.DType == 0 {
		c.DType = safetensors.F32
	}
	classifier, err := c.Model.Classifier()
	if err != nil {
		return nil, err
	}
	e := &exporter{Config: c, classifier: classifier}
	switch {
	case c.Out == "":
		return nil, badinput.Errorf("no place to export to")
	case c.Format == Folder:
		return e.folder(ctx)
	}
	return e.bundle(ctx)
}

// exporter is a running export.
type exporter struct {
	Config
	classifier *encoder.Classifier
}

// inputs are the probes' texts and the samples.
func (e *exporter) inputs() []encoder.Input {
	var all []encoder.Input
	if e.Model.Tokenizer != nil {
		for _, text := range probeTexts {
			all = append(all, encoder.Input{Text: text})
		}
	}
	return append(all, e.Samples...)
}

// prove compares the exporting model with the one that was written to path, and returns the latter's answers to the probes.
func (e *exporter) prove(ctx context.Context, path string) (*Result, []encoder.Probe, error) {
	inputs := e.inputs()
	if len(inputs) == 0 {
		return nil, nil, badinput.Errorf("%s: nothing to prove the merge with: the model has no tokenizer and there are no samples", e.Model.Path)
	}
	before, err := e.classifier.Classify(ctx, inputs)
	if err != nil {
		return nil, nil, err
	}
	written, err := native.OpenModel(path, native.Options{Threads: e.Model.Device.Threads(), MaxTokens: e.Model.MaxTokens})
	if err != nil {
		return nil, nil, fmt.Errorf("reading back what was written: %w", err)
	}
	defer written.Close()
	again, err := written.Classifier()
	if err != nil {
		return nil, nil, fmt.Errorf("reading back what was written: %w", err)
	}
	after, err := again.Classify(ctx, inputs)
	if err != nil {
		return nil, nil, err
	}
	r := &Result{Path: e.Out, Proof: encoder.CompareLogits(logitsOf(before), logitsOf(after), len(again.Labels())), Merged: e.Model.Encoder.Adapter() != nil}
	if written.Bundle != nil {
		digest, err := safetensors.Digest(written.Bundle.Tensors)
		if err != nil {
			return nil, nil, err
		}
		r.TensorDigest = hex.EncodeToString(digest[:])
	}
	var probes []encoder.Probe
	if e.Model.Tokenizer != nil {
		for i, text := range probeTexts {
			encoded, err := again.Encode(inputs[i])
			if err != nil {
				return nil, nil, err
			}
			probes = append(probes, encoder.Probe{Text: text, IDs: encoded.IDs, Logits: after[i].Logits})
		}
	}
	return r, probes, nil
}

// logitsOf returns the logits of all predictions end to end.
func logitsOf(predictions []encoder.Prediction) []float32 {
	var all []float32
	for _, p := range predictions {
		all = append(all, p.Logits...)
	}
	return all
}

// bundle writes the bundle twice: first a draft without probes, to be proved, then the whole with what the proof has shown. For
// that time the disk holds both, and the old bundle if there is one. A killed process may leave the draft; the next export to
// the same place overwrites and removes it.
func (e *exporter) bundle(ctx context.Context) (*Result, error) {
	if e.Model.Tokenizer == nil {
		return nil, badinput.Errorf("%s: a bundle needs a tokenizer, and the model has none", e.Model.Path)
	}
	if info, err := os.Stat(e.Out); err == nil && !info.Mode().IsRegular() { // told now, not after the proof
		return nil, badinput.Errorf("%s: not a file that a bundle can replace", e.Out)
	}
	folder, name := filepath.Split(e.Out)
	if err := os.MkdirAll(filepath.Clean(folder), 0o777); err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	draft := filepath.Join(folder, "."+name+".lorica-draft")
	defer os.Remove(draft)
	write := func(path string, p encoder.Provenance, probes []encoder.Probe) error {
		return atomicfile.Write(path, func(w io.Writer) error {
			return e.Model.Encoder.WriteBundle(w, e.DType, e.Model.Tokenizer.JSON(), p, probes)
		})
	}
	p := e.Provenance
	p.MaxTokens = e.Model.MaxTokens
	if err := write(draft, p, nil); err != nil {
		return nil, err
	}
	r, probes, err := e.prove(ctx, draft)
	if err != nil {
		return nil, err
	}
	p.TensorDigest = r.TensorDigest
	if r.Merged {
		p.Merge = &r.Proof
	}
	if e.DType == safetensors.I8 && (r.Merged || !e.Model.Encoder.EightBits()) {
		p.EightBits = &r.Proof
	}
	if err := write(e.Out, p, probes); err != nil {
		return nil, err
	}
	return e.finish(r)
}

// finish fills in what is known once the file stands.
func (e *exporter) finish(r *Result) (*Result, error) {
	r.DType = strings.ToLower(e.DType.String())
	if e.DType == safetensors.I8 {
		r.DType = "int8"
	}
	path := e.Out
	if e.Format == Folder {
		path = filepath.Join(e.Out, weightsFile)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	r.Bytes = info.Size()
	return r, nil
}
