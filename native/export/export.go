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

// ParseDType returns the storage type of that name: f32, bf16 or f16.
func ParseDType(name string) (safetensors.DType, error) {
	switch strings.ToLower(name) {
	case "f32", "float32":
		return safetensors.F32, nil
	case "bf16", "bfloat16":
		return safetensors.BF16, nil
	case "f16", "float16":
		return safetensors.F16, nil
	}
	return safetensors.F32, badinput.Errorf("dtype %q: want f32, bf16 or f16", name)
}

// Config says what is exported and where to.
type Config struct {
	// Model is the opened model, its adapter applied.
	Model *native.Model
	// Out is the path of the bundle file or of the folder. What stands there is replaced when the new one is whole.
	Out    string
	Format Format
	DType  safetensors.DType
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
	classifier, err := c.Model.Classifier()
	if err != nil {
		return nil, err
	}
	e := &exporter{Config: c, classifier: classifier}
	if c.Format == Folder {
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

func logitsOf(predictions []encoder.Prediction) []float32 {
	var all []float32
	for _, p := range predictions {
		all = append(all, p.Logits...)
	}
	return all
}

// bundle writes the bundle twice: first without probes, to be proved, then with what the proof has shown.
func (e *exporter) bundle(ctx context.Context) (*Result, error) {
	if e.Model.Tokenizer == nil {
		return nil, badinput.Errorf("%s: a bundle needs a tokenizer, and the model has none", e.Model.Path)
	}
	if err := os.MkdirAll(filepath.Dir(e.Out), 0o777); err != nil {
		return nil, err
	}
	draft := e.Out + ".draft"
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
	if err := write(e.Out, p, probes); err != nil {
		return nil, err
	}
	return e.finish(r)
}

// tokenizerFiles are copied into an exported folder when the model came from one.
var tokenizerFiles = []string{
	"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt", "added_tokens.json",
	"spm.model", "sentencepiece.bpe.model",
}

// folder writes a Hugging Face folder.
func (e *exporter) folder(ctx context.Context) (*Result, error) {
	var r *Result
	err := atomicfile.WriteDir(e.Out, func(to atomicfile.Folder) error {
		if err := e.Model.Encoder.SaveFolder(to, e.DType); err != nil {
			return err
		}
		if err := e.copyTokenizer(to); err != nil {
			return err
		}
		var err error
		r, _, err = e.prove(ctx, to.Path())
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.finish(r)
}

// copyTokenizer copies the tokenizer's files, or writes a tokenizer.json when there is none to copy.
func (e *exporter) copyTokenizer(to atomicfile.Folder) error {
	if e.Model.Tokenizer == nil {
		return nil
	}
	files := map[string][]byte{}
	for _, name := range tokenizerFiles {
		if data, err := os.ReadFile(filepath.Join(e.Model.Path, name)); err == nil { // else a bundle, or a file that this tokenizer has not
			files[name] = data
		}
	}
	if files["tokenizer.json"] == nil {
		files["tokenizer.json"] = e.Model.Tokenizer.JSON()
	}
	if files["tokenizer_config.json"] == nil {
		files["tokenizer_config.json"] = fmt.Appendf(nil, "{\n  \"model_max_length\": %d,\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\"\n}\n", e.Model.MaxTokens)
	}
	for name, data := range files {
		if err := to.Write(name, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
	}
	return nil
}

// finish fills in what is known once the file stands.
func (e *exporter) finish(r *Result) (*Result, error) {
	r.DType = strings.ToLower(e.DType.String())
	path := e.Out
	if e.Format == Folder {
		path = filepath.Join(e.Out, "model.safetensors")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	r.Bytes = info.Size()
	return r, nil
}
