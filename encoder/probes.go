package encoder

import (
	"math"
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/jsonscan"
	"github.com/lorica-go/lorica/kernels"
)

// MergeProof compares a model before and after its adapter was merged into the weights.
type MergeProof struct {
	Rows          int     `json:"rows"`           // how many texts were compared
	MaxDifference float64 `json:"max_difference"` // largest absolute difference of a logit
	Flipped       int     `json:"flipped"`        // texts whose label changed
}

func asProof(s *jsonscan.Scanner) (*MergeProof, error) {
	p := &MergeProof{}
	return p, readFields(map[string]reader{
		"rows": readInto(&p.Rows, asInt), "max_difference": readInto(&p.MaxDifference, asFloat), "flipped": readInto(&p.Flipped, asInt),
	})(s)
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

func asProbe(s *jsonscan.Scanner) (p Probe, err error) {
	err = readFields(map[string]reader{
		"text": readInto(&p.Text, asText), "ids": readList(&p.IDs, asInt32), "logits": readList(&p.Logits, asFloat32),
	})(s)
	return p, err
}

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
			return most, format.Errorf("probe %d: %w", i, err)
		}
		if !slices.Equal(input.IDs, probe.IDs) {
			return most, badinput.Errorf("probe %d: the tokenizer gives other ids than the exporting machine's", i)
		}
		batch := &Batch{}
		batch.Append(probe.IDs, nil)
		logits, err := p.Forward(batch)
		if err != nil {
			return most, format.Errorf("probe %d: %w", i, err)
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
