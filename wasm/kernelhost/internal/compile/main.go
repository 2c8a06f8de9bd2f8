// Command compile builds the C kernels in _c into the modules that package kernelhost embeds. Run it in that package's folder:
// it rewrites simd128.wasm, relaxed.wasm and trampoline.wasm.
//
// The same compiler writes the same bytes, so its major version is pinned. Where it is not installed the committed modules stay
// as they are; that they come from the sources beside them is checked by a digest of those, which each module carries.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

// coefficients is where the constants of the kernels' polynomials stand.
const coefficients = "../../kernels/row_coefficients.go"

// A variant is one way to compile the sources.
type variant struct {
	file    string
	relaxed bool
}

// flags returns the compiler's, beside those for all variants.
func (v variant) flags() []string {
	if v.relaxed {
		return []string{"-mrelaxed-simd", "-DRELAXED"}
	}
	return nil
}

var variants = []variant{
	{"simd128.wasm", false},
	{"relaxed.wasm", true},
}

const trampolineFile = "trampoline.wasm"

func main() {
	log.SetFlags(0)
	log.SetPrefix("compile: ")
	tools, err := findToolchain()
	if errors.Is(err, errNoToolchain) {
		log.Printf("%v; the committed modules of the wasm kernels stay as they are", err)
		return
	}
	var src *sources
	if err == nil {
		src, err = readSources(".")
	}
	if err == nil {
		err = build(tools, src, ".")
	}
	if err != nil {
		log.Fatal(err)
	}
}

// build writes the modules of the sources to dir.
func build(tools toolchain, src *sources, dir string) error {
	var first *linkedModule
	for _, v := range variants {
		raw, err := tools.compile(src, v)
		if err != nil {
			return fmt.Errorf("%s: %w", v.file, err)
		}
		m, err := parseLinked(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", v.file, err)
		}
		if first == nil {
			first = m
		} else if !first.sameExports(m) {
			return fmt.Errorf("%s exports other functions than %s", v.file, variants[0].file)
		}
		if err := os.WriteFile(filepath.Join(dir, v.file), m.kernels(src.digest()), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, trampolineFile), first.trampoline(src.digest()), 0o644)
}
