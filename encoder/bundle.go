package encoder

import (
	"strconv"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer"
)

// A bundle is one safetensors file that is a whole classifier: the tensors of a merged model, and in the file's metadata the
// configuration, the tokenizer, how it was made, and probes to check a machine against.
const (
	bundleVersionKey    = "lorica.bundle"
	bundleVersion       = "1"
	bundleVersionInt8   = "2" // the same, and weights may have eight bits
	bundleConfigKey     = "lorica.config"
	bundleTokenizerKey  = "lorica.tokenizer"
	bundleProvenanceKey = "lorica.provenance"
	bundleProbesKey     = "lorica.probes"
	bundleDigestKey     = "lorica.metadata_digest"
	maxProbes           = 256
)

// Bundle is an opened bundle.
type Bundle struct {
	Model      *Model
	Tokenizer  *tokenizer.Tokenizer
	Provenance Provenance
	Probes     []Probe
	// Tensors gives access to the stored tensors, for digests.
	Tensors *safetensors.File

	tokenizerJSON, provenanceJSON []byte
}

// Provenance says how a bundle was made.
type Provenance struct {
	Lorica       string             `json:"lorica"`                  // version of the program
	Base         string             `json:"base,omitempty"`          // the model that training began with
	DType        string             `json:"dtype"`                   // how the weights are stored
	TensorDigest string             `json:"tensor_digest,omitempty"` // SHA-256 of all tensors
	DataDigest   string             `json:"data_digest,omitempty"`   // SHA-256 of the training rows
	Rows         int                `json:"rows,omitempty"`          // training rows
	Trainable    int                `json:"trainable_parameters,omitempty"`
	Settings     RawJSON            `json:"settings,omitempty"` // training settings
	Merge        *MergeProof        `json:"merge,omitempty"`
	EightBits    *MergeProof        `json:"eight_bits,omitempty"` // before and after weights were rounded to eight bits
	Metrics      map[string]float64 `json:"metrics,omitempty"`
	MaxTokens    int                `json:"max_tokens,omitempty"` // truncation in training, the default when classifying
}

// read reads what WriteBundle has written.
func (p *Provenance) read(text string) error {
	return readJSON(text, readFields(map[string]reader{
		"lorica": readInto(&p.Lorica, asText), "base": readInto(&p.Base, asText), "dtype": readInto(&p.DType, asText),
		"tensor_digest": readInto(&p.TensorDigest, asText), "data_digest": readInto(&p.DataDigest, asText),
		"rows": readInto(&p.Rows, asInt), "trainable_parameters": readInto(&p.Trainable, asInt), "settings": readInto(&p.Settings, asRawJSON),
		"merge": readInto(&p.Merge, asProof), "eight_bits": readInto(&p.EightBits, asProof),
		"metrics": readMap(&p.Metrics, asFloat), "max_tokens": readInto(&p.MaxTokens, asInt),
	}))
}

// IsBundle reports whether a safetensors file says that it is a bundle.
func IsBundle(file *safetensors.File) bool {
	_, ok := file.Metadata()[bundleVersionKey]
	return ok
}

// BundleConfig reads the configuration of a bundle.
func BundleConfig(file *safetensors.File) (*Config, error) {
	meta := file.Metadata()
	version, ok := meta[bundleVersionKey]
	if !ok {
		return nil, badinput.Errorf("not a bundle: no %q in the metadata (is it the weights of a folder? name the folder)", bundleVersionKey)
	}
	if version != bundleVersion && version != bundleVersionInt8 {
		return nil, badinput.Errorf("bundle version %s, this program reads versions %s and %s", strconv.Quote(version), bundleVersion, bundleVersionInt8)
	}
	c, err := ParseConfig([]byte(meta[bundleConfigKey]))
	if err != nil {
		return nil, badinput.Errorf("%s: %w", bundleConfigKey, err)
	}
	return c, nil
}

// OpenBundle reads a bundle. The model is not prepared yet. release is Model.Bind's.
func OpenBundle(file *safetensors.File, release func(safetensors.Tensor)) (*Bundle, error) {
	return readBundle(file, nil, release)
}

// OpenBundleAfresh is OpenBundle for a base to train on: the model has these labels, its output layer has no values yet, and there
// are no probes, which are answers of the output layer that is left behind.
func OpenBundleAfresh(file *safetensors.File, labels []string, release func(safetensors.Tensor)) (*Bundle, error) {
	return readBundle(file, labels, release)
}

// readBundle reads a bundle, with an output layer for other labels unless these are nil.
func readBundle(file *safetensors.File, labels []string, release func(safetensors.Tensor)) (*Bundle, error) {
	meta := file.Metadata()
	b := &Bundle{Tensors: file, tokenizerJSON: []byte(meta[bundleTokenizerKey]), provenanceJSON: []byte(meta[bundleProvenanceKey])}
	c, err := BundleConfig(file)
	if err != nil {
		return nil, err
	}
	if b.Tokenizer, err = tokenizer.Parse(b.tokenizerJSON); err != nil {
		return nil, badinput.Errorf("%s: %w", bundleTokenizerKey, err)
	}
	if err := b.Provenance.read(meta[bundleProvenanceKey]); err != nil {
		return nil, badinput.Errorf("%s: %w", bundleProvenanceKey, err)
	}
	if n := b.Provenance.MaxTokens; n < 0 {
		return nil, badinput.Errorf("%s: max_tokens: %d is negative", bundleProvenanceKey, n)
	}
	if err := readJSON(meta[bundleProbesKey], readList(&b.Probes, asProbe)); err != nil {
		return nil, badinput.Errorf("%s: %w", bundleProbesKey, err)
	}
	if len(b.Probes) > maxProbes {
		return nil, badinput.Errorf("%s: %d probes, the limit is %d", bundleProbesKey, len(b.Probes), maxProbes)
	}
	for i, p := range b.Probes {
		if len(p.Logits) != len(c.Labels) {
			return nil, badinput.Errorf("%s: probe %d has %d logits for %d labels", bundleProbesKey, i, len(p.Logits), len(c.Labels))
		}
	}
	var tensors safetensors.Tensors = file
	if labels != nil {
		c.SetLabels(labels)
		b.Probes = nil
	}
	if b.Model, err = NewModel(c, Classification, false); err != nil {
		return nil, err
	}
	if meta[bundleVersionKey] == bundleVersionInt8 {
		b.Model.markEightBits()
	}
	if labels != nil {
		tensors = b.Model.withoutOutput(file)
	}
	if err := b.Model.Bind(tensors, release); err != nil {
		return nil, err
	}
	if fresh := b.Model.Fresh(); labels == nil && len(fresh) > 0 {
		return nil, badinput.Errorf("tensor %s is missing%s", fresh[0], andMore(len(fresh)-1))
	}
	return b, nil
}

// MaxTokens returns where texts are cut unless somebody wishes otherwise: where they were cut in training, or the tokenizer's limit,
// or the model's.
func (b *Bundle) MaxTokens() int {
	limit := b.Model.Config.MaxTokens()
	switch {
	case b.Provenance.MaxTokens > 0:
		return min(limit, b.Provenance.MaxTokens)
	case b.Tokenizer.ModelMaxLength() > 0:
		return min(limit, b.Tokenizer.ModelMaxLength())
	}
	return limit
}

// TokenizerJSON returns the tokenizer's file as the bundle carries it.
func (b *Bundle) TokenizerJSON() []byte { return b.tokenizerJSON }

// ProvenanceJSON returns how the bundle was made as the bundle carries it.
func (b *Bundle) ProvenanceJSON() []byte { return b.provenanceJSON }
