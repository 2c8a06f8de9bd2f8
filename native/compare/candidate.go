package compare

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/builtin"
)

// Candidate is one of those that are compared: a model or a file of predictions.
type Candidate struct {
	Name    string // for tables; they differ
	Path    string // a model folder, a bundle, default or a file of predictions; - is predictions on standard input
	Adapter string // PEFT adapter folder to apply to a model, or empty
}

// ParseCandidates reads arguments of the form PATH or NAME=PATH, and adapters of the form NAME=DIR. Without a name, a candidate
// is called by the last part of its path, or by as many parts as tell it from the others. An argument that is the path of
// something is no NAME=PATH, whatever it holds.
func ParseCandidates(args, adapters []string) ([]Candidate, error) {
	all := make([]Candidate, len(args))
	for i, arg := range args {
		all[i].Path = arg
		if name, path, ok := strings.Cut(arg, "="); ok && !exists(arg) {
			if err := checkName(name); err != nil {
				return nil, fmt.Errorf("%q: %w", arg, err)
			}
			all[i] = Candidate{Name: name, Path: path}
		}
		if all[i].Path == "" {
			return nil, fmt.Errorf("%q: no path", arg)
		}
	}
	if err := nameRest(all); err != nil {
		return nil, err
	}
	for _, arg := range adapters {
		name, dir, ok := strings.Cut(arg, "=")
		if !ok || dir == "" {
			return nil, fmt.Errorf("adapter %q: want NAME=DIR", arg)
		}
		i := slices.IndexFunc(all, func(c Candidate) bool { return c.Name == name })
		switch {
		case i < 0:
			return nil, fmt.Errorf("adapter %q: none of those compared is called %q", arg, name)
		case all[i].Adapter != "":
			return nil, fmt.Errorf("adapter %q: %s has one already", arg, name)
		}
		all[i].Adapter = dir
	}
	return all, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// maxName bounds a candidate's name, in runes.
const maxName = 60

func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("the name is empty")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("the name has characters that cannot be shown")
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Errorf("the name is longer than %d characters", maxName)
	}
	return nil
}

// bundleName is what bundles of training runs are called, which says nothing.
const bundleName = "model.safetensors"

// nameRest names the candidates that have no name yet.
func nameRest(all []Candidate) error {
	parts := make([]int, len(all)) // of the path, that make the name; 0: the name was given
	for i, c := range all {
		if c.Name == "" {
			parts[i] = 1
			all[i].Name = lastParts(c.Path, parts[i])
		}
	}
	for {
		i, j := sameName(all)
		if i < 0 {
			return nil
		}
		longer := false
		for _, k := range []int{i, j} {
			if parts[k] == 0 {
				continue
			}
			parts[k]++
			name := lastParts(all[k].Path, parts[k])
			longer = longer || name != all[k].Name
			all[k].Name = name
		}
		if !longer {
			name := all[i].Name
			if parts[i] > 0 {
				name = lastParts(all[i].Path, 1)
			}
			return fmt.Errorf("two of those compared are called %q; name them, as in a=%s b=%s", name, all[i].Path, all[j].Path)
		}
	}
}

// sameName finds two candidates of one name; -1 where there are none.
func sameName(all []Candidate) (int, int) {
	at := map[string]int{}
	for j, c := range all {
		if i, twice := at[c.Name]; twice {
			return i, j
		}
		at[c.Name] = j
	}
	return -1, -1
}

// lastParts are the last n parts of a path, or all that it has. What bundles of training runs are called is none: it says nothing.
func lastParts(path string, n int) string {
	if path == "-" {
		return "stdin"
	}
	parts := strings.FieldsFunc(filepath.ToSlash(filepath.Clean(path)), func(r rune) bool { return r == '/' })
	if last := len(parts) - 1; last > 0 && parts[last] == bundleName && parts[last-1] != ".." {
		parts = parts[:last]
	}
	if len(parts) == 0 {
		return path
	}
	return strings.Join(parts[max(0, len(parts)-n):], "/")
}

// fileEndings are those of files of predictions, perhaps before .gz.
var fileEndings = []string{".jsonl", ".ndjson", ".json", ".csv", ".tsv"}

// isModel tells a model, which is a folder or a safetensors file, from a file of predictions. What does not exist is a model,
// unless it is called as a file of predictions is: whoever opens it knows where else to look.
func (c *Candidate) isModel() (bool, error) {
	switch {
	case c.Path == "-":
		return false, nil
	case builtin.Is(c.Path):
		return true, nil
	}
	name := strings.ToLower(c.Path)
	named := slices.Contains(fileEndings, filepath.Ext(strings.TrimSuffix(name, ".gz")))
	info, err := os.Stat(c.Path)
	switch {
	case errors.Is(err, os.ErrNotExist) && named:
		return false, badinput.Errorf("%s: no such file of predictions", c.Path)
	case errors.Is(err, os.ErrNotExist):
		return true, nil
	case err != nil:
		return false, badinput.Errorf("%w", err)
	case info.IsDir() || strings.HasSuffix(name, ".safetensors"):
		return true, nil
	case named:
		return false, nil
	}
	f, err := os.Open(c.Path)
	if err != nil {
		return false, badinput.Errorf("%w", err)
	}
	defer f.Close()
	head := make([]byte, 9)
	if _, err := io.ReadFull(f, head); err != nil {
		return false, nil // too short for a bundle; whoever reads it says what is wrong
	}
	return head[8] == '{' && binary.LittleEndian.Uint64(head) < uint64(info.Size()), nil
}
