package checks

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// A listedPackage is what `go list -deps -json` says of a package.
type listedPackage struct {
	ImportPath     string
	Standard       bool
	Module         *struct{ Path string }
	GoFiles        []string
	CgoFiles       []string
	IgnoredGoFiles []string
	Imports        []string // direct imports of its files without the tests
	Error          *struct{ Err string }
}

// module returns the path of the module that holds p, "" for the standard library.
func (p *listedPackage) module() string {
	if p.Module == nil {
		return ""
	}
	return p.Module.Path
}

// within reports whether path is folder or lies below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// roomOf returns the room of the package in the folder dir, relative to the module's root, or nil.
func roomOf(rooms []room, dir string) *room {
	var found *room
	for i := range rooms {
		if within(dir, rooms[i].folder) && (found == nil || len(rooms[i].folder) > len(found.folder)) {
			found = &rooms[i]
		}
	}
	return found
}

// importViolations returns one line for each import in the graph that the table of rooms does not allow. The graph holds
// the packages of the module and all that they import.
func importViolations(rooms []room, module string, graph []*listedPackage) []string {
	byPath := make(map[string]*listedPackage, len(graph))
	for _, p := range graph {
		byPath[p.ImportPath] = p
	}
	var found []string
	for _, p := range graph {
		switch {
		case p.module() == module:
			found = append(found, packageViolations(rooms, module, p, byPath)...)
		case !p.Standard && len(p.CgoFiles) > 0:
			found = append(found, fmt.Sprintf("%s uses cgo, which no package that the project reaches may", p.ImportPath))
		}
	}
	sort.Strings(found)
	return found
}

// packageViolations returns one line for each import of p that the table of rooms does not allow.
func packageViolations(rooms []room, module string, p *listedPackage, byPath map[string]*listedPackage) []string {
	dir := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
	home := roomOf(rooms, dir)
	if home == nil {
		return []string{fmt.Sprintf("%s belongs to no room of the table in rooms_test.go", p.ImportPath)}
	}
	var found []string
	report := func(imported, reason string) {
		found = append(found, fmt.Sprintf("%s imports %s: %s", p.ImportPath, imported, reason))
	}
	for _, imported := range p.Imports {
		target := byPath[imported]
		switch {
		case imported == "C" || imported == "runtime/cgo":
			report(imported, "the project has no cgo")
		case target == nil:
			report(imported, "no such package")
		case target.module() == module:
			other := roomOf(rooms, strings.TrimPrefix(strings.TrimPrefix(imported, module), "/"))
			if other != nil && other != home && !slices.Contains(home.below, other.folder) {
				report(imported, fmt.Sprintf("%s may not import %s", home.folder, other.folder))
			}
		case target.Standard:
			for _, banned := range home.banned {
				if within(imported, banned) {
					report(imported, fmt.Sprintf("%s may not import %s", home.folder, banned))
				}
			}
		case !slices.Contains(home.modules, target.module()):
			report(imported, fmt.Sprintf("%s may not import the module %s", home.folder, target.module()))
		}
	}
	if home.detached {
		if way := wayTo("net", p, byPath, module, make(map[string]bool)); len(way) > 1 {
			found = append(found, fmt.Sprintf("%s reaches net through %s, which nothing in %s may", p.ImportPath, way[0], home.folder))
		}
	}
	return found
}

// wayTo returns the imports that lead from p to the package target, which is their last, or nil. It does not look into
// other modules: to list one is a decision, and golang.org/x/sys imports net for nothing but its types.
func wayTo(target string, p *listedPackage, byPath map[string]*listedPackage, module string, seen map[string]bool) []string {
	for _, imported := range p.Imports {
		if imported == target {
			return []string{imported}
		}
		next := byPath[imported]
		if next == nil || seen[imported] || !next.Standard && next.module() != module {
			continue
		}
		seen[imported] = true
		if rest := wayTo(target, next, byPath, module, seen); rest != nil {
			return append([]string{imported}, rest...)
		}
	}
	return nil
}

// tableMistakes returns one line for each entry of the table that is named twice, names a room that is not there, or
// names one that does not stand below it.
func tableMistakes(rooms []room) []string {
	place := make(map[string]int)
	var found []string
	for i, r := range rooms {
		if _, twice := place[r.folder]; twice {
			found = append(found, fmt.Sprintf("%s is in the table twice", r.folder))
		}
		place[r.folder] = i
	}
	for i, r := range rooms {
		for _, folder := range r.below {
			at, ok := place[folder]
			switch {
			case !ok:
				found = append(found, fmt.Sprintf("%s may import %s, which is not in the table", r.folder, folder))
			case at <= i:
				found = append(found, fmt.Sprintf("%s may import %s, which does not stand below it", r.folder, folder))
			}
		}
	}
	return found
}
