package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/native/recipes"
	"github.com/lorica-go/lorica/native/settings"
	"github.com/spf13/pflag"
)

// layer is where a setting comes from. A higher layer's settings count before those of the lower.
type layer int

const (
	byDefault layer = iota
	fromRecipe
	fromFile
	fromCommandLine
)

// layered are the settings of a command as they take effect.
type layered struct {
	command string
	set     *pflag.FlagSet
	flags   *flags
	layer   map[string]layer
	place   map[string]string // of what does not come from the command line
	args    []string
}

// settle fills in what the command line has left open: first from the file of --config, then from the recipe. To the command a
// setting looks as if it had been given on the command line.
func settle(cmd *command, f *flags, set *pflag.FlagSet, general *common) (*layered, error) {
	l := &layered{command: cmd.name, set: set, flags: f, layer: map[string]layer{}, place: map[string]string{}, args: set.Args()}
	set.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed {
			l.layer[flag.Name] = fromCommandLine
		}
	})
	if general.config != "" {
		file, err := settings.Read(general.config)
		if err != nil {
			return nil, err
		}
		if file.Command != "" && file.Command != cmd.name {
			return nil, file.Errorf(file.CommandLine, "settings of lorica %s, not of lorica %s", file.Command, cmd.name)
		}
		if err := l.add(file, fromFile); err != nil {
			return nil, err
		}
	}
	if general.recipe == "" {
		return l, nil
	}
	recipe, err := recipes.Open(cmd.name, general.recipe)
	if err != nil {
		return nil, usagef("--recipe: %s", err)
	}
	return l, l.add(recipe, fromRecipe)
}

// notInFiles are flags that say what to do now, and are no settings.
var notInFiles = []string{"help", "config", "print-config", "list-recipes"}

// add takes from a file what no higher layer has set.
func (l *layered) add(file *settings.File, from layer) error {
	seen := map[string]int{}
	for _, e := range file.Entries {
		flag := l.set.Lookup(strings.ReplaceAll(e.Name, "_", "-"))
		if flag == nil || slices.Contains(notInFiles, flag.Name) {
			return file.Errorf(e.Line, "unknown setting %q%s", e.Name, didYouMean(e.Name, l.names()))
		}
		if line, twice := seen[flag.Name]; twice {
			return file.Errorf(e.Line, "%q stands on line %d already", e.Name, line)
		}
		seen[flag.Name] = e.Line
		if err := checkKinds(file, e, flag); err != nil {
			return err
		}
		if l.layer[flag.Name] > from || l.overridden(flag.Name, from) {
			continue
		}
		if err := setFlag(file, e, flag); err != nil {
			return err
		}
		l.layer[flag.Name] = from
		l.place[flag.Name] = fmt.Sprintf("%s:%d", file.Name, e.Line)
	}
	if len(l.args) == 0 {
		l.args = file.Arguments
	}
	return nil
}

// names lists what a file may set.
func (l *layered) names() []string {
	var names []string
	l.set.VisitAll(func(flag *pflag.Flag) {
		if !slices.Contains(notInFiles, flag.Name) {
			names = append(names, flag.Name)
		}
	})
	return names
}

// overridden reports whether a higher layer has a setting beside which this one means nothing.
func (l *layered) overridden(name string, from layer) bool {
	return slices.ContainsFunc(l.flags.winners[name], func(winner string) bool { return l.layer[winner] > from })
}

// kindsOf returns the kinds of values that a flag takes, and what to call them.
func kindsOf(flag *pflag.Flag) (kinds []settings.Kind, want string) {
	kind := flag.Value.Type()
	switch {
	case kind == "duration":
		return []settings.Kind{settings.Text}, "a duration such as 2s"
	case strings.HasPrefix(kind, "bool"):
		return []settings.Kind{settings.Bool}, "true or false"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"), kind == "count":
		return []settings.Kind{settings.Integer}, "a whole number"
	case strings.HasPrefix(kind, "float"):
		return []settings.Kind{settings.Float, settings.Integer}, "a number"
	}
	return []settings.Kind{settings.Text, settings.Integer, settings.Float}, "text"
}

