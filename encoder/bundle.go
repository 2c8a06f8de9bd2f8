package encoder

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
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

	tokenizerJSON []byte
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
	Settings     json.RawMessage    `json:"settings,omitempty"` // training settings
	Merge        *MergeProof        `json:"merge,omitempty"`
	EightBits    *MergeProof        `json:"eight_bits,omitempty"` // before and after weights were rounded to eight bits
	Metrics      map[string]float64 `json:"metrics,omitempty"`
	MaxTokens    int                `json:"max_tokens,omitempty"` // truncation in training, the default when classifying
}

// MergeProof compares a model before and after its adapter was merged into the weights.
type MergeProof struct {
	Rows          int     `json:"rows"`           // how many texts were compared
	MaxDifference float64 `json:"max_difference"` // largest absolute difference of a logit
	Flipped       int     `json:"flipped"`        // texts whose label changed
}

// CompareLogits makes a proof from logits [rows, classes] before and after.
func CompareLogits(before, after []float32, classes int) MergeProof {
	proof := MergeProof{Rows: len(before) / classes}
	for i := range proof.Rows {
		b, a := before[i*classes:(i+1)*classes], after[i*classes:(i+1)*classes]
		for j := range b {
			d := math.Abs(float64(b[j]) - float64(a[j]))
			if math.IsNaN(d) {
				d = math.Inf(1)
			}
			proof.MaxDifference = max(proof.MaxDifference, d)
		}
		if argmax(b) != argmax(a) {
			proof.Flipped++
		}
	}
	return proof
}

// argmax returns the index of the largest value, the first of equals.
func argmax(values []float32) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}

// Probe is a text with what the machine that made the bundle computed for it.
type Probe struct {
	Text   string    `json:"text"`
	IDs    []int32   `json:"ids"`
	Logits []float32 `json:"logits"`
}

// WriteBundle writes the model as a bundle, adapters merged, weights stored as dtype. tokenizerJSON is the tokenizer's file.
func (m *Model) WriteBundle(w io.Writer, dtype safetensors.DType, tokenizerJSON []byte, p Provenance, probes []Probe) error {
	specs, err := m.specs(dtype)
	if err != nil {
		return err
	}
	config, err := m.configJSON(dtype)
	if err != nil {
		return err
	}
	p.DType = dtypeNames[dtype]
	provenance, err := json.Marshal(p)
	if err != nil {
		return err
	}
	probeText, err := json.Marshal(probes)
	if err != nil {
		return err
	}
	metadata := map[string]string{
		"format":            "pt",
		bundleVersionKey:    bundleVersion,
		bundleConfigKey:     string(config),
		bundleTokenizerKey:  string(tokenizerJSON),
		bundleProvenanceKey: string(provenance),
		bundleProbesKey:     string(probeText),
	}
	if dtype == safetensors.I8 {
		metadata[bundleVersionKey] = bundleVersionInt8
	}
	metadata[bundleDigestKey] = metadataDigest(metadata)
	return safetensors.Write(w, specs, metadata)
}

