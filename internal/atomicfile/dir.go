package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/badinput"
)

const (
	newMark = ".new" // a complete folder about to take its place
	oldMark = ".old" // the complete folder whose place is being taken
)

// Folder is a folder that is being filled.
type Folder struct{ path string }

// Path returns the hidden name that the folder has until it is whole.
func (f Folder) Path() string { return f.path }

// Write calls fill with a buffered writer for a new file, name being relative to the folder; folders that it names are made. An
// error begins with name and is otherwise as that of the function Write.
func (f Folder) Write(name string, fill func(w io.Writer) error) error {
	if err := f.write(name, fill); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (f Folder) write(name string, fill func(w io.Writer) error) error {
	if !filepath.IsLocal(name) {
		return badinput.Errorf("not a name inside the folder")
	}
	path := filepath.Join(f.path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return blame(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return blame(err)
	}
	if err := pour(file, fill); err != nil {
		_ = file.Close()
		return err
	}
	return blame(file.Close())
}

// WriteDir calls fill with an empty folder and makes it the folder path, all of it or, on any error, nothing. A folder that
// stood there goes, with everything in it, and leaves its permissions to the new one. doc.go says what a crash leaves; as in
// Write, only the last flush can fail too late to be undone.
func WriteDir(path string, fill func(folder Folder) error) error {
	if err := writeDir(path, fill, system()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// Recover makes a folder whole that WriteDir was replacing when its process was killed: if path is missing and a complete
// folder waits beside it, that one takes the place, the newer before the older. It returns no error if there is nothing to do,
// and must not run while the folder is being written.
func Recover(path string) error {
	if err := restore(path, system()); err != nil {
		return fmt.Errorf("recovering %s: %w", path, err)
	}
	return nil
}

func restore(path string, do steps) error {
	path, err := follow(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return blame(err)
	}
	for _, mark := range []string{newMark, oldMark} {
		complete := sibling(path, mark)
		if _, err := os.Lstat(complete); err == nil {
			if err := do.rename(complete, path); err != nil {
				return blame(err)
			}
			return blame(do.syncDir(filepath.Dir(path)))
		}
	}
	return nil
}

func writeDir(path string, fill func(folder Folder) error, do steps) error {
	if err := restore(path, do); err != nil {
		return err
	}
	path, old, err := resolve(path)
	if err != nil {
		return err
	}
	if old != nil && !old.IsDir() {
		return badinput.Errorf("not a folder")
	}
	for _, mark := range []string{newMark, oldMark} {
		if err := do.remove(sibling(path, mark)); err != nil {
			return blame(err)
		}
	}
	if err := removeLeftovers(path, do); err != nil {
		return err
	}
	temporary := temporaryName(path)
	if err := os.Mkdir(temporary, 0o777); err != nil {
		return blame(err)
	}
	// After a swap the name is the old folder's, so it goes in any case.
	defer func() { _ = do.remove(temporary) }()
	if err := fill(Folder{temporary}); err != nil {
		return err
	}
	if old != nil {
		if err := os.Chmod(temporary, old.Mode().Perm()); err != nil {
			return blame(err)
		}
	}
	if err := syncTree(temporary, do); err != nil {
		return blame(err)
	}
	if old == nil {
		err = do.rename(temporary, path)
	} else if err = do.exchange(temporary, path); errors.Is(err, errors.ErrUnsupported) {
		err = replaceByRenames(temporary, path, do)
	}
	if err != nil {
		return blame(err)
	}
	return blame(do.syncDir(filepath.Dir(path)))
}

// replaceByRenames puts the complete folder temporary in the place of path where there is no exchange. The order keeps, at
// every moment, a complete folder under a name that Recover knows.
func replaceByRenames(temporary, path string, do steps) error {
	parent, fresh, old := filepath.Dir(path), sibling(path, newMark), sibling(path, oldMark)
	if err := do.rename(temporary, fresh); err != nil {
		return err
	}
	err := do.syncDir(parent) // the next rename must not reach the disk before this one
	if err == nil {
		err = do.rename(path, old)
	}
	if err != nil {
		_ = do.remove(fresh)
		return err
	}
	if err := do.rename(fresh, path); err != nil {
		if back := do.rename(old, path); back != nil {
			return fmt.Errorf("%w (the folders are kept as %s and %s)", err, filepath.Base(old), filepath.Base(fresh))
		}
		_ = do.remove(fresh)
		return err
	}
	// The new folder is in place; what is left of the old one is removed by the next WriteDir at the latest.
	_ = do.remove(old)
	return nil
}

// syncTree flushes every file and folder below dir to the disk.
func syncTree(dir string, do steps) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return do.syncDir(path)
		case entry.Type().IsRegular():
			return syncFile(path)
		}
		return nil
	})
}
