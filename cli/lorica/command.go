package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/native/recipes"
	"github.com/spf13/pflag"
)

// command is one of lorica's commands, or a group of them such as hub, whose commands have names of two words.
type command struct {
	name     string // the words behind lorica: "train", "hub", "hub pull"
	args     string // what may follow the flags, as the usage line shows it
	summary  string // for the list of commands; no full stop
	about    string // paragraphs for --help
	examples []example
	// define declares the flags and returns what runs once they have been read. A group has none.
	define func(f *flags) action
	group  []*command
}

// example is a command line with what it is for.
type example struct{ purpose, line string }

// action runs a command. An error that satisfies badinput.Is exits with 3, a usageError with 2, others with 1.
type action func(ctx context.Context, c *console, args []string) error

// commands are in the order in which the help lists them.
func commands() []*command {
	return []*command{
		demoCommand(), trainCommand(), pretrainCommand(), evalCommand(), compareCommand(), promptCommand(), classifyCommand(), exportCommand(), verifyCommand(),
		tokenizeCommand(), tokenizerCommand(), dataCommand(),
		steamCommand(), hubCommand(), webCommand(), infoCommand(), benchCommand(),
		versionCommand(), completionCommand(), helpCommand(),
	}
}

// runnable returns the commands that do something: those of the groups in place of the groups.
func runnable() []*command {
	var all []*command
	for _, cmd := range commands() {
		if cmd.group != nil {
			all = append(all, cmd.group...)
		} else {
			all = append(all, cmd)
		}
	}
	return all
}

// namesOf returns the last words of the commands' names: what is typed to choose among them.
func namesOf(commands []*command) []string {
	var names []string
	for _, cmd := range commands {
		names = append(names, cmd.name[strings.LastIndexByte(cmd.name, ' ')+1:])
	}
	return names
}

// findCommand returns the command or the group that the words name. It returns nil for a group's unknown command, too, with the
// group, and otherwise as many words as the name has.
func findCommand(words []string) (cmd, group *command, used int) {
	among := commands()
	for used < len(words) {
		i := slices.Index(namesOf(among), words[used])
		if i < 0 {
			return nil, group, used
		}
		used++
		if among[i].group == nil {
			return among[i], group, used
		}
		group = among[i]
		among = group.group
	}
	return group, group, used
}

// unknownCommand is the error for words that findCommand did not know.
func unknownCommand(words []string, group *command, used int) error {
	among := commands()
	if group != nil {
		among = group.group
	}
	name := strings.Join(words[:used+1], " ")
	return usagef("unknown command %q%s", name, didYouMean(words[used], namesOf(among)))
}

// flags collects a command's flags in groups, as the help shows them.
type flags struct {
	titles  []string
	sets    []*pflag.FlagSet
	winners map[string][]string // by flag: those beside which it means nothing
	once    []string            // flags that are for this time only, and no settings to keep
}

// override says that a flag takes the place of others. Given on the command line it then silences those of a file or a recipe;
// given beside them it is for the command to complain.
func (f *flags) override(winner string, losers ...string) {
	if f.winners == nil {
		f.winners = map[string][]string{}
	}
	for _, loser := range losers {
		f.winners[loser] = append(f.winners[loser], winner)
	}
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
	json, quiet, help        bool
	threads                  int
	level                    string
	config, recipe           string
	printConfig, listRecipes bool
}

func (v *common) define(f *flags, cmd *command) {
	set := f.group("General")
	set.StringVar(&v.config, "config", "", "take settings from this `FILE` (YAML or JSON) where the command line has none")
	set.BoolVar(&v.printConfig, "print-config", false, "print the settings in effect as such a file, and do nothing else")
	if names := recipes.Names(cmd.name); len(names) > 0 {
		set.StringVar(&v.recipe, "recipe", "", "take settings from the recipe `NAME` where neither has one: "+strings.Join(names, ", "))
		set.BoolVar(&v.listRecipes, "list-recipes", false, "show what the recipes are for")
	}
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
	switch args[0] {
	case "-h", "--help":
		printRootHelp(c.out, c)
		return "", nil
	case "--version":
		args = append([]string{"version"}, args[1:]...)
	}
	cmd, group, used := findCommand(args)
	switch {
	case cmd != nil && cmd.group != nil:
		printGroupHelp(c.err, c, cmd)
		return "", errReported{usagef("no command of %s", cmd.name)}
	case cmd == nil && group != nil && (args[used] == "-h" || args[used] == "--help"):
		printGroupHelp(c.out, c, group)
		return "", nil
	case cmd == nil:
		place := ""
		if group != nil {
			place = group.name
		}
		if strings.HasPrefix(args[used], "-") {
			return place, usagef("unknown flag %s: a command comes first", args[used])
		}
		return place, unknownCommand(args, group, used)
	}
	var f flags
	var general common
	act := cmd.define(&f)
	whole, err := parseFlags(cmd, &f, &general, args[used:])
	if err != nil {
		return cmd.name, err
	}
	if general.help {
		printHelp(c.out, c, cmd, &f)
		return cmd.name, nil
	}
	if general.listRecipes {
		return cmd.name, printRecipes(c, cmd.name, general.json)
	}
	if c.settings, err = settle(cmd, &f, whole, &general); err != nil {
		return cmd.name, err
	}
	if general.printConfig {
		return cmd.name, c.settings.print(c, general.json)
	}
	if err := general.apply(c); err != nil {
		return cmd.name, err
	}
	return cmd.name, act(ctx, c, c.settings.args)
}

// parseFlags reads the arguments of a command that has defined its own flags; general gets those of every command.
func parseFlags(cmd *command, f *flags, general *common, args []string) (*pflag.FlagSet, error) {
	general.define(f, cmd)
	whole := f.all(cmd.name)
	if err := whole.Parse(args); err != nil {
		return nil, flagError(err, whole)
	}
	return whole, nil
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
