package export

import (
	"encoding/hex"
	"fmt"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native"
)

// Verification is what Verify found.
type Verification struct {
	Path       string             `json:"path"`
	Bytes      int                `json:"bytes"`
	Tensors    int                `json:"tensors"`
	Digest     string             `json:"tensor_digest"`
	Probes     int                `json:"probes"`
	Tiers      []TierResult       `json:"tiers"`
	Provenance encoder.Provenance `json:"provenance"`
	OK         bool               `json:"ok"`
}

// TierResult is how one instruction set answered the probes.
type TierResult struct {
	Device        string  `json:"device"`
	MaxDifference float64 `json:"max_difference"` // of a logit from the exporting machine's
	Error         string  `json:"error,omitempty"`
}

// Verify checks a bundle, or "default", the built-in one: its structure, the digests of its metadata and of its tensors, and the probes on every tier of this
// machine. A broken bundle is an input error; what was found up to there is returned with it.
func Verify(path string, threads int) (*Verification, error) {
	content, done, err := native.BundleBytes(path)
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	defer done()
	v := &Verification{Path: path, Bytes: len(content)}
	if err := v.check(content, threads); err != nil {
		return v, badinput.Errorf("%s: %w", path, err)
	}
	v.OK = true
	return v, nil
}

func (v *Verification) check(data []byte, threads int) error {
	file, err := safetensors.Parse(data)
	if err != nil {
		return err
	}
	v.Tensors = file.Len()
	digest, err := safetensors.Digest(file)
	if err != nil {
		return err
	}
	v.Digest = hex.EncodeToString(digest[:])
	b, err := encoder.OpenBundle(file, nil)
	if err != nil {
		return err
	}
	v.Provenance, v.Probes = b.Provenance, len(b.Probes)
	if err := b.CheckDigests(); err != nil {
		return err
	}
	if len(b.Probes) == 0 {
		return badinput.Errorf("the bundle has no probes")
	}
	var failed error
	for _, tier := range kernels.Tiers() {
		result, err := checkTier(file, tier, threads)
		v.Tiers = append(v.Tiers, result)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", result.Device, err)
		}
	}
	return failed
}

// checkTier opens the bundle once more, because a model is prepared for one device.
func checkTier(file *safetensors.File, tier kernels.Tier, threads int) (TierResult, error) {
	dev, err := native.NewDeviceOf(tier, threads)
	if err != nil {
		return TierResult{Device: tier.String()}, err
	}
	defer dev.Close()
	r := TierResult{Device: dev.Name()}
	b, err := encoder.OpenBundle(file, nil)
	if err == nil {
		err = b.Model.Prepare(dev, encoder.Frozen, 0)
	}
	if err == nil {
		r.MaxDifference, err = b.CheckProbes(dev)
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r, err
}
