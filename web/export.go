package web

import (
	_ "embed" // the notes
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
)

// notes tell whoever puts the exported files on a server what the server should say of them.
//
//go:embed notes.txt
var notes string

// notesPath is where they lie, and how an export is known.
const notesPath = "README.txt"

// Export writes all that Handler serves into a folder, compressed forms beside the files, for any server of static files. What an
// earlier export left there is replaced; a folder with anything else in it is refused.
func Export(dir string, o Options) error {
	if err := mayReplace(dir); err != nil {
		return err
	}
	s, err := newSite(o, true)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return badinput.Errorf("%w", err)
	}
	return atomicfile.WriteDir(dir, func(to atomicfile.Folder) error {
		for path, a := range s.assets {
			for form := range a.forms {
				content, err := a.forms[form]()
				if err != nil {
					return err
				}
				if err := to.Write(filepath.FromSlash(path+suffixes[form]), bytesInto(content)); err != nil {
					return err
				}
			}
		}
		if s.model != nil {
			err := to.Write(filepath.FromSlash(s.modelPath), func(w io.Writer) error {
				_, err := io.Copy(w, io.NewSectionReader(s.model.Content, 0, s.model.Size))
				return err
			})
			if err != nil {
				return err
			}
		}
		return to.Write(notesPath, bytesInto(fmt.Appendf(nil, notes, headers["Content-Security-Policy"])))
	})
}

// bytesInto writes what there is.
func bytesInto(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
}

// mayReplace returns an input error if dir holds anything but an export: replacing it would delete that.
func mayReplace(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return badinput.Errorf("%w", err)
	case len(entries) == 0:
		return nil
	}
	known := map[string]bool{indexPath: true, workerPath: true, notesPath: true, "v": true, "model": true}
	hasNotes := false
	for _, entry := range entries {
		name := entry.Name()
		hasNotes = hasNotes || name == notesPath
		for _, suffix := range suffixes {
			if base := name[:max(0, len(name)-len(suffix))]; base+suffix == name && known[base] {
				name = base
				break
			}
		}
		if !known[name] {
			return badinput.Errorf("%s: holds %s, which no export wrote: name another folder", dir, entry.Name())
		}
	}
	if !hasNotes {
		return badinput.Errorf("%s: not empty, and no export: name another folder", dir)
	}
	return nil
}
