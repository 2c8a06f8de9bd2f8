package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/lorica-go/lorica"

// platforms are the build configurations whose imports the rule is applied to: each has files that no other one builds.
var platforms = []struct{ system, architecture, tags string }{
	{"linux", "amd64", ""},
	{"linux", "amd64", "noasm"},
	{"linux", "arm64", ""},
	{"darwin", "arm64", ""},
	{"windows", "amd64", ""},
	{"js", "wasm", ""},
	{"wasip1", "wasm", ""},
}

func TestTheTableOfRoomsPointsDown(t *testing.T) {
	for _, mistake := range tableMistakes(rooms) {
		t.Error(mistake)
	}
}

func TestImportsFollowTheTableOfRooms(t *testing.T) {
	found := make([][]string, len(platforms))
	var lists sync.WaitGroup
	for i, platform := range platforms {
		lists.Go(func() {
			graph, err := listPackages(platform.system, platform.architecture, platform.tags)
			if err != nil {
				found[i] = []string{err.Error()}
				return
			}
			found[i] = importViolations(rooms, module, graph)
		})
	}
	lists.Wait()

	all := slices.Concat(found...)
	slices.Sort(all)
	for _, violation := range slices.Compact(all) {
		t.Error(violation)
	}
}

// listPackages returns the packages of the module, and all that they import, as the platform builds them. It asks with cgo
// turned on, since otherwise the go command leaves files that import "C" out.
func listPackages(system, architecture, tags string) ([]*listedPackage, error) {
	fields := "ImportPath,Standard,Module,GoFiles,CgoFiles,IgnoredGoFiles,Imports,Error"
	list := exec.Command("go", "list", "-e", "-deps", "-tags="+tags, "-json="+fields, "./...")
	list.Dir = root
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+architecture, "CGO_ENABLED=1")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	stdout, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list for %s/%s: %w: %s", system, architecture, err, bytes.TrimSpace(stderr.Bytes()))
	}
	var graph []*listedPackage
	for decoder := json.NewDecoder(bytes.NewReader(stdout)); ; {
		p := new(listedPackage)
		if err := decoder.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list for %s/%s: %w", system, architecture, err)
		}
		notForThisPlatform := len(p.GoFiles) == 0 && len(p.IgnoredGoFiles) > 0
		if p.Error != nil && !notForThisPlatform {
			return nil, fmt.Errorf("go list for %s/%s: %s: %s", system, architecture, p.ImportPath, strings.TrimSpace(p.Error.Err))
		}
		graph = append(graph, p)
	}
	if len(graph) == 0 {
		return nil, fmt.Errorf("go list for %s/%s: no packages", system, architecture)
	}
	return graph, nil
}
