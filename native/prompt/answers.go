package prompt

import (
	"encoding/json"
	"log/slog"
	"sync"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/linelog"
)

// answers are all exchanges that a journal holds, by the key of their question, in the order of the attempts. Its methods may be
// called by several goroutines at once.
type answers struct {
	mu    sync.Mutex
	file  *linelog.File
	known map[string][]*Exchange
}

// openAnswers reads the journal at path, or makes it. With forget, attempts at single texts that have had no use are left out,
// so that they are asked for again; the caller tells use from none.
func openAnswers(path string, forget func(e *Exchange) bool, log *slog.Logger) (*answers, error) {
	a := &answers{known: map[string][]*Exchange{}}
	var err error
	a.file, err = linelog.Open(path, maxExchange, func(_ int, line []byte) error {
		e, err := parseExchange(line)
		if err != nil {
			return err
		}
		if forget == nil || !forget(e) {
			a.keep(e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if a.file.Repaired > 0 {
		log.Warn("the last answer was not written to its end and is asked for again", "file", path)
	}
	return a, nil
}

// keep puts an exchange into its place. A later one for the same attempt, as asking again leaves it, takes the place of an earlier.
func (a *answers) keep(e *Exchange) {
	list := a.known[e.Key]
	for i := range list {
		if list[i].Attempt == e.Attempt {
			list[i] = e
			return
		}
	}
	a.known[e.Key] = append(list, e)
}

// find returns the exchange for a question's attempt, or nil.
func (a *answers) find(key string, attempt int) *Exchange {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.known[key] {
		if e.Attempt == attempt {
			return e
		}
	}
	return nil
}

// add writes an exchange to the disk.
func (a *answers) add(e *Exchange) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if len(line) > maxExchange {
		return badinput.Errorf("an answer of %d bytes", len(line))
	}
	if err := a.file.Append(line); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keep(e)
	return nil
}

// len is how many exchanges there are.
func (a *answers) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, list := range a.known {
		n += len(list)
	}
	return n
}

func (a *answers) close() error { return a.file.Close() }
