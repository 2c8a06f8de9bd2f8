package recipes

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/settings"
)

//go:embed train
var files embed.FS

const ending = ".yaml"

// Names returns the names of a command's recipes, sorted; none for a command that has none.
func Names(command string) []string {
	entries, err := fs.ReadDir(files, folder(command))
	if err != nil {
		return nil // no folder, no recipes
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ending); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// folder is where a command's recipes are: its words, joined.
func folder(command string) string { return strings.ReplaceAll(command, " ", "-") }

// Open reads a recipe.
func Open(command, name string) (*settings.File, error) {
	names := Names(command)
	if !slices.Contains(names, name) {
		return nil, badinput.Errorf("recipe %q: want one of %s", name, strings.Join(names, ", "))
	}
	content, err := files.ReadFile(path.Join(folder(command), name+ending))
	if err != nil {
		return nil, fmt.Errorf("recipe %s: %w", name, err)
	}
	f, err := settings.Parse("recipe "+name, content)
	if err != nil {
		return nil, err
	}
	if f.Command != command {
		return nil, fmt.Errorf("recipe %s is for %q, not for %s", name, f.Command, command)
	}
	return f, nil
}
