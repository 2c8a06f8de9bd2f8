package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// A source is a file that the compiler reads.
type source struct {
	name string
	text []byte
}

// sources are all of them, in the order of their names but for coefficients.h, the last.
type sources struct{ files []source }

// readSources reads dir/_c and makes the header of coefficients.
func readSources(dir string) (*sources, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "_c"))
	if err != nil {
		return nil, err
	}
	src := new(sources)
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".c" && ext != ".h" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "_c", e.Name()))
		if err != nil {
			return nil, err
		}
		src.files = append(src.files, source{e.Name(), text})
	}
	header, err := coefficientsHeader(filepath.Join(dir, filepath.FromSlash(coefficients)))
	if err != nil {
		return nil, err
	}
	src.files = append(src.files, source{"coefficients.h", header})
	return src, nil
}

// coefficientsHeader returns a C header with the number constants of a Go file.
func coefficientsHeader(path string) ([]byte, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	header := bytes.NewBufferString("#pragma once\n")
	for _, d := range file.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			if len(value.Names) != 1 || len(value.Values) != 1 {
				return nil, fmt.Errorf("%s: a constant without a value of its own", path)
			}
			number, err := cNumber(value.Values[0])
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", path, value.Names[0].Name, err)
			}
			fmt.Fprintf(header, "#define %s (%sf)\n", value.Names[0].Name, number)
		}
	}
	return header.Bytes(), nil
}

// cNumber returns a number of a Go constant as C writes it, without the suffix.
func cNumber(e ast.Expr) (string, error) {
	sign := ""
	if unary, ok := e.(*ast.UnaryExpr); ok && unary.Op == token.SUB {
		sign, e = "-", unary.X
	}
	literal, ok := e.(*ast.BasicLit)
	switch {
	case ok && literal.Kind == token.FLOAT:
		return sign + literal.Value, nil
	case ok && literal.Kind == token.INT:
		return sign + literal.Value + ".0", nil
	}
	return "", fmt.Errorf("not a number")
}

// digest returns the SHA-256 of everything that the modules depend on, in hexadecimal.
func (s *sources) digest() string {
	h := sha256.New()
	fmt.Fprintln(h, "clang", clangMajor, strings.Join(targetFlags, " "), strings.Join(compilerFlags, " "), strings.Join(linkerFlags, " "))
	for _, v := range variants {
		fmt.Fprintln(h, v.file, strings.Join(v.flags(), " "))
		h.Write(tileAssembly(v.relaxed))
	}
	for _, f := range s.files {
		fmt.Fprintln(h, f.name, len(f.text))
		h.Write(f.text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
