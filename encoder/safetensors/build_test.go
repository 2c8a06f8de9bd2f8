package safetensors

import (
	"crypto/sha256"
	"encoding/binary"
	"os"
	"testing"
)

// fileOf puts a header and data together as a file's bytes.
func fileOf(header string, data ...byte) []byte {
	src := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(src, header...), data...)
}

// parseBoth parses src in memory and through an io.ReaderAt and checks that both agree on validity.
func parseBoth(t *testing.T, src []byte) (inMemory, read *File, err error) {
	t.Helper()
	inMemory, err = Parse(src)
	read, readErr := ParseReaderAt(byteReaderAt(src), int64(len(src)))
	if (err == nil) != (readErr == nil) || err != nil && err.Error() != readErr.Error() {
		t.Fatalf("Parse says %v, ParseReaderAt %v", err, readErr)
	}
	return inMemory, read, err
}

// mustParse parses src both ways and fails the test on an error.
func mustParse(t *testing.T, src []byte) []*File {
	t.Helper()
	inMemory, read, err := parseBoth(t, src)
	if err != nil {
		t.Fatal(err)
	}
	return []*File{inMemory, read}
}

func mustTensor(t *testing.T, from Tensors, name string) Tensor {
	t.Helper()
	tensor, ok := from.Tensor(name)
	if !ok {
		t.Fatalf("no tensor %q", name)
	}
	return tensor
}

func mustReadFile(t testing.TB, path string) []byte {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func sha(src []byte) [sha256.Size]byte { return sha256.Sum256(src) }
