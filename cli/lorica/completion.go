package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/recipes"
	"github.com/spf13/pflag"
)

func completionCommand() *command {
	return &command{
		name: "completion", args: "bash|zsh|fish",
		summary: "print a shell's completion script",
		about:   "Prints a script that completes commands, flags, the values of flags that have a few, and files.",
		examples: []example{
			{"bash, for this session", "source <(lorica completion bash)"},
			{"zsh, for good", `lorica completion zsh > "${fpath[1]}/_lorica"`},
			{"fish, for good", "lorica completion fish > ~/.config/fish/completions/lorica.fish"},
		},
		define: func(*flags) action {
			return func(_ context.Context, c *console, args []string) error {
				if len(args) != 1 {
					return usagef("want one shell: bash, zsh or fish")
				}
				switch args[0] {
				case "bash":
					bashCompletion(c.out)
				case "zsh":
					zshCompletion(c.out)
				case "fish":
					fishCompletion(c.out)
				default:
					return usagef("shell %q: want bash, zsh or fish", args[0])
				}
				return nil
			}
		},
	}
}

// choices are the values of flags that have a few.
var choices = map[string][]string{
	"api":             {"v1", "legacy"},
	"conflicts":       {"keep", "drop"},
	"device":          {"cpu"},
	"direction":       {"descending", "ascending"},
	"dtype":           {"f32", "bf16", "f16", "int8"},
	"format":          {"auto", "jsonl", "json", "csv", "tsv", "txt"},
	"missing":         {"error", "wrong", "drop"},
	"kind":            {"bpe", "wordpiece"},
	"log-level":       {"debug", "info", "warn", "error"},
	"offsets":         {"bytes", "runes"},
	"order":           {"shuffled", "original", "interleaved"},
	"purchase-type":   {"all", "steam", "non-steam"},
	"review-type":     {"all", "positive", "negative"},
	"response-format": {"auto", "json_schema", "json_object", "text"},
	"sort":            {"downloads", "likes", "trending", "created", "modified"},
	"split":           {"datasets", "sklearn", "stratified"},
}

// choicesOf returns a flag's values, nil when they are not known.
func choicesOf(command, flag string) []string {
	if flag == "recipe" {
		return recipes.Names(command)
	}
	if strings.HasPrefix(command, "hub ") && flag == "format" {
		return []string{"auto", "table", "json", "markdown"}
	}
	switch command + " --" + flag {
	case "bench --sort": // a switch
		return nil
	case "export --format":
		return []string{"bundle", "hf"}
	case "steam fetch --format":
		return []string{"auto", "jsonl", "csv", "parquet"}
	case "steam fetch --order":
		return []string{"recent", "updated"}
	case "data split --split":
		return []string{"datasets", "stratified", "sklearn", "sklearn-stratified"}
	case "data show --by":
		return []string{"random", "first", "shortest", "longest"}
	}
	return choices[flag]
}

// besideFiles returns what a command, or a flag of it unless that is "", takes beside files.
func besideFiles(command, flag string) []string {
	switch {
	case flag == "model" && command != "pretrain", flag == "tokenizer": // pretraining wants a folder
	case flag == "" && (command == "verify" || command == "compare"):
	default:
		return nil
	}
	return []string{builtin.Name}
}

// wordsOf returns what a command takes in place of files, nil for files.
func wordsOf(command string) []string {
	switch command {
	case "completion":
		return []string{"bash", "zsh", "fish"}
	case "help":
		return namesOf(commands())
	}
	return nil
}

// allFlags returns a command's flags, the general ones included.
func allFlags(cmd *command) *pflag.FlagSet {
	var f flags
	var general common
	cmd.define(&f)
	general.define(&f, cmd)
	return f.all(cmd.name)
}

func bashCompletion(w io.Writer) {
	fmt.Fprintf(w, `# bash completion for lorica
_lorica_files() {
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -W "$1" -- "$cur") $(compgen -f -- "$cur"))
}
_lorica() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "%s" -- "$cur"))
        return
    fi
    case "$command" in
`, strings.Join(namesOf(commands()), " "))
	for _, cmd := range commands() {
		if cmd.group != nil {
			fmt.Fprintf(w, `        %s)
            if [ "$COMP_CWORD" -eq 2 ]; then
                COMPREPLY=($(compgen -W "%s" -- "$cur"))
                return
            fi
            command+=" ${COMP_WORDS[2]}" ;;
`, cmd.name, strings.Join(namesOf(cmd.group), " "))
		}
	}
	fmt.Fprint(w, "    esac\n    case \"$command $prev\" in\n")
	for _, cmd := range runnable() {
		allFlags(cmd).VisitAll(func(f *pflag.Flag) {
			if values := choicesOf(cmd.name, f.Name); values != nil {
				fmt.Fprintf(w, "        \"%s --%s\") COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return ;;\n", cmd.name, f.Name, strings.Join(values, " "))
			} else if names := besideFiles(cmd.name, f.Name); names != nil {
				fmt.Fprintf(w, "        \"%s --%s\") _lorica_files \"%s\"; return ;;\n", cmd.name, f.Name, strings.Join(names, " "))
			}
		})
	}
	fmt.Fprint(w, "    esac\n    local flags=\"\" words=\"\" names=\"\"\n    case \"$command\" in\n")
	for _, cmd := range runnable() {
		var names []string
		allFlags(cmd).VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		fmt.Fprintf(w, "        \"%s\") flags=\"%s\" words=\"%s\" names=\"%s\" ;;\n",
			cmd.name, strings.Join(names, " "), strings.Join(wordsOf(cmd.name), " "), strings.Join(besideFiles(cmd.name, ""), " "))
	}
	fmt.Fprint(w, `    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    elif [ -n "$words" ]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    else
        _lorica_files "$names"
    fi
}
complete -F _lorica lorica
`)
}

