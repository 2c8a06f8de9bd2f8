package fakesteam

import (
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// End is how a list lets its client know that there is no more.
type End int

// The ends that have been seen.
const (
	EmptyPage   End = iota // no reviews, and the cursor that was sent
	SameCursor             // the last rows, and their cursor for ever
	FirstCursor            // the last rows come with "*"
	OnlyKnown              // the last rows again and again, with cursors that are always new
)

// App is a game and its reviews.
type App struct {
	ID      int64
	Reviews []Review // the newest first
	End     End
	// Restless makes the list one that changes while it is read: rows come twice, reviews are edited and come again, pages are a
	// row short, some are empty when they are first asked for, totals drift.
	Restless bool
}

// The number of the newest and oldest reviews that nothing happens to, so that there is always something behind a row that comes
// again.
const calm = 40

// fate says whether a review comes again, so many rows later, and whether edited: always the same for the same review.
func (r *Review) fate() (again, edited bool, rows int) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.ID)) // never fails
	rng := rand.New(rand.NewPCG(h.Sum64(), 1))
	kind := rng.IntN(60)
	return kind < 2, kind == 1, 1 + rng.IntN(150)
}

// latest returns the review as its author left it.
func (a *App) latest(i int) Review {
	r := a.Reviews[i]
	if again, edited, _ := r.fate(); a.Restless && again && edited && i < len(a.Reviews)-calm {
		return r.edited(rand.New(rand.NewPCG(uint64(r.Created), 2)))
	}
	return r
}

// list is what a filter selects, in the order in which it is delivered.
type list struct {
	rows               []json.RawMessage
	total              int // of distinct reviews
	positive, negative int // of both labels, whatever the filter's is
}

func newList(a *App, f filter) list {
	var l list
	later := map[int][]json.RawMessage{}
	for i := range a.Reviews {
		r := &a.Reviews[i]
		if !f.wants(r) {
			continue
		}
		if r.Positive {
			l.positive++
		} else {
			l.negative++
		}
		if f.label != anyLabel && (f.label == onlyPositive) != r.Positive {
			continue
		}
		l.rows = append(append(l.rows, r.Raw), later[l.total]...)
		if again, _, rows := r.fate(); a.Restless && again && i < len(a.Reviews)-calm {
			later[l.total+rows] = append(later[l.total+rows], a.latest(i).Raw)
		}
		delete(later, l.total)
		l.total++
	}
	for at := l.total; len(later) > 0; at++ {
		l.rows = append(l.rows, later[at]...)
		delete(later, at)
	}
	return l
}

// Truth returns what a client should have in the end, by id: the newest version of every review in these languages (nil for all)
// and, unless empty is set, with a text.
func (a *App) Truth(languages []string, empty bool) map[string]Review {
	truth := map[string]Review{}
	f := filter{languages: languages}
	for i := range a.Reviews {
		if r := a.latest(i); f.wants(&r) && (empty || strings.TrimSpace(r.Text) != "") {
			truth[r.ID] = r
		}
	}
	return truth
}
