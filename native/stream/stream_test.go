package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/native/data"
)

// scripted gives texts until its channel is closed, then the error.
type scripted struct {
	texts chan string
	err   error
}

func (s *scripted) Next() (data.Row, error) {
	if text, ok := <-s.texts; ok {
		return data.Row{Text: text}, nil
	}
	return data.Row{}, s.err
}

func (s *scripted) Skipped() int { return 0 }

func TestGroupsKeepOrderAndSize(t *testing.T) {
	for _, c := range []struct{ rows, size int }{{0, 4}, {1, 4}, {4, 4}, {5, 4}, {200, 7}, {200, 64}, {3, 1}} {
		var texts []string
		for i := range c.rows {
			texts = append(texts, fmt.Sprint(i))
		}
		var got []string
		for group, err := range Groups(t.Context(), Texts(texts), c.size) {
			if err != nil {
				t.Fatal(err)
			}
			if len(group) == 0 || len(group) > c.size {
				t.Fatalf("a group of %d rows, wanted 1 to %d", len(group), c.size)
			}
			for _, row := range group {
				got = append(got, row.Text)
				if row.Line != len(got) {
					t.Fatalf("row %d has line %d", len(got), row.Line)
				}
			}
		}
		if strings.Join(got, " ") != strings.Join(texts, " ") {
			t.Errorf("%d rows in groups of %d: got %v", c.rows, c.size, got)
		}
	}
}

func TestGroupsGoOutWhenTheSourcePauses(t *testing.T) {
	s := &scripted{texts: make(chan string, 10), err: io.EOF}
	s.texts <- "a"
	s.texts <- "b"
	var seen []int
	for group, err := range Groups(t.Context(), s, 100) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, len(group))
		switch total(seen) {
		case 2: // nothing more would come if the group had waited for it
			s.texts <- "c"
			close(s.texts)
		case 3:
		}
	}
	if total(seen) != 3 {
		t.Errorf("groups of %v rows, want 3 in all", seen)
	}
}

func total(counts []int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

func TestAnErrorComesAfterTheRowsBeforeIt(t *testing.T) {
	broken := errors.New("row 3 is broken")
	s := &scripted{texts: make(chan string, 2), err: broken}
	s.texts <- "a"
	s.texts <- "b"
	close(s.texts)
	rows := 0
	var last error
	for group, err := range Groups(t.Context(), s, 100) {
		rows += len(group)
		last = err
	}
	if rows != 2 || !errors.Is(last, broken) {
		t.Errorf("got %d rows and the error %v", rows, last)
	}
}

func TestGroupsEndWithTheirContextWhileTheSourceWaits(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := &scripted{texts: make(chan string)}
	time.AfterFunc(10*time.Millisecond, func() { cancel(stop) })
	for group, err := range Groups(ctx, s, 4) {
		if len(group) != 0 || !errors.Is(err, stop) {
			t.Errorf("got %v, %v", group, err)
		}
	}
	close(s.texts)
}

func TestAConsumerMayStopEarly(t *testing.T) {
	for range Groups(t.Context(), Texts(make([]string, 1000)), 3) {
		break
	}
}

type panicking struct{}

func (panicking) Next() (data.Row, error) { panic("boom") }
func (panicking) Skipped() int            { return 0 }

func TestAPanicOfTheSourceIsAnError(t *testing.T) {
	for _, err := range Groups(t.Context(), panicking{}, 4) {
		if err == nil || !strings.Contains(err.Error(), "boom") {
			t.Errorf("got %v", err)
		}
	}
}
