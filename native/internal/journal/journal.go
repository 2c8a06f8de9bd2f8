package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Journal is an open journal. It is not safe for concurrent use.
type Journal struct {
	rowsPath, statePath string
	disk                disk
	unlock              func() error

	rows, state file
	end         int64 // how much of the rows file counts
	stateEnd    int64 // how much of the state file counts
	notes       int   // how many commits that count have one
	uncommitted int64 // what the rows file has behind end
	broken      error // set by a failure, after which only opening can tell what the files hold
}

// commit is a line of the state file.
type commit struct {
	End  int64           `json:"end"`
	Note json.RawMessage `json:"note,omitempty"`
	// SHA256 marks an intent: it is the digest of the rows file that is going to have End bytes.
	SHA256 string `json:"sha256,omitempty"`
	// Done declares that the intent before it has been carried out.
	Done bool `json:"done,omitempty"`
}

var errNewline = errors.New("journal: rows without a newline at their end")

// maxLine bounds a line of the state file, in bytes.
const maxLine = 64 << 20

// Empty reports whether nothing has been committed.
func (j *Journal) Empty() bool { return j.notes == 0 }

// End is how many bytes of the rows file count.
func (j *Journal) End() int64 { return j.end }

// Uncommitted is how many bytes the rows file has behind End: what a crash left, or what others appended. The next Append or
// Rewrite cuts them off.
func (j *Journal) Uncommitted() int64 { return j.uncommitted }

// Rows returns a reader of the rows that count. It is valid until the next Rewrite or Close.
func (j *Journal) Rows() *io.SectionReader { return io.NewSectionReader(j.rows, 0, j.end) }

// Append adds rows, each of which ends in a newline, and commits them with a note in any form that encoding/json writes. There
// may be no rows. After an error the journal takes nothing more; opened again, it has the rows with the note, or neither.
func (j *Journal) Append(rows []byte, note any) error {
	if j.broken != nil {
		return fmt.Errorf("journal: used after a failure: %w", j.broken)
	}
	if len(rows) > 0 && rows[len(rows)-1] != '\n' {
		return errNewline
	}
	encoded, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.broken = j.append(rows, encoded)
	return j.broken
}

func (j *Journal) append(rows, note []byte) error {
	if err := j.cut(); err != nil {
		return err
	}
	if len(rows) > 0 {
		_, err := j.rows.WriteAt(rows, j.end)
		if err == nil {
			err = j.rows.Sync()
		}
		if err != nil {
			_ = j.rows.Truncate(j.end) // what stays is cut off when the journal is opened
			return blame(j.rowsPath, err)
		}
	}
	end := j.end + int64(len(rows))
	if err := j.commit(commit{End: end, Note: note}); err != nil {
		return err
	}
	j.end = end
	j.notes++
	return nil
}

// commit writes a line at the end of the state file. When it fails, the line may be there or not, so the rows must stay as they
// are.
func (j *Journal) commit(c commit) error {
	line, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if line = append(line, '\n'); len(line) > maxLine {
		return fmt.Errorf("journal: a commit of %d bytes, more than %d", len(line), maxLine)
	}
	if _, err = j.state.WriteAt(line, j.stateEnd); err == nil {
		err = j.state.Sync()
	}
	if err != nil {
		return blame(j.statePath, err)
	}
	j.stateEnd += int64(len(line))
	return nil
}

// cut removes what the rows file has behind its end.
func (j *Journal) cut() error {
	if j.uncommitted == 0 {
		return nil
	}
	if err := j.rows.Truncate(j.end); err != nil {
		return blame(j.rowsPath, err)
	}
	j.uncommitted = 0
	return nil
}

// Close closes the files and lifts the lock. What has not been committed never happened.
func (j *Journal) Close() error {
	var err error
	for _, f := range []file{j.rows, j.state} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return errors.Join(err, j.unlock())
}

// blame names the file whose fault an error is.
func blame(path string, err error) error { return badinput.Errorf("%s: %w", path, reason(err)) }
