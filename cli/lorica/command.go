package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/pflag"
)

// command is one of lorica's commands.
type command struct {
	name     string
	args     string // what may follow the flags, as the usage line shows it
	summary  string // for the list of commands; no full stop
	about    string // paragraphs for --help
	examples []example
	// define declares the flags and returns what runs once they have been read.
	define func(f *flags) action
}

// example is a command line with what it is for.
type example struct{ purpose, line string }

// action runs a command. An error that satisfies badinput.Is exits with 3, a usageError with 2, others with 1.
type action func(ctx context.Context, c *console, args []string) error

// commands are in the order in which the help lists them.
func commands() []*command {
	return []*command{
		trainCommand(), evalCommand(), compareCommand(), promptCommand(), classifyCommand(), exportCommand(), verifyCommand(), tokenizeCommand(), infoCommand(), benchCommand(),
		versionCommand(), completionCommand(), helpCommand(),
	}
}

// findCommand returns the command of that name, or nil.
func findCommand(name string) *command {
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd
		}
	}
	return nil
}

// flags collects a command's flags in groups, as the help shows them.
type flags struct {
	titles []string
	sets   []*pflag.FlagSet
}

// group begins a group.
func (f *flags) group(title string) *pflag.FlagSet {
	set := pflag.NewFlagSet(title, pflag.ContinueOnError)
	set.SortFlags = false
	f.titles = append(f.titles, title)
	f.sets = append(f.sets, set)
	return set
}

// all returns one set of all flags.
func (f *flags) all(name string) *pflag.FlagSet {
	whole := pflag.NewFlagSet(name, pflag.ContinueOnError)
	whole.SetOutput(io.Discard)
	whole.SortFlags = false
	for _, set := range f.sets {
		whole.AddFlagSet(set)
	}
	return whole
}

// common are the flags that every command has.
type common struct {
	json, quiet, help bool
	threads           int
	level             string
}

func (v *common) define(f *flags) {
	set := f.group("General")
	set.BoolVar(&v.json, "json", false, "print JSON, on a terminal too")
	set.IntVar(&v.threads, "threads", 0, "use `N` threads (0: all that there are)")
	set.BoolVarP(&v.quiet, "quiet", "q", false, "no progress on standard error")
	set.StringVar(&v.level, "log-level", "info", "log what is at least this `LEVEL`: debug, info, warn or error")
	set.BoolVarP(&v.help, "help", "h", false, "show this help")
}

// apply sets up the console.
func (v *common) apply(c *console) error {
	var level slog.Level
	switch strings.ToLower(v.level) {
	case "debug", "info", "warn", "error":
		if err := level.UnmarshalText([]byte(v.level)); err != nil {
			return usagef("--log-level %s: %v", v.level, err)
		}
	default:
		return usagef("--log-level %q: want debug, info, warn or error", v.level)
	}
	if v.threads < 0 {
		return usagef("--threads %d: want at least 1, or 0 for all", v.threads)
	}
	if v.quiet && level < slog.LevelWarn {
		level = slog.LevelWarn
	}
	c.json, c.quiet, c.threads, c.logger = v.json, v.quiet, v.threads, newLogger(c.err, level)
	return nil
}

// dispatch finds the command, reads its flags and runs it. It returns the name for messages.
func dispatch(ctx context.Context, c *console, args []string) (string, error) {
	if len(args) == 0 {
		printRootHelp(c.err, c)
		return "", errReported{usagef("no command")}
	}
	name := args[0]
	switch name {
	case "-h", "--help":
		printRootHelp(c.out, c)
		return "", nil
	case "--version":
		name = "version"
	}
	cmd := findCommand(name)
	if cmd == nil {
		if strings.HasPrefix(name, "-") {
			return "", usagef("unknown flag %s: a command comes first", name)
		}
		return "", usagef("unknown command %q%s", name, didYouMean(name, commandNames()))
	}
	var f flags
	var general common
	act := cmd.define(&f)
	general.define(&f)
	whole := f.all(cmd.name)
	if err := whole.Parse(args[1:]); err != nil {
		return cmd.name, flagError(err, whole)
	}
	if general.help {
		printHelp(c.out, c, cmd, &f)
		return cmd.name, nil
	}
	if err := general.apply(c); err != nil {
		return cmd.name, err
	}
	return cmd.name, act(ctx, c, whole.Args())
}

// flagError turns an error of pflag into a usage error, with the flag that may have been meant.
func flagError(err error, set *pflag.FlagSet) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		set.VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		name := "--" + unknown.GetSpecifiedName()
		return usagef("unknown flag %s%s", name, didYouMean(name, names))
	}
	return usagef("%s", err)
}

// noArguments is for commands that take flags only.
func noArguments(args []string) error {
	if len(args) > 0 {
		return usagef("unexpected argument %q", args[0])
	}
	return nil
}
