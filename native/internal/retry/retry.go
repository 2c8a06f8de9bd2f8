package retry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Policy says how often to try, and how long to wait in between.
type Policy struct {
	// Tries is the number of attempts, the first one included.
	Tries int
	// First is the delay after the first failure. It doubles with every further one, up to Most, and each is spread by half.
	First, Most time.Duration
	// Patience is the longest wait that a server may ask for; who asks for more has refused.
	Patience time.Duration
	// OnRetry is told of every failure that will be tried again, with the wait before that. It may be nil.
	OnRetry func(err error, wait time.Duration)
}

// Default returns five attempts within about fifteen seconds, for a server that names no time itself.
func Default() Policy {
	return Policy{Tries: 5, First: time.Second, Most: 30 * time.Second, Patience: 5 * time.Minute}
}

// Validate checks the policy.
func (p Policy) Validate() error {
	switch {
	case p.Tries < 1:
		return fmt.Errorf("%d attempts: want at least 1", p.Tries)
	case p.First <= 0 || p.Most < p.First:
		return fmt.Errorf("delays of %s to %s: want positive ones, the first not above the last", p.First, p.Most)
	case p.Patience < 0:
		return fmt.Errorf("patience of %s: want none or more", p.Patience)
	}
	return nil
}

// temporary marks an error after which another attempt makes sense.
type temporary struct {
	error
	wait     time.Duration
	advanced bool
}

func (t temporary) Unwrap() error { return t.error }

// Temporary marks an error after which Do tries again, after the wait that the server asked for, or the policy's when that is 0.
func Temporary(err error, wait time.Duration) error { return temporary{err, wait, false} }

// Advanced marks an error of an attempt that got somewhere, as a download that broke off: Do tries again and counts from 1.
func Advanced(err error) error { return temporary{err, 0, true} }

// IsTemporary reports whether err, or an error that it wraps, has been marked by Temporary or Advanced.
func IsTemporary(err error) bool { return errors.As(err, new(temporary)) }

// Do calls attempt until it succeeds, fails with an error that is not marked, the attempts are used up or the context ends. Its
// error is that of the last attempt, or the context's.
func (p Policy) Do(ctx context.Context, attempt func() error) error {
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval, delays.MaxInterval, delays.Multiplier = p.First, p.Most, 2
	for try := 1; ; try++ {
		err := attempt()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var again temporary
		if errors.As(err, &again) && again.advanced {
			try = 1
			delays.Reset()
		}
		if again.error == nil || try >= p.Tries || again.wait > p.Patience {
			return err
		}
		wait := delays.NextBackOff()
		if again.wait > 0 {
			wait = again.wait
		}
		if p.OnRetry != nil {
			p.OnRetry(err, wait)
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// sleep waits, or returns the context's error when that ends first.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
