package dataset

import (
	"context"

	"github.com/lorica-go/lorica/native/data"
)

// drop gives every row that is not to be kept its reason, step by step: a row that one step has dropped is nothing to the next.
func (b *build) drop(ctx context.Context) error {
	entries := b.store.entries
	if b.store.labelled() {
		for i := range entries {
			if e := &entries[i]; e.reason == kept && e.spelling < 0 {
				e.reason = unlabelled
			}
		}
	}
	dropVersions(entries)
	b.dropExact()
	if b.Near {
		if err := b.dropNear(ctx); err != nil {
			return err
		}
	}
	return b.balance()
}

// dropVersions keeps, of rows with one id, the newest, and of those that are equally new the first.
func dropVersions(entries []entry) {
	newest := make(map[digest]int)
	for i := range entries {
		e := &entries[i]
		if e.reason != kept || e.id == (digest{}) {
			continue
		}
		at, seen := newest[e.id]
		switch {
		case !seen:
			newest[e.id] = i
		case e.version > entries[at].version:
			entries[at].reason, entries[at].of = sameID, int32(i)
			newest[e.id] = i
		default:
			e.reason, e.of = sameID, int32(at)
		}
	}
	for i := range entries { // a row may have lost to one that lost later
		if e := &entries[i]; e.reason == sameID {
			e.of = int32(newest[e.id])
		}
	}
}

// dropExact finds texts that are there twice.
func (b *build) dropExact() {
	entries := b.store.entries
	first := make(map[digest]int)
	conflict := make(map[digest]bool)
	for i := range entries {
		e := &entries[i]
		if e.reason != kept {
			continue
		}
		at, seen := first[e.text]
		if !seen {
			first[e.text] = i
		} else if b.classOf(e) != b.classOf(&entries[at]) {
			conflict[e.text] = true
		}
	}
	b.summary.Conflicts = len(conflict)
	for i := range entries {
		e := &entries[i]
		if e.reason != kept {
			continue
		}
		switch at := first[e.text]; {
		case b.DropConflicts && conflict[e.text]:
			e.reason = conflicting
			if at != i {
				e.of = int32(at)
			}
		case b.Exact && at != i:
			e.reason, e.of, e.alike = exactDuplicate, int32(at), 1
		}
	}
}

// dropNear drops rows that are near duplicates of one before that stays. Those of another label stay: a word can turn a review.
func (b *build) dropNear(ctx context.Context) error {
	search, err := newNearSearch(b.store, b.Similarity)
	if err != nil {
		return err
	}
	entries := b.store.entries
	var rows []int32
	for i := range entries {
		if entries[i].reason == kept {
			rows = append(rows, int32(i))
		}
	}
	other := 0
	err = search.each(ctx, rows, func(at int32, row *data.Row, sketch *data.Sketch) error {
		e := &entries[at]
		elsewhere := false
		for _, match := range search.candidates(sketch) {
			alike, err := search.similarity(row, match)
			if err != nil {
				return err
			}
			if alike < search.threshold() || e.text == entries[match].text { // equal texts are the step before's
				continue
			}
			if b.classOf(e) == b.classOf(&entries[match]) {
				e.reason, e.of, e.alike = nearDuplicate, match, float32(alike)
				return nil
			}
			elsewhere = true
		}
		if elsewhere {
			other++
		}
		search.add(at, sketch)
		return nil
	}, func(done int) { b.OnProgress.tell("comparing", done, len(rows)) })
	b.summary.NearOtherLabel, b.summary.Similarity = other, search.threshold()
	return err
}

// nearSearch compares rows of a store with those that were added.
type nearSearch struct {
	store *store
	index *data.NearIndex
	rows  []int32 // of the store, by number in the index
}

func newNearSearch(s *store, similarity float64) (*nearSearch, error) {
	index, err := data.NewNearIndex(similarity)
	if err != nil {
		return nil, err
	}
	return &nearSearch{store: s, index: index}, nil
}

func (n *nearSearch) threshold() float64 { return n.index.Threshold() }

func (n *nearSearch) add(row int32, sketch *data.Sketch) {
	n.index.Add(sketch)
	n.rows = append(n.rows, row)
}

// candidates returns rows that may be near duplicates, the likeliest first.
func (n *nearSearch) candidates(sketch *data.Sketch) []int32 {
	var rows []int32
	for _, i := range n.index.Candidates(sketch) {
		rows = append(rows, n.rows[i])
	}
	return rows
}

// similarity compares a row with one of the store.
func (n *nearSearch) similarity(row *data.Row, other int32) (float64, error) {
	with, err := n.store.row(&n.store.entries[other])
	if err != nil {
		return 0, err
	}
	return data.Similarity(row, with), nil
}

// each reads rows again and sketches them on all processors, and visits them in order. done hears of groups.
func (n *nearSearch) each(ctx context.Context, rows []int32, visit func(at int32, row *data.Row, sketch *data.Sketch) error, done func(rows int)) error {
	texts, sketches := make([]*data.Row, groupRows), make([]*data.Sketch, groupRows)
	for begin := 0; begin < len(rows); begin += groupRows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		group := rows[begin:min(begin+groupRows, len(rows))]
		err := parallel(len(group), n.store.workers, func(i int) error {
			row, err := n.store.row(&n.store.entries[group[i]])
			if err == nil {
				texts[i], sketches[i] = row, data.NewSketch(row)
			}
			return err
		})
		if err != nil {
			return err
		}
		for i, at := range group {
			if err := visit(at, texts[i], sketches[i]); err != nil {
				return err
			}
		}
		done(begin + len(group))
	}
	return nil
}
