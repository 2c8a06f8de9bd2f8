//go:build !wasm

package encoder

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
)

// Fingerprint tells whether two prepared models compute with the same frozen weights: the hexadecimal SHA-256 of the
// configuration, dropout and class names aside, and of the name, the shape and the first, middle and last row of every frozen
// parameter. It reads a sample only, so that it costs milliseconds, and is no proof against somebody who means to deceive.
func (m *Model) Fingerprint() (string, error) {
	if !m.prepared {
		return "", fmt.Errorf("a fingerprint of a model that is not prepared")
	}
	c := *m.Config
	c.HiddenDropout, c.EmbeddingDropout, c.AttentionDropout, c.ClassifierDropout, c.Labels, c.Named = 0, 0, 0, 0, nil, false
	config, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	hash.Write(config)
	for _, p := range m.params {
		if p.Trainable {
			continue
		}
		fmt.Fprintln(hash, p.Name, p.Shape)
		for _, i := range []int{0, p.rows() / 2, p.rows() - 1} {
			row, err := m.frozenRow(p, i)
			if err != nil {
				return "", err
			}
			bits := make([]byte, 0, 4*len(row))
			for _, v := range row {
				bits = binary.LittleEndian.AppendUint32(bits, math.Float32bits(v))
			}
			hash.Write(bits)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// frozenRow returns a row of a frozen parameter, from its file or, when it began at random, from the device.
func (m *Model) frozenRow(p *Parameter, i int) ([]float32, error) {
	row := make([]float32, p.cols())
	if p.stored {
		return p.row(i, row)
	}
	m.dev.Read(row, p.value.RowRange(i, i+1))
	return row, nil
}
