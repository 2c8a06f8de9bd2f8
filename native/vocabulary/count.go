package vocabulary

import (
	"context"
	"errors"
	"sync"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/tokenizer/train"
)

// groupBytes is how much text is counted at a time. What is forgotten depends on it, so it must not depend on the machine.
const groupBytes = 16 << 20

// checkEvery is how many rows are read between two looks at the context.
const checkEvery = 1 << 10

// counting is the words of all files so far.
type counting struct {
	config   *Config
	counters []*train.Counter // one a thread
	words    *train.Words     // of all groups
	group    []string
	size     int // of the group, in bytes

	texts, bytes int64
	skipped      int
}

// count counts the words of all files.
func count(ctx context.Context, c *Config) (*counting, error) {
	pipeline, err := train.Pipeline(&c.Config)
	if err != nil {
		return nil, err
	}
	n := &counting{config: c, words: train.NewWords()}
	for range c.threads() {
		n.counters = append(n.counters, train.NewCounter(pipeline))
	}
	for _, path := range c.Files {
		if err := n.file(ctx, path); err != nil {
			return nil, err
		}
	}
	return n, n.flush(ctx)
}

// file reads a file to its end.
func (n *counting) file(ctx context.Context, path string) error {
	o := n.config.Read
	o.AllowEmpty = true
	in, err := data.Open(path, o)
	if err != nil {
		return err
	}
	err = n.rows(ctx, in)
	n.skipped += in.Skipped()
	if closed := in.Close(); err == nil && closed != nil {
		err = badinput.Errorf("%s: %w", in.Name(), closed)
	}
	return err
}

func (n *counting) rows(ctx context.Context, in *data.Reader) error {
	for row, err := range in.Rows() {
		if err != nil {
			return err
		}
		if row.InputIDs != nil && row.Text == "" {
			return badinput.Errorf("%w", &data.RowError{File: in.Name(), Line: row.Line, Err: errors.New("a row of token ids has no text")})
		}
		if n.texts%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n.texts++
		n.bytes += int64(len(row.Text))
		n.group = append(n.group, row.Text)
		// Empty texts count, too, for a file of empty lines must not grow without end.
		if n.size += len(row.Text) + 16; n.size >= groupBytes {
			if err := n.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush counts the group. The counters share its texts in turns of a few; sums do not depend on who counts what.
func (n *counting) flush(ctx context.Context) error {
	const turn = 64
	errs := make([]error, len(n.counters))
	var all sync.WaitGroup
	for i, counter := range n.counters {
		all.Go(func() {
			for at := i * turn; at < len(n.group) && errs[i] == nil && ctx.Err() == nil; at += len(n.counters) * turn {
				for _, text := range n.group[at:min(at+turn, len(n.group))] {
					if errs[i] = counter.Add(text); errs[i] != nil {
						break
					}
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, counter := range n.counters {
		n.words.Merge(counter.Words)
	}
	n.words.Bound(n.config.WordMemory)
	clear(n.group)
	n.group, n.size = n.group[:0], 0
	if report := n.config.OnProgress; report != nil {
		report(Progress{Texts: int(n.texts), Bytes: n.bytes, Words: n.words.Len()})
	}
	return nil
}

// tooLong is how many words were left out.
func (n *counting) tooLong() (total int64) {
	for _, counter := range n.counters {
		total += counter.TooLong
	}
	return total
}