// metadataDigest returns the hexadecimal SHA-256 of all entries but the digest's own, in the order of their keys: key and value,
// each behind its length in bytes as a little-endian uint64.
func metadataDigest(metadata map[string]string) string {
	hash := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key == bundleDigestKey {
			continue
		}
		for _, text := range []string{key, metadata[key]} {
			hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
			_, _ = io.WriteString(hash, text) // a hash does not fail
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
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
	b := &Bundle{Tensors: file, tokenizerJSON: []byte(meta[bundleTokenizerKey])}
	c, err := BundleConfig(file)
	if err != nil {
		return nil, err
	}
	if b.Tokenizer, err = tokenizer.Parse(b.tokenizerJSON); err != nil {
		return nil, badinput.Errorf("%s: %w", bundleTokenizerKey, err)
	}
	if err := json.Unmarshal([]byte(meta[bundleProvenanceKey]), &b.Provenance); err != nil {
		return nil, badinput.Errorf("%s: %w", bundleProvenanceKey, err)
	}
	if n := b.Provenance.MaxTokens; n < 0 {
		return nil, badinput.Errorf("%s: max_tokens: %d is negative", bundleProvenanceKey, n)
	}
	if err := json.Unmarshal([]byte(meta[bundleProbesKey]), &b.Probes); err != nil {
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

// CheckDigests compares the digests that the bundle was written with, of its metadata and of its tensors, with what is there
// now. A difference is an input error.
func (b *Bundle) CheckDigests() error {
	metadata := b.Tensors.Metadata()
	if now, then := metadataDigest(metadata), metadata[bundleDigestKey]; now != then {
		return badinput.Errorf("the metadata's digest is %s, the bundle was written with %q", now, then)
	}
	digest, err := safetensors.Digest(b.Tensors)
	if err != nil {
		return err
	}
	if now := hex.EncodeToString(digest[:]); now != b.Provenance.TensorDigest {
		return badinput.Errorf("the tensors' digest is %s, the bundle was made with %q", now, b.Provenance.TensorDigest)
	}
	return nil
}

// TokenizerJSON returns the tokenizer's file as the bundle carries it.
func (b *Bundle) TokenizerJSON() []byte { return b.tokenizerJSON }

// probeTolerance is how far, relative to the largest logit, another tier, thread count or device may be from the machine that
// made the bundle: float32 rounding through a dozen layers, with room.
const probeTolerance = 1e-4

// probeToleranceInt8 is that of weights of eight bits. Their sums are the same everywhere, but activations are rounded to 255 steps:
// where float32 rounding takes a value across the middle between two, a whole step travels on. It may move a logit as far as rounding
// itself did when the bundle was made.
const probeToleranceInt8 = 5e-2

// CheckProbes tokenises and classifies the probes and returns the largest difference of a logit. Other token ids, or a
// difference above 1e-4 of the largest logit plus 1e-4, are an error that names the probe; probeToleranceInt8 has what weights of eight
// bits allow. The model must be prepared on dev.
func (b *Bundle) CheckProbes(dev kernels.Device) (float64, error) {
	// The probes were cut where the exporting machine cut texts.
	c, err := NewClassifier(b.Model, b.Tokenizer, ClassifierOptions{MaxTokens: min(b.Provenance.MaxTokens, b.Model.Config.MaxTokens())})
	if err != nil {
		return 0, err
	}
	p, err := b.Model.NewPass(dev)
	if err != nil {
		return 0, err
	}
	most, tolerance, rounding := 0.0, probeTolerance, 0.0
	if b.Model.EightBits() {
		tolerance = probeToleranceInt8
		if cost := b.Provenance.EightBits; cost != nil {
			rounding = cost.MaxDifference
		}
	}
	for i, probe := range b.Probes {
		input, err := c.encode(Input{Text: probe.Text})
		if err != nil {
			return most, fmt.Errorf("probe %d: %w", i, err)
		}
		if !slices.Equal(input.IDs, probe.IDs) {
			return most, badinput.Errorf("probe %d: the tokenizer gives other ids than the exporting machine's", i)
		}
		batch := &Batch{}
		batch.Append(probe.IDs, nil)
		logits, err := p.Forward(batch)
		if err != nil {
			return most, fmt.Errorf("probe %d: %w", i, err)
		}
		got := make([]float32, logits.Len())
		dev.Read(got, logits)
		proof, scale := CompareLogits(probe.Logits, got, len(got)), 0.0
		for _, v := range probe.Logits {
			scale = max(scale, math.Abs(float64(v)))
		}
		most = max(most, proof.MaxDifference)
		if proof.MaxDifference > max(tolerance*scale+tolerance, rounding) {
			return most, badinput.Errorf("probe %d: logits differ by %.2g from the exporting machine's", i, proof.MaxDifference)
		}
	}
	return most, nil
}
