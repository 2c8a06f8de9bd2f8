//go:build nodefault

package builtin_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/builtin"
)

func TestWithoutTheBundleNamingItIsBadInput(t *testing.T) {
	content, err := builtin.Bundle()
	if !badinput.Is(err) || content != nil || !strings.Contains(err.Error(), "built without its default model (tag nodefault)") {
		t.Errorf("got %d bytes, %v", len(content), err)
	}
}

func TestWithoutTheBundleTheProgramHasNoneOfItsBytes(t *testing.T) {
	weights, err := os.ReadFile("default.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if at := len(weights) / 2; bytes.Contains(program, weights[at:at+256]) {
		t.Error("the weights are in the program")
	}
}