func zshCompletion(w io.Writer) {
	quote := func(s string) string {
		return strings.NewReplacer(`\`, `\\`, `'`, `'\''`, `[`, `\[`, `]`, `\]`, `:`, `\:`).Replace(s)
	}
	fmt.Fprint(w, "#compdef lorica\n\n_lorica() {\n    local -a commands=(\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "        '%s:%s'\n", cmd.name, quote(cmd.summary))
	}
	fmt.Fprint(w, `    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
`)
	for _, cmd := range commands() {
		if cmd.group != nil {
			fmt.Fprintf(w, `    %s)
        if (( CURRENT == 2 )); then
            _values command %s
            return
        fi
        command+=" $words[2]"
        shift words
        (( CURRENT-- )) ;;
`, cmd.name, strings.Join(namesOf(cmd.group), " "))
		}
	}
	fmt.Fprint(w, "    esac\n    case $command in\n")
	for _, cmd := range runnable() {
		fmt.Fprintf(w, "    %s)\n        _arguments \\\n", strings.ReplaceAll(cmd.name, " ", `\ `))
		allFlags(cmd).VisitAll(func(f *pflag.Flag) {
			name, usage := pflag.UnquoteUsage(f)
			value := ""
			switch values := choicesOf(cmd.name, f.Name); {
			case values != nil:
				value = ":" + f.Name + ":(" + strings.Join(values, " ") + ")"
			case besideFiles(cmd.name, f.Name) != nil:
				value = ":" + quote(name) + ":" + zshOrFiles(besideFiles(cmd.name, f.Name))
			case f.NoOptDefVal == "":
				value = ":" + quote(name) + ":_files"
			}
			fmt.Fprintf(w, "            '*--%s[%s]%s' \\\n", f.Name, quote(usage), value)
		})
		if words := wordsOf(cmd.name); words != nil {
			fmt.Fprintf(w, "            '*:word:(%s)'\n        ;;\n", strings.Join(words, " "))
		} else if names := besideFiles(cmd.name, ""); names != nil {
			fmt.Fprintf(w, "            '*:file:%s'\n        ;;\n", zshOrFiles(names))
		} else {
			fmt.Fprint(w, "            '*:file:_files'\n        ;;\n")
		}
	}
	fmt.Fprint(w, "    esac\n}\n\nif [ \"$funcstack[1]\" = \"_lorica\" ]; then\n    _lorica \"$@\"\nelse\n    compdef _lorica lorica\nfi\n")
}

// zshOrFiles is the action that offers names and files.
func zshOrFiles(names []string) string {
	return `{_alternative "names:name:(` + strings.Join(names, " ") + `)" "files:file:_files"}`
}

func fishCompletion(w io.Writer) {
	quote := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'" }
	fmt.Fprint(w, "# fish completion for lorica\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "complete -c lorica -n __fish_use_subcommand -f -a %s -d %s\n", cmd.name, quote(cmd.summary))
	}
	for _, cmd := range commands() {
		for _, sub := range cmd.group {
			word := namesOf([]*command{sub})[0]
			fmt.Fprintf(w, "complete -c lorica -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from %s' -f -a %s -d %s\n",
				cmd.name, strings.Join(namesOf(cmd.group), " "), word, quote(sub.summary))
		}
	}
	for _, cmd := range runnable() {
		seen := "'__fish_seen_subcommand_from " + strings.ReplaceAll(cmd.name, " ", "; and __fish_seen_subcommand_from ") + "'"
		if words := wordsOf(cmd.name); words != nil {
			fmt.Fprintf(w, "complete -c lorica -n %s -f -a %s\n", seen, quote(strings.Join(words, " ")))
		} else if names := besideFiles(cmd.name, ""); names != nil {
			fmt.Fprintf(w, "complete -c lorica -n %s -a %s\n", seen, quote(strings.Join(names, " ")))
		}
		allFlags(cmd).VisitAll(func(f *pflag.Flag) {
			_, usage := pflag.UnquoteUsage(f)
			line := fmt.Sprintf("complete -c lorica -n %s -l %s", seen, f.Name)
			if f.Shorthand != "" {
				line += " -s " + f.Shorthand
			}
			switch values := choicesOf(cmd.name, f.Name); {
			case values != nil:
				line += " -x -a " + quote(strings.Join(values, " "))
			case besideFiles(cmd.name, f.Name) != nil:
				line += " -r -a " + quote(strings.Join(besideFiles(cmd.name, f.Name), " "))
			case f.NoOptDefVal == "":
				line += " -r"
			}
			fmt.Fprintln(w, line+" -d "+quote(usage))
		})
	}
}
