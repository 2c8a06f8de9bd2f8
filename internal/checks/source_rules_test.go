package checks

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// maxLines is how long a Go file that a person writes may be.
const maxLines = 350

// longFiles returns one line for each file that is longer than limit and not generated.
func longFiles(files []*goFile, limit int) []string {
	var found []string
	for _, f := range files {
		if f.lines > limit && !f.generated {
			found = append(found, fmt.Sprintf("%s has %d lines, more than %d", f.path, f.lines, limit))
		}
	}
	return found
}

// packageCommentMistakes returns one line for each folder whose package has no comment, has several, or has one that does
// not begin as a package comment does. In a program's folder any first word will do.
func packageCommentMistakes(files []*goFile) []string {
	names := make(map[string]string)
	comments := make(map[string][]*goFile)
	for _, f := range files {
		if f.isTest() {
			continue
		}
		names[f.folder()] = f.ast.Name.Name
		if strings.TrimSpace(f.ast.Doc.Text()) != "" {
			comments[f.folder()] = append(comments[f.folder()], f)
		}
	}
	var found []string
	for folder, name := range names {
		with := comments[folder]
		switch {
		case len(with) == 0:
			found = append(found, fmt.Sprintf("%s: package %s has no package comment", folder, name))
		case len(with) > 1:
			found = append(found, fmt.Sprintf("%s: package %s has package comments in %s and %s", folder, name, with[0].path, with[1].path))
		case name != "main" && !strings.HasPrefix(with[0].ast.Doc.Text(), "Package "+name+" "):
			found = append(found, fmt.Sprintf("%s: the package comment does not begin with \"Package %s\"", with[0].path, name))
		}
	}
	slices.Sort(found)
	return found
}

// undocumented returns one line for each exported name without a doc comment: functions, types, methods of exported types
// and of exported interfaces, constants and variables. A comment on a group of constants or variables covers the group.
func undocumented(f *goFile) []string {
	if f.isTest() || f.generated || f.ast.Name.Name == "main" {
		return nil
	}
	var found []string
	report := func(at token.Pos, name string) {
		found = append(found, fmt.Sprintf("%s:%d: exported %s has no doc comment", f.path, f.set.Position(at).Line, name))
	}
	for _, declaration := range f.ast.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if receiver := receiverName(d); receiver != "" {
				if !ast.IsExported(receiver) {
					continue
				}
				name = receiver + "." + name
			}
			if d.Name.IsExported() && d.Doc.Text() == "" {
				report(d.Pos(), name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						if d.Doc.Text() == "" && s.Doc.Text() == "" {
							report(s.Pos(), s.Name.Name)
						}
						for _, method := range undocumentedMethods(s) {
							report(method.Pos(), s.Name.Name+"."+method.Name)
						}
					}
				case *ast.ValueSpec:
					if d.Doc.Text() != "" || s.Doc.Text() != "" || s.Comment.Text() != "" {
						continue
					}
					for _, name := range s.Names {
						if name.IsExported() {
							report(name.Pos(), name.Name)
						}
					}
				}
			}
		}
	}
	return found
}

// undocumentedMethods returns the exported methods without a comment if the type is an interface.
func undocumentedMethods(s *ast.TypeSpec) []*ast.Ident {
	contract, ok := s.Type.(*ast.InterfaceType)
	if !ok {
		return nil
	}
	var found []*ast.Ident
	for _, method := range contract.Methods.List {
		for _, name := range method.Names {
			if name.IsExported() && method.Doc.Text() == "" && method.Comment.Text() == "" {
				found = append(found, name)
			}
		}
	}
	return found
}

// receiverName returns the name of the type that a method belongs to, "" for a function.
func receiverName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	t := d.Recv.List[0].Type
	for {
		switch inner := t.(type) {
		case *ast.StarExpr:
			t = inner.X
		case *ast.IndexExpr:
			t = inner.X
		case *ast.IndexListExpr:
			t = inner.X
		case *ast.Ident:
			return inner.Name
		default:
			return ""
		}
	}
}

// exits returns one line for each call that ends the process or the goroutine: panic, os.Exit and log's Fatal and Panic.
// A function named in allowed, as "path:Function" or "path:Type.Method", may; the entries that it needs go into used.
func exits(f *goFile, allowed map[string]string, used map[string]bool) []string {
	if f.isTest() {
		return nil
	}
	var found []string
	for _, declaration := range f.ast.Decls {
		place := f.path + ":"
		if d, ok := declaration.(*ast.FuncDecl); ok {
			if receiver := receiverName(d); receiver != "" {
				place += receiver + "."
			}
			place += d.Name.Name
		}
		ast.Inspect(declaration, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := exitName(call.Fun)
			switch {
			case name == "":
			case allowed[place] != "":
				used[place] = true
			default:
				found = append(found, fmt.Sprintf("%s:%d: %s; return an error", f.path, f.set.Position(call.Pos()).Line, name))
			}
			return true
		})
	}
	return found
}

// exitName returns the name of the function called if it does not return, else "".
func exitName(called ast.Expr) string {
	switch f := called.(type) {
	case *ast.Ident:
		if f.Name == "panic" {
			return "panic"
		}
	case *ast.SelectorExpr:
		from, ok := f.X.(*ast.Ident)
		if !ok {
			return ""
		}
		name := from.Name + "." + f.Sel.Name
		if name == "os.Exit" || strings.HasPrefix(name, "log.Fatal") || strings.HasPrefix(name, "log.Panic") {
			return name
		}
	}
	return ""
}

// cgoImports returns one line for each file that imports "C", whatever platform or tag it is for.
func cgoImports(f *goFile) []string {
	var found []string
	for _, spec := range f.ast.Imports {
		if spec.Path.Value == `"C"` {
			found = append(found, fmt.Sprintf("%s:%d: imports \"C\": the project has no cgo", f.path, f.set.Position(spec.Pos()).Line))
		}
	}
	return found
}
