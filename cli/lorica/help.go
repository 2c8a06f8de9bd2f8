package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/builtin"
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
				cmd, group, used := findCommand(args)
				switch {
				case len(args) == 0:
					printRootHelp(c.out, c)
					return nil
				case cmd == nil:
					return unknownCommand(args, group, used)
				case used < len(args):
					return usagef("unexpected argument %q", args[used])
				case cmd.group != nil:
					printGroupHelp(c.out, c, cmd)
					return nil
				}
				var f flags
				var general common
				cmd.define(&f)
				general.define(&f, cmd)
				printHelp(c.out, c, cmd, &f)
				return nil
			}
		},
	}
}

// printRootHelp lists the commands.
func printRootHelp(w io.Writer, c *console) {
	fmt.Fprintf(w, "lorica fine-tunes encoder classifiers with LoRA, evaluates, merges and runs them.\n\n%s\n  lorica COMMAND [flags]\n\n%s\n",
		c.style(bold, "Usage:"), c.style(bold, "Commands:"))
	printSummaries(w, commands())
	fmt.Fprintf(w, `
Results go to standard output, progress and logs to standard error. The exit status is 0 for success, 1 for failure,
2 for wrong usage, 3 for bad input and 130 for an interruption. LORICA_CPU=generic|avx2|avx512|avx512-vnni
caps the instruction set.

%s
  lorica demo
  lorica classify --text "best game of the year"
  lorica train --model MODEL --data reviews.jsonl --test-size 0.2 --out run

lorica COMMAND --help has the flags and examples of a command.
`, c.style(bold, "Examples:"))
}

// printSummaries lists commands with what they are for.
func printSummaries(w io.Writer, commands []*command) {
	column := 11
	for _, cmd := range commands {
		column = max(column, len(cmd.name))
	}
	for _, cmd := range commands {
		fmt.Fprintf(w, "  %-*s %s\n", column, cmd.name, cmd.summary)
	}
}

// printGroupHelp shows a group: its description and its commands.
func printGroupHelp(w io.Writer, c *console, group *command) {
	fmt.Fprintf(w, "lorica %s: %s\n\n%s\n  lorica %s COMMAND [flags]\n\n%s\n\n%s\n", group.name, group.summary,
		c.style(bold, "Usage:"), group.name, strings.TrimSpace(group.about), c.style(bold, "Commands:"))
	printSummaries(w, group.group)
	printExamples(w, c, group.examples)
	fmt.Fprintf(w, "\nlorica %s COMMAND --help has the flags and examples of a command.\n", group.name)
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
	printExamples(w, c, cmd.examples)
}

// printExamples shows command lines, each with what it is for.
func printExamples(w io.Writer, c *console, examples []example) {
	for i, e := range examples {
		if i == 0 {
			fmt.Fprintf(w, "\n%s\n", c.style(bold, "Examples:"))
		} else {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "  %s\n  %s\n", c.style(faint, "# "+e.purpose), e.line)
	}
}

// indented wraps a text, two columns from the left.
func indented(about string, width int) string {
	lines := strings.Split(text.WrapSoft(about, max(min(width, 120)-2, 40)), "\n")
	for i, line := range lines {
		lines[i] = "  " + strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
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
	case "", "0", "0s", "false", "[]", builtin.Name: // of the built-in model the description speaks itself
		return about
	}
	return about + " (default " + strings.Trim(f.DefValue, "[]") + ")"
}
