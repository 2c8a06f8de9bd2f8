package steam

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// note is what the state file keeps with each commit. One member is set.
type note struct {
	Begun     *begun `json:"begun,omitempty"`
	Page      *page  `json:"page,omitempty"`
	Rewritten bool   `json:"rewritten,omitempty"` // the rows have their edits and their order
	Finished  bool   `json:"finished,omitempty"`  // all that was wanted is there, or all that there is
}

// begun is the first note: what is fetched.
type begun struct {
	Version int   `json:"version"`
	Query   Query `json:"query"`
}

// stateVersion is that of the notes' form.
const stateVersion = 1

// page is what became of a page of a list.
type page struct {
	App   int64 `json:"app"`
	Label Label `json:"label"`
	// Cursor is where to go on: behind the page, or before it again when rows of it are still wanted.
	Cursor string `json:"cursor"`
	Again  bool   `json:"again,omitempty"`
	// Ended says why the list has no more, "" when it has.
	Ended string `json:"ended,omitempty"`
	Total int    `json:"total"` // -1: not known
	Tally
	// Empties are the ids of the reviews without text that Tally counts, and Filled those of earlier ones that have got one and are
	// new: Tally counts them as empty no more.
	Empties []string `json:"empties,omitempty"`
	Filled  []string `json:"filled,omitempty"`
	// Edits are newer versions of reviews that the rows have.
	Edits []json.RawMessage `json:"edits,omitempty"`
}

// Tally counts the reviews of answers by what became of them.
type Tally struct {
	New        int `json:"new,omitempty"`        // appended to the rows
	Duplicates int `json:"duplicates,omitempty"` // there already
	Edited     int `json:"edited,omitempty"`     // there already in an older version, which they replace
	Empty      int `json:"empty,omitempty"`      // without text, and left out
	Malformed  int `json:"malformed,omitempty"`  // no reviews
}

func (t *Tally) add(o Tally) {
	t.New += o.New
	t.Duplicates += o.Duplicates
	t.Edited += o.Edited
	t.Empty += o.Empty
	t.Malformed += o.Malformed
}

// replay takes a note of an earlier run.
func (f *fetch) replay(raw json.RawMessage) error {
	var n note
	if err := json.Unmarshal(raw, &n); err != nil {
		return fmt.Errorf("not a note of a fetch: %w", err)
	}
	if f.begun == nil && n.Begun == nil {
		return errors.New("not the state of a fetch")
	}
	return f.take(&n)
}

// take changes the fetch as a note says. Notes are taken when they have been committed, and when they are read again: a fetch that
// goes on is in the state in which it was.
func (f *fetch) take(n *note) error {
	switch {
	case n.Begun != nil:
		if f.begun != nil || n.Begun.Version != stateVersion {
			return errors.New("not the state of a fetch that this version can go on with")
		}
		f.begun = n.Begun
		return f.sameQuery()
	case n.Page != nil:
		l := f.list(n.Page.App, n.Page.Label)
		if l == nil {
			return fmt.Errorf("a page of a list (app %d, %s) that is not fetched", n.Page.App, n.Page.Label)
		}
		l.take(n.Page)
		f.finished = false
		f.rewritten = f.rewritten && n.Page.New+n.Page.Edited == 0
		f.edits = append(f.edits, n.Page.Edits...)
	case n.Rewritten:
		f.rewritten, f.edits = true, nil
	case n.Finished:
		f.finished = true
	}
	return nil
}

// sameQuery compares what is wanted with what was fetched before.
func (f *fetch) sameQuery() error {
	old, now := reflect.ValueOf(f.begun.Query), reflect.ValueOf(f.c.Query)
	for i := range old.NumField() {
		if !reflect.DeepEqual(old.Field(i).Interface(), now.Field(i).Interface()) {
			return fmt.Errorf("the fetch was begun with %s %v, and now it is %v: choose another output, or begin anew",
				old.Type().Field(i).Tag.Get("json"), old.Field(i), now.Field(i))
		}
	}
	return nil
}
