package main_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/wasm"
	"github.com/lorica-go/lorica/wasm/testbundle"
)

// A host that moves between the two changes one line.
var _ = []interface {
	encoder.TextClassifier
	io.Closer
}{(*native.Classifier)(nil), (*wasm.Classifier)(nil)}

func TestTheExampleBuildsAndClassifies(t *testing.T) {
	dir := t.TempDir()
	program, bundle := filepath.Join(dir, "embed.exe"), filepath.Join(dir, "model.safetensors")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(bundle, testbundle.New(t, testbundle.Options{}), 0o666); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(program, bundle)
	run.Stdin = strings.NewReader("a very good game\n" + strings.Repeat("long ", 12000) + "\n")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(string(out), "\n")
	if len(lines) != 3 || !strings.HasSuffix(lines[0], "\ta very good game") || !strings.Contains(string(out), "tive\t0.") {
		t.Errorf("got %.500q", out)
	}
	run = exec.Command(program, program)
	if out, err := run.CombinedOutput(); err == nil || strings.Count(string(out), "\n") != 1 || !strings.HasPrefix(string(out), "embed: "+program+": ") {
		t.Errorf("a program for a model: %v %.500q", err, out)
	}
}
