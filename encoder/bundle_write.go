//go:build !wasm

package encoder

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
)

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
