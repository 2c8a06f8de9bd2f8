package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Limits of a file.
const (
	maxBytes   = 1 << 20
	maxEntries = 1000
	maxValues  = 10_000 // of a list
)

// Names with a meaning of their own, which are no settings.
const (
	Command   = "command"   // the command that the file is for
	About     = "about"     // for people
	Arguments = "arguments" // what follows the flags on the command line
)

// Kind is the type of a value.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Bool
	Integer
	Float
	Text
)

// String names the kind, with an article, for a message.
func (k Kind) String() string {
	return [...]string{"nothing", "a truth value", "a whole number", "a number", "text"}[k]
}

// Value is a single value.
type Value struct {
	Kind Kind
	Text string // as the file spells it, a text without quotation marks
	Line int
}

// Entry is a setting.
type Entry struct {
	Name   string
	Line   int
	List   bool
	Values []Value // one unless List
}

// File is a file of settings.
type File struct {
	Name    string
	Entries []Entry // without those of names with a meaning of their own
	// What the names with a meaning of their own say; empty where they do not stand.
	Command, About string
	CommandLine    int // where Command stands
	Arguments      []string
}

// Errorf makes an input error that names a line of the file.
func (f *File) Errorf(line int, format string, args ...any) error {
	return badinput.Errorf("%s:%d: %w", f.Name, line, fmt.Errorf(format, args...))
}

// Read reads a file.
func Read(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, badinput.Errorf("settings: %w", err)
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err != nil {
		return nil, badinput.Errorf("settings: %w", err)
	}
	return Parse(path, content)
}

// Parse reads settings. Content that is JSON, or that a name ending in .json says to be, is read as such, anything else as YAML.
func Parse(name string, content []byte) (*File, error) {
	f := &File{Name: name}
	if len(content) > maxBytes {
		return nil, badinput.Errorf("%s: more than %d bytes: that is no file of settings", name, maxBytes)
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if !utf8.Valid(content) {
		return nil, badinput.Errorf("%s: not UTF-8", name)
	}
	var all []Entry
	var err error
	if strings.EqualFold(filepath.Ext(name), ".json") || json.Valid(content) {
		all, err = f.parseJSON(content)
	} else {
		all, err = f.parseYAML(content)
	}
	if err != nil {
		return nil, err
	}
	return f, f.sort(all)
}

// sort checks names and sets those with a meaning of their own apart.
func (f *File) sort(all []Entry) error {
	if len(all) > maxEntries {
		return badinput.Errorf("%s: more than %d settings", f.Name, maxEntries)
	}
	seen := map[string]int{}
	for _, e := range all {
		if line, twice := seen[e.Name]; twice {
			return f.Errorf(e.Line, "%q stands on line %d already", e.Name, line)
		}
		seen[e.Name] = e.Line
		if len(e.Values) > maxValues {
			return f.Errorf(e.Line, "%q: more than %d values", e.Name, maxValues)
		}
		var err error
		switch e.Name {
		case Command:
			f.CommandLine = e.Line
			f.Command, err = f.text(e)
		case About:
			f.About, err = f.text(e)
		case Arguments:
			for _, v := range e.Values {
				if v.Kind != Text {
					return f.Errorf(v.Line, "%q: want text, got %s", e.Name, v.Kind)
				}
				f.Arguments = append(f.Arguments, v.Text)
			}
		default:
			f.Entries = append(f.Entries, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *File) text(e Entry) (string, error) {
	if e.List || e.Values[0].Kind != Text {
		return "", f.Errorf(e.Line, "%q: want text", e.Name)
	}
	return e.Values[0].Text, nil
}
