package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
)

// clangMajor is the compiler's version: another one writes other bytes.
const clangMajor = "19"

var errNoToolchain = errors.New("clang-" + clangMajor + " and wasm-ld-" + clangMajor + " are not installed")

// compilerFlags: the modules have no memory of their own, so nothing may come from a library, go to a stack or be made by the
// vectoriser out of the loops over what a vector leaves.
var compilerFlags = []string{
	"-std=c17", "-O3", "-ffreestanding", "-fno-builtin", "-fno-math-errno", "-ffp-contract=off",
	"-fno-vectorize", "-fno-slp-vectorize", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror",
}

// targetFlags go to the compiler and to the assembler.
var targetFlags = []string{"--target=wasm32-unknown-unknown", "-msimd128"}

var linkerFlags = []string{"--no-entry", "--import-memory=" + memoryModule + "," + memoryName, "-z", "stack-size=0", "--strip-all"}

// A toolchain is a compiler and the linker that belongs to it.
type toolchain struct{ clang, linker string }

// findToolchain returns the pinned version's programs, or errNoToolchain.
func findToolchain() (toolchain, error) {
	find := func(version *regexp.Regexp, names ...string) string {
		for _, name := range names {
			out, err := exec.Command(name, "--version").Output()
			if m := version.FindSubmatch(out); err == nil && m != nil && string(m[1]) == clangMajor {
				return name
			}
		}
		return ""
	}
	t := toolchain{
		clang:  find(regexp.MustCompile(`clang version (\d+)\.`), "clang-"+clangMajor, "clang"),
		linker: find(regexp.MustCompile(`LLD (\d+)\.`), "wasm-ld-"+clangMajor, "wasm-ld"),
	}
	if t.clang == "" || t.linker == "" {
		return toolchain{}, errNoToolchain
	}
	return t, nil
}

// compile returns the linked module of a variant of the sources. It works in a folder of its own on relative paths, so that no path can get
// into the output.
func (t toolchain) compile(src *sources, v variant) ([]byte, error) {
	dir, err := os.MkdirTemp("", "lorica-kernels-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	files := append(slices.Clip(src.files), source{"tiles.s", tileAssembly(v.relaxed)})
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.text, 0o600); err != nil {
			return nil, err
		}
	}
	var objects []string
	for _, f := range files {
		args := append(slices.Clone(targetFlags), v.flags()...)
		switch filepath.Ext(f.name) {
		case ".c":
			args = append(args, compilerFlags...)
		case ".s":
		default:
			continue
		}
		object := f.name + ".o"
		objects = append(objects, object)
		if err := runIn(dir, t.clang, append(args, "-c", f.name, "-o", object)...); err != nil {
			return nil, err
		}
	}
	const linked = "linked.wasm"
	args := append(append(append([]string{}, linkerFlags...), objects...), "-o", linked)
	if err := runIn(dir, t.linker, args...); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, linked))
}

// runIn runs a program in dir; what it said is the error when it fails.
func runIn(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, bytes.TrimSpace(out))
	}
	return nil
}
