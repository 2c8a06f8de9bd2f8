package wasm

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/wasm/abi"
	"github.com/lorica-go/lorica/wasm/testbundle"
)

var oneText = []encoder.Input{{Text: "a very good game"}}

// openHand opens a classifier over a guest by hand.
func openHand(t *testing.T, body []byte, l Limits) *Classifier {
	t.Helper()
	c, err := openGuest(t.Context(), misbehaving(abi.Version, body), bytes.NewReader(nil), 0, l)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, c)
	return c
}

func TestWhatAGuestDoesWrongEndsTheGuestAlone(t *testing.T) {
	reply := func(at, n int64) []byte { return i64(at<<32 | n) }
	wild := func(words ...int32) []byte {
		return join(i32(words[0]), i32(words[1]), i32(words[2]), []byte{opCall, importedRun}, reply(0, 1))
	}
	for name, test := range map[string]struct {
		body []byte
		want error
		says string
	}{
		"a trap":                            {[]byte{opUnreachable}, ErrTrap, "unreachable"},
		"a memory bomb":                     {bomb, ErrTrap, "unreachable"},
		"recursion without an end":          {recursion, ErrTrap, "stack overflow"},
		"a reply outside the memory":        {reply(1<<30, 100), ErrTrap, "a reply of 100 bytes"},
		"a reply across the memory's end":   {reply(4*page-10, 100), ErrTrap, "a reply of 100 bytes"},
		"a reply of two gigabytes":          {reply(0, 1<<31), ErrTrap, "a reply of"},
		"a reply of a kind that is not":     {reply(requestPlace+8, 1), ErrTrap, "wanted"},
		"an answer of another operation":    {reply(replyPlace, 20), ErrTrap, "message"},
		"an operation that is unknown":      {wild(999, requestPlace, 0), ErrTrap, "operation 999"},
		"an operation on others' memory":    {wild(2, -4, 100), ErrTrap, "operation 2"},
		"an operation with too few words":   {wild(3, requestPlace, 2), ErrTrap, "too few words"},
		"an operation at an odd address":    {wild(2, requestPlace+1, 4), ErrTrap, "multiple of 4"},
		"an operation with senseless words": {wild(4, replyPlace, 40), ErrTrap, "operation 4"},
	} {
		t.Run(name, func(t *testing.T) {
			c := openHand(t, test.body, Limits{Memory: 16 << 20})
			for range 2 { // the second meets a new sandbox, which does the same
				_, err := c.Classify(t.Context(), oneText)
				if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want %v that says %q", err, test.want, test.says)
				}
			}
			if n := len(c.pool.idle); n != 0 {
				t.Errorf("%d broken sandboxes are kept", n)
			}
		})
	}
}

func TestAnEndlessLoopIsStopped(t *testing.T) {
	c := openHand(t, endless, Limits{Call: 50 * time.Millisecond})
	if _, err := c.Classify(t.Context(), oneText); !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	c = openHand(t, endless, Limits{})
	mine := errors.New("the visitor left")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		time.Sleep(20 * time.Millisecond)
		cancel(mine)
	}()
	if _, err := c.Classify(ctx, oneText); !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
	ended, cancelled := context.WithCancel(t.Context())
	cancelled()
	if _, err := c.Classify(ended, oneText); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that had ended: %v", err)
	}
}

func TestCloseEndsWhatStillWaits(t *testing.T) {
	c := openHand(t, endless, Limits{Call: 300 * time.Millisecond})
	running, waiting := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := c.Classify(context.Background(), oneText)
		running <- err
	}()
	for len(c.pool.places) == 0 {
		time.Sleep(time.Millisecond)
	}
	go func() {
		_, err := c.Classify(context.Background(), oneText)
		waiting <- err
	}()
	time.Sleep(10 * time.Millisecond)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-running; !errors.Is(err, ErrTimeout) {
		t.Errorf("the call that ran: %v", err)
	}
	if err := <-waiting; !errors.Is(err, ErrClosed) {
		t.Errorf("the call that waited: %v", err)
	}
	if _, err := c.Classify(t.Context(), oneText); !errors.Is(err, ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAGuestOfAnotherVersionIsRefused(t *testing.T) {
	_, err := openGuest(t.Context(), misbehaving(abi.Version+1, endless), bytes.NewReader(nil), 0, Limits{})
	if !errors.Is(err, ErrTrap) || !strings.Contains(err.Error(), "version") {
		t.Errorf("got %v", err)
	}
	if _, err := openGuest(t.Context(), []byte("no module"), bytes.NewReader(nil), 0, Limits{}); err == nil {
		t.Error("junk is a guest")
	}
}

func TestAGuestWithoutMemoryForItsModelSaysSo(t *testing.T) {
	bundle := testbundle.New(t, testbundle.Options{Width: 256, Layers: 8})
	for _, k := range []Kernels{HostKernels, GuestKernels} {
		_, err := OpenBundle(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), Limits{Memory: 20 << 20, Kernels: k, CacheDir: cacheDir(t)})
		if !errors.Is(err, ErrMemory) || badinput.Is(err) {
			t.Errorf("%s kernels: got %v", k, err)
		}
	}
}
