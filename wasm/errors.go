package wasm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/wasm/abi"
)

// What a call can fail with, for errors.Is. The texts of errors say more. A call whose context ends fails with the context's cause.
var (
	ErrInput   = errors.New("bad input")                // a model or a text that cannot be right
	ErrLimit   = errors.New("more than is allowed")     // of inputs, of bytes
	ErrTimeout = errors.New("the time limit was hit")   // Limits.Call or Limits.Opening
	ErrMemory  = errors.New("the memory limit was hit") // Limits.Memory
	ErrTrap    = errors.New("the sandbox broke down")   // it panicked, or did what it may not
	ErrClosed  = errors.New("the classifier is closed")
)

// inputError is an error that the input caused; badinput.Is knows it, too.
func inputError(format string, args ...any) error {
	return badinput.Errorf("%w", &sandboxError{ErrInput, fmt.Sprintf(format, args...), nil})
}

// sandboxError is one of the errors above with what happened.
type sandboxError struct {
	kind  error
	text  string
	cause error
}

// Error returns the text.
func (e *sandboxError) Error() string {
	if e.kind == ErrInput {
		return e.text
	}
	return e.kind.Error() + ": " + e.text
}

// Unwrap returns the kind, and the cause where there is one.
func (e *sandboxError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.kind}
	}
	return []error{e.kind, e.cause}
}

// failed says what a reply or the end of a sandbox means, and whether the sandbox can be used again.
func failed(ctx, parent context.Context, err error, said string) (_ error, usable bool) {
	if e := new(abi.Error); errors.As(err, &e) {
		switch e.Kind {
		case abi.Input:
			return inputError("%s", e.Text), true
		case abi.Limit:
			return &sandboxError{ErrLimit, e.Text, nil}, true
		}
		return &sandboxError{ErrTrap, oneLine(e.Text), nil}, false
	}
	if parent.Err() != nil {
		return context.Cause(parent), false
	}
	if ctx.Err() != nil {
		return &sandboxError{ErrTimeout, "the sandbox was stopped", ctx.Err()}, false
	}
	if reason := fatal(said); strings.Contains(reason, "out of memory") || strings.Contains(reason, "cannot allocate memory") {
		return &sandboxError{ErrMemory, reason, nil}, false
	} else if reason != "" {
		return &sandboxError{ErrTrap, reason, nil}, false
	}
	if exit := new(sys.ExitError); errors.As(err, &exit) {
		return &sandboxError{ErrTrap, fmt.Sprintf("it ended with status %d", exit.ExitCode()), nil}, false
	}
	return &sandboxError{ErrTrap, oneLine(err.Error()), nil}, false
}

// fatal returns the line of what a Go program said at its end that names the reason.
func fatal(said string) string {
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "runtime: ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func oneLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
