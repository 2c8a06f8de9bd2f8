package train

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"

	"github.com/lorica-go/lorica/internal/atomicfile"
)

// runLog is log.jsonl, a line an entry. A line that cannot be written does not end the run: the whole log is in the trainer's
// history, from which it is written again.
type runLog struct {
	path   string
	file   *os.File
	logger *slog.Logger
	broken bool
}

// openLog begins the log with the entries before a resumption, if any.
func openLog(path string, history []Entry, logger *slog.Logger) (*runLog, error) {
	l := &runLog{path: path, logger: logger}
	if err := l.rewrite(history); err != nil {
		return nil, err
	}
	var err error
	l.file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o666)
	return l, err
}

func (l *runLog) rewrite(history []Entry) error {
	return atomicfile.Write(l.path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		for _, e := range history {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// write appends an entry.
func (l *runLog) write(e Entry) {
	line, err := json.Marshal(e)
	if err == nil {
		_, err = l.file.Write(append(line, '\n'))
	}
	if err != nil && !l.broken {
		l.broken = true
		l.logger.Warn("the log will be written again when training has ended", "error", err)
	}
}

// repair writes the log again if a line of it could not be written.
func (l *runLog) repair(history []Entry) error {
	if !l.broken {
		return nil
	}
	return l.rewrite(history)
}

func (l *runLog) close() {
	if l.file != nil {
		_ = l.file.Close() // every line was checked when it was written
	}
}
