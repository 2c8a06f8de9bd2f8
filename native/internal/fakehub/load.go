package fakehub

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// aboutFile may stand in a repository's folder and holds what the hub says of it, a Repo in JSON; it is no file of the repository.
const aboutFile = "hub.json"

// Load puts every folder root/org/name on the hub as the repository org/name, with the files in it. It returns the ids.
func (h *Hub) Load(root string) ([]string, error) {
	folders, err := filepath.Glob(filepath.Join(root, "*", "*"))
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, folder := range folders {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		repo, err := ReadRepo(folder)
		if err != nil {
			return nil, err
		}
		id := filepath.Base(filepath.Dir(folder)) + "/" + filepath.Base(folder)
		h.Put(id, repo)
		ids = append(ids, id)
	}
	return ids, nil
}

// ReadRepo reads a folder with all that is below it.
func ReadRepo(folder string) (Repo, error) {
	r := Repo{Files: map[string][]byte{}}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(folder)+"/")
		if name != aboutFile {
			r.Files[name] = content
			return nil
		}
		if err := json.Unmarshal(content, &r); err != nil {
			return badinput.Errorf("%s: %w", path, err)
		}
		return nil
	})
	if err != nil {
		return Repo{}, fmt.Errorf("fake hub: %w", err)
	}
	return r, nil
}
