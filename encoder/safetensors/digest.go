//go:build !wasm

package safetensors

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Digest returns the SHA-256 of the tensor's content: its name and its dtype's name, each behind its length, the number of
// dimensions and the dimensions, all numbers as little-endian 64 bits, then the data as they lie in the file.
func (t Tensor) Digest() ([sha256.Size]byte, error) {
	hash := sha256.New()
	var head []byte
	for _, text := range []string{t.Name, t.DType.String()} {
		head = binary.LittleEndian.AppendUint64(head, uint64(len(text)))
		head = append(head, text...)
	}
	head = binary.LittleEndian.AppendUint64(head, uint64(len(t.Shape)))
	for _, n := range t.Shape {
		head = binary.LittleEndian.AppendUint64(head, uint64(n))
	}
	hash.Write(head)
	if data, ok := t.Bytes(); ok {
		hash.Write(data)
		return [sha256.Size]byte(hash.Sum(nil)), nil
	}
	chunk := make([]byte, min(t.Size(), chunkBytes))
	for from := int64(0); from < t.Size(); from += int64(len(chunk)) {
		chunk = chunk[:min(int64(len(chunk)), t.Size()-from)]
		if err := t.ReadBytes(chunk, from); err != nil {
			return [sha256.Size]byte{}, err
		}
		hash.Write(chunk)
	}
	return [sha256.Size]byte(hash.Sum(nil)), nil
}

// Digest returns the SHA-256 over the digests of all tensors in the order of their names. It depends neither on the order of
// the data nor on how they are spread over files, nor on the metadata.
func Digest(tensors Tensors) ([sha256.Size]byte, error) {
	hash := sha256.New()
	for _, name := range tensors.Names() {
		t, ok := tensors.Tensor(name)
		if !ok {
			return [sha256.Size]byte{}, fmt.Errorf("tensor %s is listed and not there", quote(name))
		}
		digest, err := t.Digest()
		if err != nil {
			return [sha256.Size]byte{}, err
		}
		hash.Write(digest[:])
	}
	return [sha256.Size]byte(hash.Sum(nil)), nil
}
