//go:build !nodefault

package builtin_test

import (
	"bytes"
	"os/exec"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/native/builtin"
)

func TestTheBundleIsAWholeReviewClassifier(t *testing.T) {
	content, err := builtin.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	if len(content) > 16<<20 {
		t.Errorf("%d bytes; want 16 MB at most", len(content))
	}
	file, err := safetensors.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	b, err := encoder.OpenBundle(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.CheckDigests(); err != nil {
		t.Error(err)
	}
	if c := b.Model.Config; !slices.Equal(c.Labels, []string{"negative", "positive"}) || c.ModelType != "modernbert" || b.Provenance.DType != "bfloat16" {
		t.Errorf("a %s with the labels %q, stored as %s", c.ModelType, c.Labels, b.Provenance.DType)
	}
	if len(b.Probes) == 0 {
		t.Error("there are no probes")
	}
}

func TestTheBundleIsNotCopied(t *testing.T) {
	first, _ := builtin.Bundle()
	second, _ := builtin.Bundle()
	if &first[0] != &second[0] || cap(first) != len(first) {
		t.Error("two calls return different memory, or more than the bundle")
	}
}

// The tests that hold with the tag are in absent_test.go.
func TestATagLeavesTheBundleOut(t *testing.T) {
	output, err := exec.Command("go", "test", "-tags", "nodefault", "-run", "TestWithoutTheBundle", "-v", ".").CombinedOutput()
	if err != nil || bytes.Count(output, []byte("--- PASS: TestWithoutTheBundle")) != 2 {
		t.Errorf("%v\n%s", err, output)
	}
}
