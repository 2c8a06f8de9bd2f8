package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// guest is the program whose texts of errors package internal/format makes without package fmt.
const guest = "./wasm/guest"

var guestSystems = []string{"js", "wasip1"}

func TestTheGuestFormatsOnlyWhatTheSmallFormatterKnows(t *testing.T) {
	found := make([][]string, len(guestSystems))
	var checks sync.WaitGroup
	for i, system := range guestSystems {
		checks.Go(func() {
			calls, mistakes, err := guestFormats(system)
			if err == nil && calls < 100 {
				err = fmt.Errorf("%s: only %d calls were found", system, calls)
			}
			if found[i] = mistakes; err != nil {
				found[i] = append(found[i], err.Error())
			}
		})
	}
	checks.Wait()
	all := slices.Concat(found...)
	slices.Sort(all)
	for _, mistake := range slices.Compact(all) {
		t.Error(mistake)
	}
}

// guestFormats checks the module's packages that the guest for a system consists of, and returns how many calls that format it found.
func guestFormats(system string) (calls int, mistakes []string, err error) {
	packages, exports, err := guestPackages(system)
	if err != nil {
		return 0, nil, err
	}
	base, err := filepath.Abs(root)
	if err != nil {
		return 0, nil, err
	}
	files := token.NewFileSet()
	imports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range packages {
		var parsed []*ast.File
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			text, err := os.ReadFile(path)
			if err != nil {
				return 0, nil, err
			}
			if shorter, err := filepath.Rel(base, path); err == nil {
				path = filepath.ToSlash(shorter)
			}
			f, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
			if err != nil {
				return 0, nil, err
			}
			parsed = append(parsed, f)
		}
		n, bad, err := formatMistakes(files, p.ImportPath, parsed, imports)
		if err != nil {
			return 0, nil, err
		}
		calls, mistakes = calls+n, append(mistakes, bad...)
	}
	return calls, mistakes, nil
}

// builtPackage is what `go list -export -json` says of a package.
type builtPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	Module                  *struct{ Path string }
}

// guestPackages returns the module's packages that the guest consists of, and for all that it imports the file with the types.
func guestPackages(system string) (packages []builtPackage, exports map[string]string, err error) {
	list := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Module", guest)
	list.Dir = root
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH=wasm", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	stdout, err := list.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list for %s/wasm: %w: %s", system, err, bytes.TrimSpace(stderr.Bytes()))
	}
	exports = map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(stdout)); ; {
		var p builtPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, exports, nil
		} else if err != nil {
			return nil, nil, err
		}
		exports[p.ImportPath] = p.Export
		if p.Module != nil && p.Module.Path == module {
			packages = append(packages, p)
		}
	}
}

// formatMistakes returns how many calls of a package format a text, and one line for each argument that the small formatter does not
// know. Functions of the module whose last parameters are a string and any number of values are taken for functions that format.
func formatMistakes(files *token.FileSet, path string, parsed []*ast.File, imports types.Importer) (calls int, mistakes []string, err error) {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	config := types.Config{Importer: imports, Sizes: types.SizesFor("gc", "wasm")}
	if _, err := config.Check(path, files, parsed, info); err != nil {
		return 0, nil, err
	}
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			text, arguments, ok := formatting(call, info)
			if !ok {
				return true
			}
			calls++
			for _, problem := range argumentMistakes(text, arguments, info) {
				at := files.Position(call.Pos())
				mistakes = append(mistakes, fmt.Sprintf("%s:%d: %s", at.Filename, at.Line, problem))
			}
			return true
		})
	}
	return calls, mistakes, nil
}

// formatting returns the format and the arguments of a call that formats.
func formatting(call *ast.CallExpr, info *types.Info) (text ast.Expr, arguments []ast.Expr, ok bool) {
	signature, ok := info.TypeOf(call.Fun).(*types.Signature)
	if !ok || !signature.Variadic() {
		return nil, nil, false
	}
	n := signature.Params().Len()
	last, ok := signature.Params().At(n - 1).Type().(*types.Slice) // a string in append([]byte, string...)
	if !ok || n < 2 || !isAny(last.Elem()) || !types.Identical(signature.Params().At(n-2).Type(), types.Typ[types.String]) {
		return nil, nil, false
	}
	var name *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		name = f
	case *ast.SelectorExpr:
		name = f.Sel
	}
	if name != nil {
		if o := info.Uses[name]; o != nil && o.Pkg() != nil && !within(o.Pkg().Path(), module) && !strings.HasPrefix(o.Pkg().Path(), "test/") {
			return nil, nil, false // such as syscall/js.Value.Call
		}
	}
	text = call.Args[n-2]
	if !call.Ellipsis.IsValid() {
		return text, call.Args[n-1:], true
	}
	// Arguments that are passed on were checked where they came in; those that are put in front of them are checked here.
	ast.Inspect(call.Args[n-1], func(node ast.Node) bool {
		if list, ok := node.(*ast.CompositeLit); ok {
			arguments = append(arguments, list.Elts...)
		}
		return true
	})
	return nil, arguments, true
}

func isAny(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

// argumentMistakes compares arguments with a format; text may be nil.
func argumentMistakes(text ast.Expr, arguments []ast.Expr, info *types.Info) (problems []string) {
	var letters []byte
	if text != nil {
		value := info.Types[text].Value
		if value != nil {
			var problem string
			if letters, problem = verbLetters(constantText(value)); problem != "" {
				problems = append(problems, problem)
			}
			if len(letters) != len(arguments) {
				problems = append(problems, fmt.Sprintf("%d verbs for %d arguments", len(letters), len(arguments)))
			}
		}
	}
	for i, argument := range arguments {
		letter := byte('v')
		if i < len(letters) {
			letter = letters[i]
		}
		if t := info.TypeOf(argument); !formattable(t, letter) {
			problems = append(problems, fmt.Sprintf("argument %d is of type %s, which internal/format does not write as %%%c: convert it", i+1, t, letter))
		}
	}
	return problems
}
