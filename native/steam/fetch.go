package steam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/journal"
	"github.com/lorica-go/lorica/native/internal/retry"
)

// fetch is a fetch under way.
type fetch struct {
	c       *Config
	client  *client
	journal *journal.Journal
	lists   []*list
	held    *held
	begun   *begun
	edits   []json.RawMessage // that the rows file does not have yet
	// rewritten says that the rows file is in its order, and finished that nothing is left to do.
	rewritten, finished bool
	before              int // reviews when the run began
	oddities            int
}

// Fetch fetches what the configuration asks for, going on where an earlier call stopped. The summary is there with an error, too,
// once anything is known: what it counts is on the disk, and the next call goes on behind it. Errors that satisfy badinput.Is are
// those of files, apps that do not exist and requests that Steam does not understand; a cancelled context ends the fetch with its
// cause.
func Fetch(ctx context.Context, c Config) (*Summary, error) {
	if err := c.Validate(); err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	start := time.Now()
	f := &fetch{c: &c, client: newClient(&c), held: newHeld(c.KeepEmpty)}
	for _, app := range c.Apps {
		for _, label := range c.labels() {
			f.lists = append(f.lists, newList(app, label))
		}
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	f.before = f.held.total()
	err := f.run(ctx)
	s := f.summary(time.Since(start))
	return s, errors.Join(err, f.journal.Close())
}

// open opens the journal and takes what it holds.
func (f *fetch) open() error {
	rows, state := f.c.rowsPath(), f.c.statePath()
	if f.c.Restart {
		if err := journal.Remove(rows, state); err != nil {
			return err
		}
	}
	var err error
	if f.journal, err = journal.Open(rows, state, f.replay); err != nil {
		return err
	}
	if err := f.load(); err != nil {
		return errors.Join(err, f.journal.Close())
	}
	for _, language := range f.c.unknownLanguages() {
		f.c.Logger.Warn("Steam is not known to have this language", "language", language)
	}
	return nil
}

func (f *fetch) load() error {
	if f.journal.Empty() {
		if _, err := os.Stat(f.c.Out); err == nil && f.c.derived() && !f.c.Restart {
			return badinput.Errorf("%s is there already, and nothing beside it says that it may be replaced", f.c.Out)
		}
		return f.commit(nil, &note{Begun: &begun{Version: stateVersion, Query: f.c.Query}})
	}
	if f.finished && f.journal.Uncommitted() > 0 {
		return badinput.Errorf("%s was changed after the fetch had ended", f.c.rowsPath())
	}
	if err := f.held.load(f.journal.Rows()); err != nil {
		return badinput.Errorf("%s:%w", f.c.rowsPath(), err)
	}
	for _, row := range f.edits {
		if err := f.held.edit(row); err != nil {
			return badinput.Errorf("%s: %w", f.c.statePath(), err)
		}
	}
	return nil
}

// commit appends rows with a note, and takes the note.
func (f *fetch) commit(rows []byte, n *note) error {
	if err := f.journal.Append(rows, n); err != nil {
		return err
	}
	return f.take(n)
}

// run follows the lists until nothing is wanted any more, and makes the output.
func (f *fetch) run(ctx context.Context) error {
	for l := f.next(); l != nil; l = f.next() {
		if err := f.step(ctx, l); err != nil {
			return err
		}
	}
	return f.finish()
}

// list returns the list of an app and a label, nil if there is none.
func (f *fetch) list(app int64, label Label) *list {
	for _, l := range f.lists {
		if l.app == app && l.label == label {
			return l
		}
	}
	return nil
}

// next returns the list to go on with: that of the first app that is not done, and of its labels the one with fewer reviews, so that
// both are there in the same number whenever the fetch stops. It returns nil when nothing is wanted.
func (f *fetch) next() *list {
	var next *list
	for _, l := range f.lists {
		if l.ended != "" || f.wanted(l) == 0 {
			continue
		}
		if next == nil || l.app == next.app && f.held.count(l.app, l.label) < f.held.count(next.app, next.label) {
			next = l
		}
	}
	return next
}

// wanted is how many more reviews of a list are wanted.
func (f *fetch) wanted(l *list) int {
	if f.c.Count == 0 {
		return math.MaxInt
	}
	return max(f.c.Count-f.held.count(l.app, l.label), 0)
}

// step fetches a page and commits it.
func (f *fetch) step(ctx context.Context, l *list) error {
	a, ended, err := f.ask(ctx, l)
	if err != nil {
		return err
	}
	if !a.known && l.seen == 0 {
		return badinput.Errorf("app %d: Steam has no such app, or no list of its reviews", l.app)
	}
	p := &page{App: l.app, Label: l.label, Cursor: a.cursor, Ended: ended, Total: a.total}
	if p.Total < 0 {
		if p.Total, err = f.total(ctx, l); err != nil {
			return err
		}
	}
	rows, fresh := f.sort(l, a, p)
	if p.Ended == "" && l.staleAfter(p) >= maxStale {
		p.Ended = fmt.Sprintf("%d pages without a new review", maxStale)
	}
	offset := f.journal.End()
	if err := f.commit(rows, &note{Page: p}); err != nil {
		return err
	}
	for i := range fresh {
		f.held.add(&fresh[i], offset, len(fresh[i].row))
		offset += int64(len(fresh[i].row)) + 1
	}
	for _, row := range p.Edits {
		if err := f.held.edit(row); err != nil {
			return err
		}
	}
	if f.c.OnProgress != nil {
		f.c.OnProgress(Progress{App: l.app, Label: l.label, Reviews: f.held.total(), New: f.held.total() - f.before, Expected: f.expected(), Requests: f.client.requests})
	}
	return nil
}

// unknownDoubts is how often it is doubted that there is no such app: a wrong number is likelier than a wrong answer.
const unknownDoubts = 2

// ask asks for the page at a list's cursor. An answer that looks like the end, and that the totals do not confirm, is asked for again
// a few times; the one with the most reviews is taken.
func (f *fetch) ask(ctx context.Context, l *list) (a *answer, ended string, err error) {
	r := request{app: l.app, label: l.label, cursor: l.cursor, size: pageSize}
	doubtful := errors.New("the list seems to end")
	var failed error
	err = f.c.Doubt.Do(ctx, func() error {
		got, err := f.client.get(ctx, r)
		if err != nil {
			failed = err // for good: it has been tried again before
			return nil
		}
		end := l.end(got)
		if a == nil || end == "" || len(got.reviews) > len(a.reviews) || !a.known {
			a, ended = got, end
		}
		if end == "" || l.isAll(got, f.held) || !got.known && l.seen == 0 && r.again == unknownDoubts {
			return nil
		}
		r.again++
		f.c.Logger.Debug("the list seems to end before its time", "app", l.app, "because", end)
		return retry.Temporary(doubtful, 0)
	})
	if failed != nil {
		return nil, "", failed
	}
	if err != nil && !errors.Is(err, doubtful) {
		return nil, "", err
	}
	return a, ended, nil
}

// total returns how many reviews a list has when its pages do not say: what is known or, before the first page is taken, what the
// older endpoint says to those who ask for both labels.
func (f *fetch) total(ctx context.Context, l *list) (int, error) {
	if l.total >= 0 || l.cursor != "*" || l.again || f.c.API != Legacy {
		return l.total, nil
	}
	a, err := f.client.get(ctx, request{app: l.app, label: All, cursor: "*"})
	if err != nil {
		return -1, err
	}
	switch l.label {
	case Positive:
		return a.positive, nil
	case Negative:
		return a.negative, nil
	}
	return a.total, nil
}

// sort decides what becomes of an answer's reviews. It fills in the page, and returns the rows to append with their reviews.
func (f *fetch) sort(l *list, a *answer, p *page) (rows []byte, fresh []review) {
	wanted := f.wanted(l)
	here := map[string]int64{} // when the reviews of this page were updated
	p.Malformed = len(a.malformed)
	for _, err := range a.malformed {
		f.odd(l.app, err)
	}
	for _, r := range a.reviews {
		updated, known := here[r.id]
		if e := f.held.byID[r.id]; e != nil && !known {
			updated, known = e.updated, true
		}
		switch {
		case known && r.updated > updated:
			p.Edited++
			p.Edits = append(p.Edits, r.row)
		case known || l.empties[r.id] && r.empty:
			if !l.again { // a page that is read again has what was taken of it
				p.Duplicates++
			}
			continue
		case r.empty && !f.c.KeepEmpty:
			l.empties[r.id] = true
			p.Empty++
			p.Empties = append(p.Empties, r.id)
			continue
		case wanted == 0:
			p.Cursor, p.Again, p.Ended = l.cursor, true, ""
			return rows, fresh
		default:
			if l.empties[r.id] {
				p.Empty--
				p.Filled = append(p.Filled, r.id)
			}
			p.New++
			rows = append(append(rows, r.row...), '\n')
			fresh = append(fresh, r)
			wanted--
		}
		here[r.id] = r.updated
	}
	return rows, fresh
}

// maxOddities is how many odd objects are told of.
const maxOddities = 20

func (f *fetch) odd(app int64, err error) {
	if f.oddities++; f.oddities <= maxOddities {
		f.c.Logger.Warn("left out what is no review", "app", app, "error", err.Error())
	}
}
