package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Rewrite replaces all rows by what fill writes, lines that end in a newline, and commits them with a note. fill is called twice
// and must write the same both times; it may read Rows. After an error the journal takes nothing more; opened again, it has the
// new rows with the note, or the old ones without it.
func (j *Journal) Rewrite(fill func(w io.Writer) error, note any) error {
	if j.broken != nil {
		return fmt.Errorf("journal: used after a failure: %w", j.broken)
	}
	encoded, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	wanted := newDigest()
	if err := fill(wanted); err != nil {
		return err
	}
	if wanted.size > 0 && wanted.last != '\n' {
		return errNewline
	}
	j.broken = j.rewrite(fill, wanted, encoded)
	return j.broken
}

func (j *Journal) rewrite(fill func(w io.Writer) error, wanted *digest, note []byte) error {
	if err := j.commit(commit{End: wanted.size, Note: note, SHA256: wanted.sum()}); err != nil {
		return err
	}
	err := j.disk.replace(j.rowsPath, func(w io.Writer) error {
		written := newDigest()
		if err := fill(io.MultiWriter(w, written)); err != nil {
			return err
		}
		if written.size != wanted.size || written.sum() != wanted.sum() {
			return errors.New("journal: the rows changed while they were written")
		}
		err := j.rows.Close() // where open files cannot be replaced
		j.rows = nil
		return err
	})
	if err != nil {
		return err
	}
	if j.rows, err = j.disk.open(j.rowsPath); err != nil {
		return blame(j.rowsPath, err)
	}
	if err := j.commit(commit{End: wanted.size, Done: true}); err != nil {
		return err
	}
	j.end, j.uncommitted = wanted.size, 0
	j.notes++
	return nil
}

// digest is a writer that keeps the length, the last byte and the SHA-256 of what it is given.
type digest struct {
	size int64
	last byte
	hash interface {
		io.Writer
		Sum(b []byte) []byte
	}
}

func newDigest() *digest { return &digest{hash: sha256.New()} }

func (d *digest) Write(p []byte) (int, error) {
	if len(p) > 0 {
		d.size, d.last = d.size+int64(len(p)), p[len(p)-1]
	}
	return d.hash.Write(p)
}

func (d *digest) sum() string { return hex.EncodeToString(d.hash.Sum(nil)) }
