package badinput_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestBadInputIsSeenThroughWrapping(t *testing.T) {
	cause := badinput.Errorf("reviews.jsonl:17: %w", fs.ErrInvalid)
	wrapped := fmt.Errorf("train: %w", cause)
	if !badinput.Is(wrapped) {
		t.Error("a wrapped input error is not recognised")
	}
	if !errors.Is(wrapped, fs.ErrInvalid) {
		t.Error("the cause inside an input error is lost")
	}
	if want := "train: reviews.jsonl:17: invalid argument"; wrapped.Error() != want {
		t.Errorf("got %q, want %q", wrapped, want)
	}
}

func TestOtherErrorsAreNotBadInput(t *testing.T) {
	for _, err := range []error{nil, fs.ErrInvalid, fmt.Errorf("x: %w", errors.New("y"))} {
		if badinput.Is(err) {
			t.Errorf("%v counts as bad input", err)
		}
	}
}
