package stream

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/lorica-go/lorica/native/data"
)

// Source gives rows one by one and io.EOF after the last. A data.Reader is one.
type Source interface {
	// Next returns the next row.
	Next() (data.Row, error)
	// Skipped is how many bad rows were passed over so far.
	Skipped() int
}

// Texts is a Source of the given texts. Their lines count from 1.
func Texts(texts []string) Source { return &textSource{texts: texts} }

type textSource struct {
	texts []string
	next  int
}

func (s *textSource) Next() (data.Row, error) {
	if s.next == len(s.texts) {
		return data.Row{}, io.EOF
	}
	s.next++
	return data.Row{Line: s.next, Text: s.texts[s.next-1]}, nil
}

func (s *textSource) Skipped() int { return 0 }

const (
	// ahead is how many rows are read before they are asked for.
	ahead = 16
	// quiet is how long a group waits for its next row before it goes out without it.
	quiet = 2 * time.Millisecond
)

// Groups yields the rows of s in groups of at most size, in order. A group is smaller when the source pauses or ends, and it
// may be used until the next is asked for. An error comes after all rows before it, with no rows, and ends the sequence; so
// does the end of ctx, whose cause is then the error, even while the source is waiting for input.
func Groups(ctx context.Context, s Source, size int) iter.Seq2[[]data.Row, error] {
	return func(yield func([]data.Row, error) bool) {
		done := make(chan struct{})
		defer close(done)
		arrivals := read(s, done)
		group := make([]data.Row, 0, size)
		for {
			group = group[:0]
			rest := time.NewTimer(0)
			if err := collect(ctx, arrivals, rest, &group); err != nil {
				rest.Stop()
				if len(group) > 0 && !yield(group, nil) || err == io.EOF {
					return
				}
				yield(nil, err)
				return
			}
			rest.Stop()
			if !yield(group, nil) {
				return
			}
		}
	}
}

// arrival is what Source.Next returned.
type arrival struct {
	row data.Row
	err error
}

// read calls Next ahead of the reader, in a goroutine that ends with the source or, when its next row has come, with done.
func read(s Source, done <-chan struct{}) <-chan arrival {
	arrivals := make(chan arrival, ahead)
	go func() {
		defer func() {
			if p := recover(); p != nil { // nobody else could tell of it in one line
				select {
				case arrivals <- arrival{err: fmt.Errorf("internal error while reading: %v", p)}:
				case <-done:
				}
			}
		}()
		for {
			row, err := s.Next()
			select {
			case arrivals <- arrival{row, err}:
			case <-done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return arrivals
}

// collect waits for a row and takes more until the group is full or none comes for a moment.
func collect(ctx context.Context, arrivals <-chan arrival, rest *time.Timer, group *[]data.Row) error {
	for len(*group) < cap(*group) {
		var a arrival
		select {
		case a = <-arrivals:
		default:
			var pause <-chan time.Time
			if len(*group) > 0 {
				rest.Reset(quiet)
				pause = rest.C
			}
			select {
			case a = <-arrivals:
			case <-pause:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		if a.err != nil {
			return a.err
		}
		*group = append(*group, a.row)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
