package checks

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// root is the top of the checkout: tests run in the folder of their package.
const root = "../.."

// A goFile is a parsed Go file of the checkout.
type goFile struct {
	path      string // with slashes, relative to the top of the checkout
	lines     int
	generated bool
	set       *token.FileSet
	ast       *ast.File
}

func (f *goFile) isTest() bool   { return strings.HasSuffix(f.path, "_test.go") }
func (f *goFile) folder() string { return folderOf(f.path) }

// folderOf returns the folder of a path with slashes, "." for the top.
func folderOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return "."
}

// listFiles returns the files that are tracked by git or would be, relative to root and with slashes. Without git it walks
// the checkout and leaves out what .gitignore is known to name.
var listFiles = sync.OnceValues(func() ([]string, error) {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	if listed, err := list.Output(); err == nil {
		var paths []string
		for _, path := range strings.Split(strings.TrimSuffix(string(listed), "\x00"), "\x00") {
			if info, err := os.Lstat(filepath.Join(root, path)); err == nil && info.Mode().IsRegular() {
				paths = append(paths, path)
			}
		}
		return paths, nil
	}
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() && (relative == ".git" || relative == "bin" || relative == "dist" || relative == "lorica-demo") {
			return filepath.SkipDir
		}
		if entry.Type().IsRegular() {
			paths = append(paths, relative)
		}
		return nil
	})
	return paths, err
})

// parseFiles parses the Go files of the checkout, those of generator modules included.
var parseFiles = sync.OnceValues(func() ([]*goFile, error) {
	paths, err := listFiles()
	if err != nil {
		return nil, err
	}
	var files []*goFile
	for _, path := range paths {
		if !strings.HasSuffix(path, ".go") || strings.Contains("/"+path, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return nil, err
		}
		f, err := parseFile(path, text)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
})

// parseFile parses one Go file.
func parseFile(path string, text []byte) (*goFile, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	lines := bytes.Count(text, []byte("\n"))
	return &goFile{path: path, lines: lines, generated: ast.IsGenerated(tree), set: set, ast: tree}, nil
}

// goFiles returns the parsed Go files of the checkout.
func goFiles(t *testing.T) []*goFile {
	t.Helper()
	files, err := parseFiles()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// parsed parses made-up Go files, given as path and text in turn.
func parsed(t *testing.T, pathsAndTexts ...string) []*goFile {
	t.Helper()
	var files []*goFile
	for i := 0; i < len(pathsAndTexts); i += 2 {
		f, err := parseFile(pathsAndTexts[i], []byte(pathsAndTexts[i+1]))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}
