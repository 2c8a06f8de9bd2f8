// Skips reads the events of `go test -json` from standard input, prints go test's own lines on packages and what failed,
// and closes with the line "N passed, N failed, N skipped". It exits with 1 when a test failed, when none ran, or when one
// was skipped for a reason that reasons.go does not allow.
package main

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/lorica-go/lorica/internal/shared"
)

func main() {
	_, noData := os.Stat(shared.Root())
	_, noNode := exec.LookPath("node")
	_, noChromium := exec.LookPath("chromium") // as .ci/run installs it
	ok, err := summarize(os.Stdin, os.Stdout, allowedReasons(noData == nil, os.Getenv("LORICA_PYTHON") != "", noNode == nil, noChromium == nil))
	if err != nil {
		fmt.Fprintf(os.Stderr, "skips: %v\n", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}
