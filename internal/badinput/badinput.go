// Package badinput marks errors that the input caused: a file, a row, a model, a setting inside one of them.
//
// The command line answers such an error with one line and exit code 3; everything else that fails exits with 1.
package badinput

import (
	"errors"

	"github.com/lorica-go/lorica/internal/format"
)

// inputError carries a formatted error and says that the input is to blame.
type inputError struct{ err error }

func (e *inputError) Error() string { return e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// Errorf is fmt.Errorf whose result, and every error that wraps it, satisfies Is.
//
//go:noinline
func Errorf(text string, args ...any) error {
	return &inputError{format.Errorf(text, args...)}
}

// Is reports whether err, or an error that it wraps, was made by Errorf.
func Is(err error) bool {
	_, ok := errors.AsType[*inputError](err)
	return ok
}
