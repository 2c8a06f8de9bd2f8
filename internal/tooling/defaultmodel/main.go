// Defaultmodel makes what the default model is measured on and measures it: `prepare` writes the sets of texts that its training
// never saw, `table` trains the bigram baseline and compares models with it, `curves` draws the log of a training run. make.sh
// runs them, and everything before them, from the raw data on.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

const usage = `usage: defaultmodel COMMAND [FLAGS]

  prepare -data DIR -seen FILE... -out DIR         write the sets of texts that training never saw
  table -train FILE -set NAME=FILE... [MODEL...]   train the baseline, compare models with it, print a Markdown table
  curves -log FILE [-loss FILE]                    draw a run's loss, print its evaluations as a Markdown table

defaultmodel COMMAND -h lists the flags.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.As(err, new(usageError)):
		fmt.Fprintln(os.Stderr, "defaultmodel:", err)
		os.Exit(2)
	case badinput.Is(err):
		fmt.Fprintln(os.Stderr, "defaultmodel:", err)
		os.Exit(3)
	default:
		fmt.Fprintln(os.Stderr, "defaultmodel:", err)
		os.Exit(1)
	}
}

// usageError says that the command line is wrong.
type usageError struct{ what string }

func (e usageError) Error() string { return e.what }

// run is the program: results go to out, progress and help to errOut.
func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("defaultmodel "+name, flag.ContinueOnError)
	flags.SetOutput(errOut)
	var action func() error
	switch name {
	case "prepare":
		var p preparation
		p.define(flags)
		action = func() error { return p.run(out) }
	case "table":
		var t table
		t.define(flags)
		action = func() error { return t.run(ctx, flags.Args(), out, errOut) }
	case "curves":
		var c curves
		c.define(flags)
		action = func() error { return c.run(out) }
	case "-h", "-help", "--help", "help":
		_, err := io.WriteString(out, usage)
		return err
	default:
		return usageError{strings.TrimSpace("unknown command " + name + "; known: prepare, table, curves")}
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{fmt.Sprintf("%s: %v", name, err)}
	}
	if name != "table" && flags.NArg() > 0 {
		return usageError{fmt.Sprintf("%s: unexpected argument %s", name, flags.Arg(0))}
	}
	if err := action(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// files is a flag that may be given again.
type files []string

// String implements flag.Value.
func (f *files) String() string { return strings.Join(*f, ", ") }

// Set implements flag.Value.
func (f *files) Set(path string) error {
	if path == "" {
		return errors.New("no path")
	}
	*f = append(*f, path)
	return nil
}
