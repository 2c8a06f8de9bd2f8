package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/pflag"
)

func helpCommand() *command {
	return &command{
		name: "help", args: "[COMMAND]",
		summary: "show the help of a command",
		about:   "Shows what a command does, its flags and examples of its use; without a command, the list of all.",
		examples: []example{
			{"what train can do", "lorica help train"},
		},
		define: func(*flags) action {
			return func(_ context.Context, c *console, args []string) error {
				switch len(args) {
				case 0:
					printRootHelp(c.out, c)
					return nil
				case 1:
				default:
					return usagef("unexpected argument %q", args[1])
				}
				cmd := findCommand(args[0])
				if cmd == nil {
					return usagef("unknown command %q%s", args[0], didYouMean(args[0], commandNames()))
				}
				var f flags
				var general common
				cmd.define(&f)
				general.define(&f)
				printHelp(c.out, c, cmd, &f)
				return nil
			}
		},
	}
}

func commandNames() []string {
	var names []string
	for _, cmd := range commands() {
		names = append(names, cmd.name)
	}
	return names
}

// printRootHelp lists the commands.
func printRootHelp(w io.Writer, c *console) {
	fmt.Fprintf(w, "lorica fine-tunes encoder classifiers with LoRA, evaluates, merges and runs them.\n\n%s\n  lorica COMMAND [flags]\n\n%s\n",
		c.style(bold, "Usage:"), c.style(bold, "Commands:"))
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %-11s %s\n", cmd.name, cmd.summary)
	}
	fmt.Fprintf(w, `
Results go to standard output, progress and logs to standard error. The exit status is 0 for success, 1 for failure,
2 for wrong usage, 3 for bad input and 130 for an interruption. LORICA_CPU=generic|avx2|avx512 caps the instruction set.

%s
  lorica train --model MODEL --data reviews.jsonl --test-size 0.2 --out run
  lorica classify --model run/model.safetensors --text "best game of the year"

lorica COMMAND --help has the flags and examples of a command.
`, c.style(bold, "Examples:"))
}

// printHelp shows a command: usage, description, flags by group, examples.
func printHelp(w io.Writer, c *console, cmd *command, f *flags) {
	title := func(text string) string { return c.style(bold, text+":") }
	usage := strings.TrimSpace("lorica " + cmd.name + " [flags] " + cmd.args)
	fmt.Fprintf(w, "lorica %s: %s\n\n%s\n  %s\n\n%s\n", cmd.name, cmd.summary, title("Usage"), usage, strings.TrimSpace(cmd.about))
	column := 0
	for _, set := range f.sets {
		set.VisitAll(func(flag *pflag.Flag) { column = max(column, len(flagName(flag))+2) })
	}
	for i, set := range f.sets {
		fmt.Fprintf(w, "\n%s\n", title(f.titles[i]))
		set.VisitAll(func(flag *pflag.Flag) {
			about := text.WrapSoft(flagAbout(flag), max(min(c.width, 120)-column, 40))
			for i, line := range strings.Split(about, "\n") {
				name := ""
				if i == 0 {
					name = flagName(flag)
				}
				fmt.Fprintf(w, "%-*s%s\n", column, name, strings.TrimSpace(line))
			}
		})
	}
	if len(cmd.examples) > 0 {
		fmt.Fprintf(w, "\n%s\n", title("Examples"))
		for i, e := range cmd.examples {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "  %s\n  %s\n", c.style(faint, "# "+e.purpose), e.line)
		}
	}
}

// flagName is the left column of a flag: its names and the kind of its value.
func flagName(f *pflag.Flag) string {
	name := "      --" + f.Name
	if f.Shorthand != "" {
		name = "  -" + f.Shorthand + ", --" + f.Name
	}
	kind, _ := pflag.UnquoteUsage(f)
	switch {
	case f.Value.Type() == "bool":
	case f.NoOptDefVal != "":
		name += "[=" + kind + "]"
	default:
		name += " " + kind
	}
	return name
}

// flagAbout is what a flag does, with its default unless that is nothing.
func flagAbout(f *pflag.Flag) string {
	_, about := pflag.UnquoteUsage(f)
	switch f.DefValue {
	case "", "0", "0s", "false", "[]":
		return about
	}
	return about + " (default " + strings.Trim(f.DefValue, "[]") + ")"
}
