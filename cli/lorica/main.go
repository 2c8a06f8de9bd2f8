// Lorica fine-tunes encoder classifiers with LoRA, evaluates, merges and runs them: one program, no Python.
//
// Each command has a file of its own, which reads flags, calls a package under native and prints what it returns. Results go to
// standard output, progress and logs to standard error. The exit status is 0 for success, 1 for failure, 2 for wrong usage, 3
// for bad input (a file, a row, a model) and 130 for an interruption.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/train"
)

// The exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitBadInput    = 3
	exitInterrupted = 130
)

func main() {
	ctx, stop := interruptible(context.Background())
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// signalled is the cause of a context that a signal ended.
type signalled struct{ what string }

func (s signalled) Error() string { return s.what }

// interruptible returns a context that the first Ctrl-C or SIGTERM ends. The second ends the process at once.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first, ok := <-signals
		if !ok {
			return
		}
		cause := signalled{"Ctrl-C"}
		if first == syscall.SIGTERM {
			cause.what = "SIGTERM"
		}
		cancel(cause)
		if _, ok := <-signals; ok {
			os.Exit(exitInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}

// run is the program: it returns the exit status. Whatever goes wrong is one line on stderr.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) (status int) {
	place := "lorica"
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(errOut, "%s: internal error: %s\n", place, oneLine(fmt.Sprint(p)))
			if os.Getenv("LORICA_DEBUG") == "1" {
				errOut.Write(debug.Stack())
			}
			status = exitFailed
		}
	}()
	// A mapped file that shrinks while it is read is a fault in memory; made a panic, it ends in one line as well.
	debug.SetPanicOnFault(true)

	c := newConsole(in, out, errOut)
	name, err := dispatch(ctx, c, args)
	if name != "" {
		place += ": " + name
	}
	if flushed := c.flush(); err == nil {
		err = flushed
	}
	if err == nil {
		return exitOK
	}
	status = statusOf(ctx, err)
	if message := messageOf(ctx, err, place); message != "" {
		fmt.Fprintln(c.err, message)
	}
	return status
}

// usageError is wrong usage: flags, arguments, commands.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

// usagef makes a usageError.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// errReported is an error that the command has already printed, with the status to exit with.
type errReported struct{ error }

func (e errReported) Unwrap() error { return e.error }

func statusOf(ctx context.Context, err error) int {
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case wasInterrupted(ctx, err):
		return exitInterrupted
	case badinput.Is(err):
		return exitBadInput
	}
	return exitFailed
}

// wasInterrupted tells an error that a signal brought about from one that merely came while it was handled.
func wasInterrupted(ctx context.Context, err error) bool {
	if errors.Is(err, train.ErrInterrupted) {
		return true
	}
	return ctx.Err() != nil && (errors.Is(err, context.Cause(ctx)) || errors.Is(err, context.Canceled))
}

// messageOf is the line for an error, "" when it has been told.
func messageOf(ctx context.Context, err error, place string) string {
	var usage *usageError
	switch {
	case errors.As(err, new(errReported)):
		return ""
	case errors.As(err, &usage):
		return fmt.Sprintf("%s: %s; see %s --help", place, oneLine(usage.message), strings.ReplaceAll(place, ":", ""))
	case wasInterrupted(ctx, err) && !errors.Is(err, train.ErrInterrupted):
		return place + ": interrupted" + oneLine(keptBy(err))
	}
	return fmt.Sprintf("%s: %s", place, oneLine(err.Error()))
}

// oneLine joins the lines of a message, as joined errors have, and makes control characters visible.
func oneLine(message string) string {
	message = strings.Join(strings.FieldsFunc(message, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '\ufffd'
		}
		return r
	}, message)
}
