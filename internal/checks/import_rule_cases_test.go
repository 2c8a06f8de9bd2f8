package checks

import (
	"slices"
	"testing"
)

// made returns a package of the module example.org/m.
func made(path string, imports ...string) *listedPackage {
	p := &listedPackage{ImportPath: path, Imports: imports}
	p.Module = &struct{ Path string }{"example.org/m"}
	return p
}

// foreign returns a package of another module.
func foreign(path, module string, imports ...string) *listedPackage {
	p := &listedPackage{ImportPath: path, Imports: imports}
	p.Module = &struct{ Path string }{module}
	return p
}

func TestImportViolationsAreFound(t *testing.T) {
	table := []room{
		{folder: "top", below: []string{"low", "top/deep"}, modules: []string{"example.org/good"}},
		{folder: "top/deep"},
		{folder: "side"},
		{folder: "low", modules: []string{"example.org/good"}, banned: []string{"os", "net"}, detached: true},
	}
	around := []*listedPackage{
		{ImportPath: "os", Standard: true},
		{ImportPath: "os/exec", Standard: true},
		{ImportPath: "ossuary", Standard: true},
		{ImportPath: "rpc", Standard: true, Imports: []string{"http"}},
		{ImportPath: "http", Standard: true, Imports: []string{"rpc", "net"}},
		{ImportPath: "net", Standard: true},
		{ImportPath: "runtime/cgo", Standard: true, CgoFiles: []string{"cgo.go"}},
		foreign("example.org/good/part", "example.org/good", "net"),
		foreign("example.org/bad", "example.org/bad"),
	}
	withCgo := foreign("example.org/c", "example.org/c")
	withCgo.CgoFiles = []string{"c.go"}

	for _, test := range []struct {
		name  string
		graph []*listedPackage
		want  []string
	}{
		{"a room may import the rooms below it, its own packages, its modules and the standard library", []*listedPackage{
			made("example.org/m/top/a", "example.org/m/low/a", "example.org/m/top/b", "example.org/good/part", "os"),
			made("example.org/m/top/b", "example.org/m/top/deep"), made("example.org/m/top/deep"),
			made("example.org/m/low/a", "ossuary"),
		}, nil},
		{"an arrow that points up", []*listedPackage{
			made("example.org/m/low/a", "example.org/m/top/a"), made("example.org/m/top/a"),
		}, []string{"example.org/m/low/a imports example.org/m/top/a: low may not import top"}},
		{"an arrow to a room at the side", []*listedPackage{
			made("example.org/m/top/a", "example.org/m/side"), made("example.org/m/side"),
		}, []string{"example.org/m/top/a imports example.org/m/side: top may not import side"}},
		{"an arrow from a room inside a room", []*listedPackage{
			made("example.org/m/top/deep", "example.org/m/top/a"), made("example.org/m/top/a"),
		}, []string{"example.org/m/top/deep imports example.org/m/top/a: top/deep may not import top"}},
		{"a banned package and one below it", []*listedPackage{made("example.org/m/low/a", "os", "os/exec", "ossuary")}, []string{
			"example.org/m/low/a imports os/exec: low may not import os",
			"example.org/m/low/a imports os: low may not import os",
		}},
		{"the network behind an import", []*listedPackage{
			made("example.org/m/low/a", "ossuary", "example.org/m/low/b"), made("example.org/m/low/b", "rpc"),
		}, []string{
			"example.org/m/low/a reaches net through example.org/m/low/b, which nothing in low may",
			"example.org/m/low/b reaches net through rpc, which nothing in low may",
		}},
		{"the network behind a module that is listed is no concern", []*listedPackage{
			made("example.org/m/low/a", "example.org/good/part"),
		}, nil},
		{"a module that the room does not list", []*listedPackage{made("example.org/m/top/a", "example.org/bad")}, []string{
			"example.org/m/top/a imports example.org/bad: top may not import the module example.org/bad",
		}},
		{"cgo", []*listedPackage{made("example.org/m/top/a", "C", "runtime/cgo")}, []string{
			"example.org/m/top/a imports C: the project has no cgo",
			"example.org/m/top/a imports runtime/cgo: the project has no cgo",
		}},
		{"cgo in a module", []*listedPackage{withCgo}, []string{
			"example.org/c uses cgo, which no package that the project reaches may",
		}},
		{"a package outside all rooms", []*listedPackage{made("example.org/m/lowly")}, []string{
			"example.org/m/lowly belongs to no room of the table in rooms_test.go",
		}},
		{"a package that is not there", []*listedPackage{made("example.org/m/top/a", "example.org/gone")}, []string{
			"example.org/m/top/a imports example.org/gone: no such package",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := importViolations(table, "example.org/m", slices.Concat(test.graph, around))
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestMistakesInTheTableAreFound(t *testing.T) {
	got := tableMistakes([]room{
		{folder: "a", below: []string{"b", "c"}},
		{folder: "b", below: []string{"a"}},
		{folder: "b", below: []string{"b"}},
	})
	want := []string{
		"b is in the table twice",
		"a may import c, which is not in the table",
		"b may import a, which does not stand below it",
		"b may import b, which does not stand below it",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
