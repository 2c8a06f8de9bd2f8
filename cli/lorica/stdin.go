package main

import (
	"context"
	"io"
)

// stdin reads a stream that may wait for a person or another program, and stops waiting when its context ends.
type stdin struct {
	ctx     context.Context
	in      io.Reader
	buffer  []byte
	rest    []byte // of the buffer, not handed out yet
	err     error  // comes after the rest
	arrived chan arrival
	asked   bool
}

// arrival is what a Read returned.
type arrival struct {
	n   int
	err error
}

func newStdin(ctx context.Context, in io.Reader) *stdin {
	return &stdin{ctx: ctx, in: in, buffer: make([]byte, 1<<16), arrived: make(chan arrival, 1)}
}

// Read returns the cause of the context once that has ended.
func (s *stdin) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		if !s.asked {
			s.asked = true
			go func() {
				n, err := s.in.Read(s.buffer)
				s.arrived <- arrival{n, err}
			}()
		}
		select {
		case a := <-s.arrived:
			s.asked, s.rest, s.err = false, s.buffer[:a.n], a.err
		case <-s.ctx.Done():
			return 0, context.Cause(s.ctx)
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}
