package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// modulesFolder is where the committed modules and their sources are.
const modulesFolder = "../.."

// moduleFiles returns the names of all modules.
func moduleFiles() []string {
	names := []string{trampolineFile}
	for _, v := range variants {
		names = append(names, v.file)
	}
	return names
}

func TestTheCommittedModulesSayThatTheyComeFromTheseSources(t *testing.T) {
	src, err := readSources(modulesFolder)
	if err != nil {
		t.Fatal(err)
	}
	section := new(writer)
	section.custom(digestSection, src.digest())
	for _, name := range moduleFiles() {
		raw, err := os.ReadFile(filepath.Join(modulesFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(raw, section.out) {
			t.Errorf("%s was built from other sources; run `make generate` with clang-%s and lld-%s installed", name, clangMajor, clangMajor)
		}
	}
}

func TestTheCompilerWritesTheCommittedModules(t *testing.T) {
	tools, err := findToolchain()
	if errors.Is(err, errNoToolchain) {
		t.Skipf("needs %v", err)
	}
	dir := t.TempDir()
	src, err := readSources(modulesFolder)
	if err != nil {
		t.Fatal(err)
	}
	if err := build(tools, src, dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range moduleFiles() {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if want, err := os.ReadFile(filepath.Join(modulesFolder, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the compiler writes (%v)", name, err)
		}
	}
}

func TestModulesThatTouchMoreThanTheirArgumentsAreRefused(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(modulesFolder, variants[0].file))
	if err != nil {
		t.Fatal(err)
	}
	const data = 11
	for name, test := range map[string]struct {
		module []byte
		want   string
	}{
		"no module":       {[]byte("elf"), "not a wasm module"},
		"data":            {append(bytes.Clone(preamble), data, 1, 0), "section 11"},
		"a table":         {raw, "section 9"}, // which has its elements already
		"no memory":       {preamble, "do not import the memory"},
		"a cut-off type":  {append(bytes.Clone(preamble), sectionType, 1, 1), "cut off"},
		"a longer module": {append(bytes.Clone(preamble), sectionType, 9, 1), "cut off"},
	} {
		if _, err := parseLinked(test.module); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that says %q", name, err, test.want)
		}
	}
}

func TestCoefficientsBecomeCNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.go")
	if err := os.WriteFile(path, []byte("package p\nconst (\n\ta = 1\n\tb = -0.5\n)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := coefficientsHeader(path)
	if want := "#pragma once\n#define a (1.0f)\n#define b (-0.5f)\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if err := os.WriteFile(path, []byte("package p\nconst a = x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := coefficientsHeader(path); err == nil {
		t.Error("a constant that is no number: no error")
	}
}
