package guestbuild

import (
	"bytes"
	_ "embed" // the builds
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:generate go run ./internal/build

var (
	//go:embed guest_js.wasm.br
	compressedJS []byte
	//go:embed guest_wasip1.wasm.br
	compressedWASIP1 []byte
)

// maxSize is far above what a build has.
const maxSize = 64 << 20

// GoVersion returns the version of Go that compiled the builds. A page needs the wasm_exec.js of that version.
func GoVersion() string { return goVersion }

// CompressedJS returns the build for js/wasm as brotli, as a server sends it with Content-Encoding: br. It may not be changed.
func CompressedJS() []byte { return compressedJS }

// JS returns the build for js/wasm. It may not be changed.
func JS() ([]byte, error) { return js() }

// WASIP1 returns the reactor for wasip1/wasm. It may not be changed.
func WASIP1() ([]byte, error) { return wasip1() }

var (
	js     = sync.OnceValues(func() ([]byte, error) { return decompress("js", compressedJS) })
	wasip1 = sync.OnceValues(func() ([]byte, error) { return decompress("wasip1", compressedWASIP1) })
)

func decompress(name string, compressed []byte) ([]byte, error) {
	module, err := io.ReadAll(io.LimitReader(brotli.NewReader(bytes.NewReader(compressed)), maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("the guest for %s: %w", name, err)
	}
	if len(module) > maxSize {
		return nil, fmt.Errorf("the guest for %s: more than %d bytes", name, maxSize)
	}
	return module, nil
}
