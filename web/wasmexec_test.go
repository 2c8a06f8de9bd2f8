package web_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/wasm/guestbuild"
)

func TestTheLoaderIsThatOfTheGoThatBuiltTheGuest(t *testing.T) {
	if have := runtime.Version(); have != guestbuild.GoVersion() {
		t.Skipf("needs %s, which built the guest: this is %s", guestbuild.GoVersion(), have)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("page/wasm_exec.js")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(have, want) {
		t.Error("page/wasm_exec.js is another than Go's: go generate ./web")
	}
	if !bytes.Contains(have, []byte("// THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS")) {
		t.Error("page/wasm_exec.js lacks Go's licence")
	}
}

func TestThePagesModulesInNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skipf("needs node: %v", err)
	}
	tests, err := filepath.Glob("testdata/*.test.js")
	if err != nil || len(tests) < 3 {
		t.Fatalf("%d files of tests: %v", len(tests), err)
	}
	out, err := exec.Command(node, append([]string{"--test"}, tests...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
