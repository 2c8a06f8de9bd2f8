package format

// Errorf returns an error with the formatted text that wraps the arguments of its verbs %w.
//
//go:noinline
func Errorf(format string, args ...any) error { return smallErrorf(format, args) }

// Sprintf returns the formatted text.
//
//go:noinline
func Sprintf(format string, args ...any) string { return string(appendf(nil, format, args)) }

// Appendf adds the formatted text to b and returns the longer slice.
func Appendf(b []byte, format string, args ...any) []byte { return appendf(b, format, args) }

// Recovered returns the text of what a function panicked with.
func Recovered(p any) string { return smallRecovered(p) }
