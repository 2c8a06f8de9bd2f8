package atomicfile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// steps are the changes to folders that a crash can fall between; tests replace them to fall there.
type steps struct {
	rename   func(from, to string) error // replaces a file, never a folder
	exchange func(a, b string) error     // errors.ErrUnsupported where that is not possible in one step
	remove   func(path string) error     // a file or a whole folder; no error if it is not there
	syncDir  func(path string) error     // makes renames inside the folder last, where the platform can
}

func system() steps {
	return steps{rename: os.Rename, exchange: exchange, remove: os.RemoveAll, syncDir: syncDir}
}

const (
	temporaryMark = ".tmp-"
	randomBytes   = 8
)

// sibling returns the hidden name beside path that ends in suffix.
func sibling(path, suffix string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+suffix)
}

// temporaryName returns a fresh hidden name beside path.
func temporaryName(path string) string {
	var random [randomBytes]byte
	_, _ = rand.Read(random[:]) // never fails, by its contract
	return sibling(path, temporaryMark+hex.EncodeToString(random[:]))
}

// removeLeftovers removes what killed processes left of path under temporary names.
func removeLeftovers(path string, do steps) error {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		// A folder that may be written but not listed: there is nothing to tidy that could be found.
		if errors.Is(err, fs.ErrPermission) {
			return nil
		}
		return blame(err)
	}
	prefix := filepath.Base(sibling(path, temporaryMark))
	for _, entry := range entries {
		random, ok := strings.CutPrefix(entry.Name(), prefix)
		if _, err := hex.DecodeString(random); !ok || err != nil || len(random) != 2*randomBytes {
			continue
		}
		if err := do.remove(filepath.Join(filepath.Dir(path), entry.Name())); err != nil {
			return blame(err)
		}
	}
	return nil
}

// blame marks an error of the file system as caused by the input and leaves out the temporary names that it mentions, which
// say nothing to the user; Write and WriteDir name the path.
func blame(err error) error {
	if err == nil || badinput.Is(err) {
		return err
	}
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return badinput.Errorf("%w", err)
}
