package checks

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// heavy are packages that the guest goes without, and all below them, with what they cost it. A page has to load every byte.
var heavy = []struct{ path, why string }{
	{"fmt", "it brings reflect and os; internal/format makes the texts of errors"},
	{"encoding/json", "it brings reflect; internal/jsonscan reads JSON"},
	{"encoding/binary", "it brings reflect; internal/little has the numbers"},
	{"encoding/hex", "it brings fmt"},
	{"reflect", "a program in which it is keeps all exported methods of all types"},
	{"os", "it brings time and internal/poll; the guest has no files"},
	{"time", "it brings clocks, time zones and internal/godebug, which brings the runtime's metrics"},
	{"context", "it brings time; encoder.Context is what a call asks"},
	{"io/fs", "it brings time; what reads folders is not built for WebAssembly"},
	{"runtime/debug", "it brings fmt, os and time"},
	{"internal/godebug", "it brings the runtime's metrics"},
	{"regexp", "it brings the tables of all scripts; a rule that is known can be written down"},
	{"crypto", "it tests itself when the program starts; the guest is handed a bundle that is checked where digests are"},
	{"net", "the guest has no network"},
}

func TestTheGuestGoesWithoutHeavyPackages(t *testing.T) {
	for _, system := range guestSystems {
		imports, err := guestImports(system)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(imports) < 40 {
			t.Errorf("%s: only %d packages were found", system, len(imports))
		}
		for _, mistake := range heavyImports(imports, module+strings.TrimPrefix(guest, ".")) {
			t.Errorf("%s: %s", system, mistake)
		}
	}
}

// guestImports returns what every package that the guest consists of imports.
func guestImports(system string) (map[string][]string, error) {
	list := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, guest)
	list.Dir = root
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list for %s/wasm: %w", system, err)
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		imports[words[0]] = words[1:]
	}
	return imports, nil
}

// heavyImports returns one line for each heavy package that a program reaches, with the way there.
func heavyImports(imports map[string][]string, program string) (mistakes []string) {
	seen := map[string]bool{}
	var walk func(path string, way []string)
	walk = func(path string, way []string) {
		if seen[path] {
			return
		}
		seen[path] = true
		way = append(slices.Clip(way), path)
		for _, h := range heavy {
			if within(path, h.path) {
				mistakes = append(mistakes, fmt.Sprintf("%s: %s", strings.Join(way, " imports "), h.why))
				return
			}
		}
		for _, next := range imports[path] {
			walk(next, way)
		}
	}
	walk(program, nil)
	return mistakes
}

func TestHeavyImportsAreFoundWithTheWayThere(t *testing.T) {
	imports := map[string][]string{
		"p": {"a", "b"}, "a": {"strings"}, "b": {"c"}, "c": {"crypto/sha256", "fmtx", "b"}, "crypto/sha256": {"hash"},
	}
	got := heavyImports(imports, "p")
	if len(got) != 1 || !strings.HasPrefix(got[0], "p imports b imports c imports crypto/sha256: ") {
		t.Errorf("got %q", got)
	}
}
