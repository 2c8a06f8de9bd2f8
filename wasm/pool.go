package wasm

import (
	"context"
	"errors"
	"io"
	"sync"
)

// pool hands out sandboxes, at most as many as Limits.Instances at a time, and makes them when there is none.
type pool struct {
	engine *engine
	bundle io.ReaderAt
	size   int64
	places chan struct{} // one for each sandbox that is in use
	closed chan struct{}

	mu   sync.Mutex
	idle []*sandbox
}

func newPool(e *engine, bundle io.ReaderAt, size int64) *pool {
	return &pool{engine: e, bundle: bundle, size: size, places: make(chan struct{}, e.limits.Instances), closed: make(chan struct{})}
}

// take returns a sandbox, waiting until one is free.
func (p *pool) take(ctx context.Context) (*sandbox, error) {
	select {
	case <-p.closed:
		return nil, ErrClosed
	default:
	}
	select {
	case p.places <- struct{}{}:
	case <-p.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	p.mu.Lock()
	if n := len(p.idle); n > 0 { // the one used last, whose memory is in the caches
		s := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return s, nil
	}
	p.mu.Unlock()
	s, err := p.engine.open(ctx, p.bundle, p.size)
	if err != nil {
		<-p.places
		return nil, err
	}
	return s, nil
}

// give takes a sandbox back, or throws it away.
func (p *pool) give(s *sandbox, usable bool) error {
	var err error
	if usable {
		p.mu.Lock()
		p.idle = append(p.idle, s)
		p.mu.Unlock()
	} else {
		err = s.close()
	}
	<-p.places
	return err
}

// close waits for the calls that run and frees all sandboxes.
func (p *pool) close() error {
	close(p.closed)
	for range cap(p.places) {
		p.places <- struct{}{} // nobody gets one any more
	}
	var failed error
	for _, s := range p.idle {
		failed = errors.Join(failed, s.close())
	}
	p.idle = nil
	return failed
}
