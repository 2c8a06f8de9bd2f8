package export_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// refuse verifies a broken bundle.
func refuse(t *testing.T, what, path string) {
	t.Helper()
	v, err := export.Verify(path, 1)
	if err == nil {
		t.Errorf("%s: verified", what)
		return
	}
	if !badinput.Is(err) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 2000 {
		t.Errorf("%s: got %v", what, err)
	}
	if v != nil && v.OK {
		t.Errorf("%s: an error, and all is well", what)
	}
}

func TestABrokenBundleIsFound(t *testing.T) {
	base, adapter := trained(t, tiny.Options{Layers: 1})
	r := mustExport(t, export.Config{Model: open(t, base, adapter)})
	whole := readFile(t, r.Path)
	broken := filepath.Join(t.TempDir(), "broken")
	for _, n := range []int{0, 1, 7, 8, 9, 500, len(whole) / 2, len(whole) - 1} {
		tiny.Write(t, broken, string(whole[:n]))
		refuse(t, "cut off", broken)
	}
	tiny.Write(t, broken, string(whole)+"x")
	refuse(t, "with a byte too many", broken)

	header := len(whole) - 4*countValues(t, r.Path)
	rng := rand.New(rand.NewPCG(6, 6))
	for i := range 400 {
		at := rng.IntN(len(whole))
		if i%2 == 0 {
			at = rng.IntN(header) // configuration, tokenizer and probes are small beside the weights
		}
		flipped := []byte(strings.Clone(string(whole)))
		flipped[at] ^= 1 << rng.IntN(8)
		tiny.Write(t, broken, string(flipped))
		refuse(t, "with a flipped bit", broken)
	}
}

// countValues returns the number of values of a float32 bundle.
func countValues(t *testing.T, path string) int {
	t.Helper()
	m := open(t, path, "")
	n := 0
	for _, name := range m.Bundle.Tensors.Names() {
		tensor, _ := m.Bundle.Tensors.Tensor(name)
		n += tensor.Len()
	}
	return n
}

func TestWhatIsNoBundleIsRefused(t *testing.T) {
	folder := tiny.Model(t, tiny.Options{Head: true})
	text := filepath.Join(t.TempDir(), "notes.txt")
	tiny.Write(t, text, "not a bundle at all")
	for what, path := range map[string]string{
		"a folder": folder, "weights of a folder": filepath.Join(folder, "model.safetensors"), "a text": text, "nothing": filepath.Join(folder, "nothing"),
	} {
		refuse(t, what, path)
	}
}

func TestTheBuiltinModelVerifiesOnEveryTier(t *testing.T) {
	v, err := export.Verify("default", 2)
	if err != nil || !v.OK || v.Probes == 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	if len(v.Tiers) != len(kernels.Tiers()) {
		t.Errorf("%d tiers of %d", len(v.Tiers), len(kernels.Tiers()))
	}
}
