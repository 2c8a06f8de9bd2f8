package tiny

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Program is the command line, built from this checkout once for all tests of a package that run it.
type Program struct {
	once sync.Once
	path string
	err  error
}

// Path builds the program in dir, which has to outlive the tests, and returns its path.
func (p *Program) Path(tb testing.TB, dir string) string {
	tb.Helper()
	p.once.Do(func() {
		p.path = filepath.Join(dir, "lorica.exe")
		if output, err := exec.Command("go", "build", "-o", p.path, "github.com/lorica-go/lorica/cli/lorica").CombinedOutput(); err != nil {
			p.err = fmt.Errorf("go build: %w\n%s", err, output)
		}
	})
	must(tb, p.err)
	return p.path
}
