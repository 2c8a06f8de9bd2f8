package retry

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

var errRefused = errors.New("refused")

// failing returns an attempt that fails so often, with the error, and counts the calls.
func failing(times int, err error, calls *int) func() error {
	return func() error {
		if *calls++; *calls <= times {
			return err
		}
		return nil
	}
}

func TestWhatIsTemporaryIsTriedAgainAndNothingElse(t *testing.T) {
	for name, test := range map[string]struct {
		failures  int
		err       error
		wantCalls int
		want      error
	}{
		"success at once":                     {0, nil, 1, nil},
		"two failures":                        {2, Temporary(errRefused, 0), 3, nil},
		"a failure for good":                  {9, errRefused, 1, errRefused},
		"as many as there are attempts":       {9, Temporary(errRefused, 0), 5, errRefused},
		"a wait of the server's":              {1, Temporary(errRefused, time.Minute), 2, nil},
		"a longer wait than there's patience": {1, Temporary(errRefused, time.Hour), 1, errRefused},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				err := Default().Do(t.Context(), failing(test.failures, test.err, &calls))
				if !errors.Is(err, test.want) || calls != test.wantCalls {
					t.Errorf("%d calls, error %v; want %d, %v", calls, err, test.wantCalls, test.want)
				}
			})
		})
	}
}

func TestDelaysDoubleAndTheServersWaitTakesTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		p := Policy{Tries: 7, First: time.Second, Most: 4 * time.Second, Patience: time.Hour}
		p.OnRetry = func(_ error, wait time.Duration) { waits = append(waits, wait) }
		calls, start := 0, time.Now()
		err := p.Do(t.Context(), func() error {
			if calls++; calls == 5 {
				return Temporary(errRefused, 100*time.Second)
			}
			return Temporary(errRefused, 0)
		})
		if !IsTemporary(err) || len(waits) != 6 {
			t.Fatalf("error %v, waits %v", err, waits)
		}
		total := time.Duration(0)
		for i, wait := range waits {
			total += wait
			middle := min(time.Second<<i, 4*time.Second)
			if i == 4 {
				middle = 100 * time.Second
			}
			if wait < middle/2 || wait > middle*3/2 || i == 4 && wait != middle {
				t.Errorf("wait %d is %s, want about %s", i, wait, middle)
			}
		}
		if slept := time.Since(start); slept != total {
			t.Errorf("slept %s, told of %s", slept, total)
		}
	})
}

func TestAnAttemptThatGotSomewhereIsTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, longest := 0, time.Duration(0)
		p := Policy{Tries: 3, First: time.Second, Most: time.Minute, OnRetry: func(_ error, wait time.Duration) { longest = max(longest, wait) }}
		err := p.Do(t.Context(), func() error {
			if calls++; calls <= 20 && calls%2 == 0 {
				return Advanced(errRefused)
			}
			return Temporary(errRefused, 0)
		})
		if !errors.Is(err, errRefused) || calls != 22 || longest > 3*time.Second {
			t.Errorf("%d calls, waits up to %s, error %v", calls, longest, err)
		}
	})
}

func TestTheContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("Ctrl-C")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(10*time.Second, func() { cancel(cause) })
		start := time.Now()
		err := Default().Do(ctx, func() error { return Temporary(errRefused, time.Minute) })
		if !errors.Is(err, cause) || time.Since(start) != 10*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

func TestTheWaitThatAServerAsksFor(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		after, limit string
		want         time.Duration
	}{
		{"", "", 0},
		{"7", "", 7 * time.Second},
		{" 0.5 ", "", 500 * time.Millisecond},
		{"Fri, 01 May 2026 12:01:30 GMT", "", 90 * time.Second},
		{"Fri, 01 May 2026 11:00:00 GMT", "", 0},
		{"soon", `"api";r=0;t=55`, 55 * time.Second},
		{"", `"resolvers";r=0;t=3`, 3 * time.Second},
		{"", `"api";r=0;t=`, 0},
		{"-3", "", 0},
		{"1e300", "", 0},
		{"NaN", "", 0},
	} {
		header := http.Header{}
		header.Set("Retry-After", test.after)
		header.Set("RateLimit", test.limit)
		if got := WaitAsked(header, now); got != test.want {
			t.Errorf("Retry-After %q, RateLimit %q: %s, want %s", test.after, test.limit, got, test.want)
		}
	}
}

func TestAPolicyThatCannotBeFollowedIsRefused(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	for _, p := range []Policy{{}, {Tries: 1}, {Tries: 1, First: 2, Most: 1}, {Tries: 1, First: 1, Most: 1, Patience: -1}} {
		if p.Validate() == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
}
