package journal

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/badinput"
)

// ErrNoState is what Open returns, wrapped, for a rows file that no state file belongs to.
var ErrNoState = errors.New("is there already, and no state file says that it may be continued")

// maxTail bounds what a crash can have left behind the rows that count, in bytes: more was appended by others.
const maxTail = 64 << 20

// Open opens a journal, or makes an empty one where there is none, and calls replay with the note of every commit that counts, in
// their order. Errors satisfy badinput.Is.
func Open(rowsPath, statePath string, replay func(note json.RawMessage) error) (*Journal, error) {
	return open(rowsPath, statePath, replay, osDisk{})
}

func open(rowsPath, statePath string, replay func(note json.RawMessage) error, d disk) (*Journal, error) {
	unlock, err := d.lock(lockPath(statePath))
	if err != nil {
		return nil, blame(rowsPath, err)
	}
	j := &Journal{rowsPath: rowsPath, statePath: statePath, disk: d, unlock: unlock}
	if err := j.open(replay); err != nil {
		_ = j.Close() // the first error is the one to report
		return nil, err
	}
	return j, nil
}

// Remove removes a journal's files, if they are there.
func Remove(rowsPath, statePath string) error {
	d := osDisk{}
	unlock, err := d.lock(lockPath(statePath))
	if err != nil {
		return blame(rowsPath, err)
	}
	err = d.remove(rowsPath)
	if err == nil { // the state goes last, as rows without one would not be known to be a journal's
		err = d.remove(statePath)
	}
	return errors.Join(err, unlock())
}

// lockPath is the hidden file that is locked.
func lockPath(statePath string) string {
	return filepath.Join(filepath.Dir(statePath), "."+filepath.Base(statePath)+".lock")
}

func (j *Journal) open(replay func(note json.RawMessage) error) error {
	known, err := j.disk.exists(j.statePath)
	if err != nil {
		return err
	}
	if !known {
		if err := j.begin(); err != nil {
			return err
		}
	}
	if j.state, err = j.disk.open(j.statePath); err != nil {
		return blame(j.statePath, err)
	}
	intent, err := j.readState(replay)
	if err != nil {
		return err
	}
	size, err := j.openRows()
	if err != nil {
		return err
	}
	if intent != nil {
		if err := j.finish(*intent, size, replay); err != nil {
			return err
		}
	}
	return j.checkRows(size)
}

// begin makes the state file of a new journal, with a first line that commits nothing, unless the rows file is somebody's.
func (j *Journal) begin() error {
	exists, err := j.disk.exists(j.rowsPath)
	if err != nil {
		return err
	}
	if exists {
		rows, err := j.disk.open(j.rowsPath)
		if err != nil {
			return blame(j.rowsPath, err)
		}
		size, err := rows.Size()
		if err := errors.Join(err, rows.Close()); err != nil {
			return blame(j.rowsPath, err)
		}
		if size > 0 {
			return badinput.Errorf("%s %w", j.rowsPath, ErrNoState)
		}
	}
	return j.disk.replace(j.statePath, func(w io.Writer) error { return json.NewEncoder(w).Encode(commit{}) })
}

// openRows opens the rows file, which only a journal without rows may lack, and returns its size.
func (j *Journal) openRows() (int64, error) {
	exists, err := j.disk.exists(j.rowsPath)
	switch {
	case err != nil:
		return 0, err
	case !exists && j.end > 0:
		return 0, badinput.Errorf("%s is gone, but %s says that it has %d bytes", j.rowsPath, j.statePath, j.end)
	case !exists:
		if err := j.disk.replace(j.rowsPath, func(io.Writer) error { return nil }); err != nil {
			return 0, err
		}
	}
	if j.rows, err = j.disk.open(j.rowsPath); err != nil {
		return 0, blame(j.rowsPath, err)
	}
	size, err := j.rows.Size()
	if err != nil {
		return 0, blame(j.rowsPath, err)
	}
	return size, nil
}

// finish makes an intent at the journal's end count if it was carried out.
func (j *Journal) finish(intent commit, size int64, replay func(note json.RawMessage) error) error {
	if size != intent.End {
		return nil
	}
	there := newDigest()
	if _, err := io.Copy(there, io.NewSectionReader(j.rows, 0, size)); err != nil {
		return blame(j.rowsPath, err)
	}
	if there.sum() != intent.SHA256 {
		return nil
	}
	if err := j.commit(commit{End: intent.End, Done: true}); err != nil {
		return err
	}
	j.end = intent.End
	j.notes++
	if err := replay(intent.Note); err != nil {
		return badinput.Errorf("%s: the last line: %w", j.statePath, err)
	}
	return nil
}

// checkRows compares the rows file with the end that counts.
func (j *Journal) checkRows(size int64) error {
	j.uncommitted = size - j.end
	switch {
	case j.uncommitted < 0:
		return badinput.Errorf("%s has %d bytes, but %s says that it has %d: it was changed since", j.rowsPath, size, j.statePath, j.end)
	case j.uncommitted > maxTail:
		return badinput.Errorf("%s has %d bytes more than %s says: it was changed since", j.rowsPath, j.uncommitted, j.statePath)
	case j.end == 0:
		return nil
	}
	last := make([]byte, 1)
	if _, err := j.rows.ReadAt(last, j.end-1); err != nil {
		return blame(j.rowsPath, err)
	}
	if last[0] != '\n' {
		return badinput.Errorf("%s: no row ends at byte %d, where %s says that one does: it was changed since", j.rowsPath, j.end, j.statePath)
	}
	return nil
}
