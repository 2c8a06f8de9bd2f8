package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lorica-go/lorica/internal/badinput"
)

// readState plays the commits back, cuts off a line at the end that a crash tore, and returns the intent that the file ends with,
// nil for none. Without a whole first line, which begin writes in one step, the file is no journal's.
func (j *Journal) readState(replay func(note json.RawMessage) error) (intent *commit, err error) {
	size, err := j.state.Size()
	if err != nil {
		return nil, blame(j.statePath, err)
	}
	in := bufio.NewReaderSize(io.NewSectionReader(j.state, 0, size), 64<<10)
	for number := 1; j.stateEnd < size; number++ {
		line, err := readLine(in)
		if err != nil {
			return nil, badinput.Errorf("%s:%d: %w", j.statePath, number, reason(err))
		}
		c, damage := parseCommit(line, intent)
		if damage != nil && j.stateEnd > 0 && j.stateEnd+int64(len(line)) == size {
			break
		}
		if damage != nil {
			return nil, badinput.Errorf("%s:%d: %w", j.statePath, number, damage)
		}
		j.stateEnd += int64(len(line))
		if c.SHA256 != "" {
			intent = c
			continue
		}
		note := c.Note
		if c.Done {
			note = intent.Note
		}
		intent, j.end = nil, c.End
		if note == nil {
			continue
		}
		j.notes++
		if err := replay(note); err != nil {
			return nil, badinput.Errorf("%s:%d: %w", j.statePath, number, err)
		}
	}
	if size == 0 {
		return nil, badinput.Errorf("%s is empty", j.statePath)
	}
	if j.stateEnd < size {
		if err := j.state.Truncate(j.stateEnd); err != nil {
			return nil, blame(j.statePath, err)
		}
	}
	return intent, nil
}

// parseCommit reads a line of the state file; intent is that of the line before.
func parseCommit(line []byte, intent *commit) (*commit, error) {
	if line[len(line)-1] != '\n' {
		return nil, errors.New("the line is not whole")
	}
	var c commit
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, err
	}
	switch {
	case d.InputOffset() != int64(len(line)-1):
		return nil, errors.New("more than one JSON value")
	case c.End < 0:
		return nil, fmt.Errorf("an end of %d bytes", c.End)
	case c.Done && (intent == nil || intent.End != c.End):
		return nil, errors.New("done without an intent")
	}
	return &c, nil
}

// readLine returns the next line with its newline, or without one what stands at the end.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, fmt.Errorf("the line is longer than %d bytes", maxLine)
		}
		line = append(line, part...)
		if err == io.EOF && len(line) > 0 {
			err = nil
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}
