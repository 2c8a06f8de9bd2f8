// Command _gen writes the assembly of package kernels. Run it in its folder: "go run ." rewrites ../*_amd64.s and the stubs
// beside them, ../*_amd64_stubs.go.
//
// Every template is emitted for AVX2 and for AVX-512 by the same code, which asks an isa for registers, masks and constants
// of the right width: a machine with AVX2 alone tests the logic of both.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// file is one assembly file of the package and what fills it.
type file struct {
	name string // without "_amd64.s"
	emit func(a *assembler)
}

var files = []file{
	{"row", emitRow},
	{"gemm", emitGemm},
	{"gemm_int8", emitInt8},
	{"pool", emitPool},
	{"attention", emitAttention},
}

func main() {
	log.SetFlags(0)
	if err := writeCoefficients(".."); err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		if err := f.write(".."); err != nil {
			log.Fatalf("%s: %v", f.name, err)
		}
	}
}

// write emits, assembles and prints one file and its stubs.
func (f file) write(dir string) error {
	a := newAssembler(f.name)
	a.ConstraintExpr("amd64,!noasm")
	f.emit(a)
	out, err := a.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(out); err != nil {
		return err
	}
	if err := checkInstructionSets(out); err != nil {
		return err
	}
	config := printer.Config{Name: "kernels/_gen", Pkg: "kernels"}
	for suffix, p := range map[string]printer.Printer{
		"_amd64.s":        printer.NewGoAsm(config),
		"_amd64_stubs.go": printer.NewStubs(config),
	} {
		text, err := p.Print(out)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.name+suffix), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// newAssembler returns an empty file.
func newAssembler(name string) *assembler {
	return &assembler{Context: build.NewContext(), file: name, constants: map[string]constant{}}
}
