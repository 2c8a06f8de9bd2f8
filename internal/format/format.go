//go:build !wasm

package format

import "fmt"

// Errorf is fmt.Errorf.
func Errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// Sprintf is fmt.Sprintf.
func Sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// Appendf is fmt.Appendf.
func Appendf(b []byte, format string, args ...any) []byte { return fmt.Appendf(b, format, args...) }

// Recovered returns the text of what a function panicked with.
func Recovered(p any) string { return fmt.Sprint(p) }
