package hub

import (
	"io"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
)

// point makes pointer, a file's name in a snapshot, lead to the blob: by a relative link, so that the cache may move, or where
// that cannot be by the content itself. A fresh blob, to which nothing else leads, is moved then, as huggingface_hub does.
func (c *Client) point(blob, pointer string, fresh bool) error {
	if err := os.MkdirAll(filepath.Dir(pointer), 0o777); err != nil {
		return badinput.Errorf("%w", err)
	}
	if !c.config.CopyFiles {
		if err := link(blob, pointer); err == nil {
			return nil
		}
	}
	if fresh {
		if err := os.Rename(blob, pointer); err != nil {
			return badinput.Errorf("%w", err)
		}
		return nil
	}
	return atomicfile.Write(pointer, func(w io.Writer) error {
		f, err := os.Open(blob)
		if err != nil {
			return badinput.Errorf("%w", err)
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}

// link puts a link in the place of whatever is at pointer, in one step.
func link(blob, pointer string) error {
	target, err := filepath.Rel(filepath.Dir(pointer), blob)
	if err != nil {
		return err
	}
	if err := os.Symlink(target, pointer); err == nil || !os.IsExist(err) {
		return err
	}
	temporary := pointer + ".link"
	_ = os.Remove(temporary) // of a killed process
	if err := os.Symlink(target, temporary); err != nil {
		return err
	}
	return os.Rename(temporary, pointer)
}