// checkKinds compares the types of a setting's values with what its flag takes.
func checkKinds(file *settings.File, e settings.Entry, flag *pflag.Flag) error {
	kinds, want := kindsOf(flag)
	if _, takesList := flag.Value.(pflag.SliceValue); e.List && !takesList {
		return file.Errorf(e.Line, "%q: want %s, got a list", e.Name, want)
	}
	for _, v := range e.Values {
		if slices.Contains(kinds, v.Kind) {
			continue
		}
		got := v.Kind.String()
		if v.Kind != settings.Null {
			got += fmt.Sprintf(" (%.40s)", v.Text)
		}
		return file.Errorf(v.Line, "%q: want %s, got %s", e.Name, want, got)
	}
	return nil
}

// setFlag gives a flag a setting's values.
func setFlag(file *settings.File, e settings.Entry, flag *pflag.Flag) error {
	var err error
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		texts := make([]string, len(e.Values))
		for i, v := range e.Values {
			texts[i] = v.Text
		}
		err = list.Replace(texts)
	} else {
		err = flag.Value.Set(e.Values[0].Text)
	}
	if err != nil {
		return file.Errorf(e.Line, "%q: %.40s: %w", e.Name, e.Values[0].Text, err)
	}
	flag.Changed = true
	return nil
}

// notSaved are general flags that have no influence on what is done.
var notSaved = append([]string{"json", "recipe"}, notInFiles...)

// number is what JSON and YAML both take for a number and spell alike.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// settings lists what takes effect, with its place, and as comments what was left at its default.
func (l *layered) settings() []settings.Setting {
	var all []settings.Setting
	l.set.VisitAll(func(flag *pflag.Flag) {
		if slices.Contains(notSaved, flag.Name) || slices.Contains(l.flags.once, flag.Name) {
			return
		}
		s := settings.Setting{Name: flag.Name, Default: !flag.Changed, Comment: l.place[flag.Name]}
		kinds, _ := kindsOf(flag)
		s.Kind = kinds[0]
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			s.List, s.Values = true, list.GetSlice()
		} else {
			s.Values = []string{flag.Value.String()}
			if s.Kind == settings.Text && number.MatchString(s.Values[0]) {
				s.Kind = settings.Float // 0.2 reads better than "0.2", and means the same to a flag that takes text
			}
		}
		if s.Default {
			if len(s.Values) == 0 || flag.DefValue == "" {
				return // nothing, or what the command knows better
			}
			s.Comment = "default"
		}
		all = append(all, s)
	})
	if len(l.args) > 0 {
		all = append(all, settings.Setting{Name: settings.Arguments, Kind: settings.Text, List: true, Values: l.args})
	}
	return all
}

// save writes the settings as a file for --config, without their places, which may be gone when it is read.
func (l *layered) save(w io.Writer) error {
	all := l.settings()
	for i := range all {
		if !all[i].Default {
			all[i].Comment = ""
		}
	}
	return settings.WriteYAML(w, l.command, all)
}

// print prints the settings, with their places unless as JSON.
func (l *layered) print(c *console, asJSON bool) error {
	if asJSON {
		return settings.WriteJSON(c.out, l.command, l.settings())
	}
	return settings.WriteYAML(c.out, l.command, l.settings())
}

// recipeFact is what --list-recipes says of a recipe.
type recipeFact struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

// printRecipes prints a command's recipes.
func printRecipes(c *console, command string, asJSON bool) error {
	for i, name := range recipes.Names(command) {
		recipe, err := recipes.Open(command, name)
		if err != nil {
			return err
		}
		about := strings.Join(strings.Fields(recipe.About), " ")
		if asJSON {
			if err := c.print(recipeFact{name, about}); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintf(c.out, "%s\n%s\n", c.style(bold, name), indented(about, c.width))
	}
	return nil
}
