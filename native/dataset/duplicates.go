package dataset

import (
	"context"

	"github.com/lorica-go/lorica/native/data"
)

// labels counts rows by label.
func (m *measure) labels(context.Context) error {
	m.result.Labels = []Count{}
	names, class, err := m.store.classes(nil)
	switch {
	case err != nil: // of two kinds: each spelling is then told apart
		m.result.LabelProblem = err.Error()
		class = nil
		for i, sp := range m.store.spellings {
			m.result.Labels = append(m.result.Labels, Count{Name: sp.label.String()})
			class = append(class, i)
		}
	case names != nil:
		for _, name := range names.Names() {
			m.result.Labels = append(m.result.Labels, Count{Name: name})
		}
	}
	for i := range m.store.entries {
		if e := &m.store.entries[i]; e.spelling < 0 {
			m.result.Unlabelled++
		} else {
			e.spelling = int32(class[e.spelling]) // from here on the class
			m.result.Labels[e.spelling].Rows++
		}
	}
	if m.by != nil {
		unit := "characters"
		if m.tokenizer != nil {
			unit = "tokens"
		}
		m.result.By = m.by.sum(m.result.Labels, class, unit)
	}
	return nil
}

// duplicates counts texts that are there more than once. Empty ones are counted apart.
func (m *measure) duplicates(ctx context.Context) error {
	d := &m.result.Duplicates
	first := map[digest]int32{}
	again, conflict := map[digest]bool{}, map[digest]bool{}
	nothing := digestOf("")
	var different []int32
	for i := range m.store.entries {
		e := &m.store.entries[i]
		if e.text == nothing {
			continue
		}
		at, seen := first[e.text]
		if !seen {
			first[e.text] = int32(i)
			different = append(different, int32(i))
			continue
		}
		d.Exact++
		again[e.text] = true
		if m.store.entries[at].spelling != e.spelling {
			conflict[e.text] = true
		}
	}
	d.Texts, d.Conflicts = len(again), len(conflict)
	if !m.Near {
		return nil
	}
	search, err := newNearSearch(m.store, m.Similarity)
	if err != nil {
		return err
	}
	near := 0
	d.Near, d.Similarity = &near, search.threshold()
	return search.each(ctx, different, func(at int32, row *data.Row, sketch *data.Sketch) error {
		for _, match := range search.candidates(sketch) {
			alike, err := search.similarity(row, match)
			if err != nil {
				return err
			}
			if alike >= search.threshold() {
				near++
				return nil
			}
		}
		search.add(at, sketch)
		return nil
	}, func(done int) { m.OnProgress.tell("comparing", done, len(different)) })
}
