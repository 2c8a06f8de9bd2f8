// Package compile compiles the guest so that the same sources and Go version give the same bytes on every machine.
package compile

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lorica-go/lorica/wasm/guestbuild/internal/strip"
)

// Guest compiles the program in dir for a system, js or wasip1, and returns the module, stripped.
func Guest(dir, system string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "guest.wasm")
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out}
	if system == "wasip1" {
		args = append(args, "-buildmode=c-shared") // a reactor
	}
	build := exec.Command("go", append(args, ".")...)
	build.Dir = dir
	build.Env = append(os.Environ(), "GOOS="+system, "GOARCH=wasm", "CGO_ENABLED=0",
		"GOFLAGS=", "GOWASM=", "GOEXPERIMENT=", "GOFIPS140=off", "GODEBUG=", "GOWORK=off")
	if message, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the guest for %s: %w\n%s", system, err, message)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	if module, err = strip.Module(module); err != nil {
		return nil, fmt.Errorf("the guest for %s: stripping it: %w", system, err)
	}
	return module, nil
}
