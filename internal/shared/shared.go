// Package shared finds the reference data that lies beside the checkout: golden files, tokenizers, real weights, reviews.
//
// The data is for tests and benchmarks only and is no part of the project. LORICA_SHARED names the folder; without it, it
// is the folder "shared" beside the checkout.
package shared

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Root returns the folder of the reference data, whether or not it exists.
func Root() string {
	if dir := os.Getenv("LORICA_SHARED"); dir != "" {
		return dir
	}
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return filepath.Join("..", "shared")
	}
	checkout := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	return filepath.Join(filepath.Dir(checkout), "shared")
}

// Path returns the path of a file or folder of the reference data and skips the test, naming what is missing, when it is
// not there.
func Path(tb testing.TB, parts ...string) string {
	tb.Helper()
	path := filepath.Join(append([]string{Root()}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("needs reference data: %v", err)
	}
	return path
}
