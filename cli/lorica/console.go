package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"
)

// console is where a command reads from and writes to, and how: what kind of terminal there is, and the flags that all
// commands have.
type console struct {
	in  io.Reader
	out *bufio.Writer // results; flush makes them seen
	err *statusLine   // progress, logs, errors

	outTerminal bool // results are read by a person
	errTerminal bool
	colour      bool // of results
	width       int  // of the terminal or, where there is none, of the help, in columns

	json    bool
	quiet   bool
	threads int
	logger  *slog.Logger

	settings *layered // of the command that runs
}

// newConsole looks at the streams.
func newConsole(in io.Reader, out, errOut io.Writer) *console {
	c := &console{in: in, out: bufio.NewWriterSize(out, 1<<16), err: &statusLine{out: errOut}, width: 110}
	c.logger = newLogger(c.err, slog.LevelInfo)
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.outTerminal = true
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 20 {
			c.width = width
		}
	}
	if f, ok := errOut.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.errTerminal = os.Getenv("TERM") != "dumb"
	}
	c.colour = c.outTerminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return c
}

// pretty says that results are for a person: on a terminal, unless --json asks for the machine's form.
func (c *console) pretty() bool { return c.outTerminal && !c.json }

// flush writes out what was printed.
func (c *console) flush() error { return c.out.Flush() }

// print prints a value as one line of JSON.
func (c *console) print(value any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// printIndented prints a value as JSON for machines that a person may look at.
func (c *console) printIndented(value any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// The styles, as ANSI's select graphic rendition takes them.
const (
	bold  = "1"
	faint = "2"
	green = "32"
	red   = "31"
)

// style colours a text where colours are wanted.
func (c *console) style(style, text string) string {
	if !c.colour || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// newLogger writes records to w, without the time, which a person at a terminal knows.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			if a.Key == slog.LevelKey && len(groups) == 0 {
				a.Value = slog.StringValue(strings.ToLower(a.Value.String()))
			}
			return a
		},
	}))
}
