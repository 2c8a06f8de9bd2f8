package steam

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// entry is a review of the rows file.
type entry struct {
	offset   int64 // of its row in the file
	length   int   // of its row, without the newline
	app      int64
	updated  int64
	positive bool
	gone     bool   // edited to be without text, which is not kept
	edited   []byte // the row that replaces the one in the file, nil for none
}

// held is what the rows file and the edits hold.
type held struct {
	byID      map[string]*entry
	order     []*entry // as they came
	counts    map[countKey]int
	keepEmpty bool
}

type countKey struct {
	app      int64
	positive bool
}

func newHeld(keepEmpty bool) *held {
	return &held{byID: map[string]*entry{}, counts: map[countKey]int{}, keepEmpty: keepEmpty}
}

// load reads a rows file. Errors begin with the line.
func (h *held) load(rows io.Reader) error {
	in := bufio.NewReaderSize(rows, 1<<20)
	offset := int64(0)
	for line := 1; ; line++ {
		row, err := in.ReadBytes('\n')
		if err == io.EOF && len(row) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%d: %w", line, err)
		}
		r, err := parseReview(bytes.TrimSuffix(row, []byte("\n")), 0)
		if err != nil {
			return fmt.Errorf("%d: %w", line, err)
		}
		if h.byID[r.id] != nil {
			return fmt.Errorf("%d: review %s stands there twice", line, r.id)
		}
		h.add(&r, offset, len(row)-1)
		offset += int64(len(row))
	}
}

// add enters a review of the rows file.
func (h *held) add(r *review, offset int64, length int) {
	e := &entry{offset: offset, length: length, app: r.app, updated: r.updated, positive: r.positive}
	h.byID[r.id] = e
	h.order = append(h.order, e)
	h.counts[countKey{e.app, e.positive}]++
}

// edit replaces a review by a newer version.
func (h *held) edit(row json.RawMessage) error {
	r, err := parseReview(row, 0)
	if err != nil {
		return err
	}
	e := h.byID[r.id]
	if e == nil {
		return fmt.Errorf("review %s: an edit without the review", r.id)
	}
	if !e.gone {
		h.counts[countKey{e.app, e.positive}]--
	}
	e.updated, e.positive, e.edited, e.gone = r.updated, r.positive, row, r.empty && !h.keepEmpty
	if !e.gone {
		h.counts[countKey{e.app, e.positive}]++
	}
	return nil
}

// count returns how many reviews of an app and a label there are.
func (h *held) count(app int64, label Label) int {
	positive, negative := h.counts[countKey{app, true}], h.counts[countKey{app, false}]
	switch label {
	case Positive:
		return positive
	case Negative:
		return negative
	}
	return positive + negative
}

// total is how many reviews there are.
func (h *held) total() int {
	n := 0
	for _, k := range h.counts {
		n += k
	}
	return n
}

// arranged returns the reviews in the order of the output: as they came or, balanced, app after app with the labels in turns for as
// long as there are both.
func (h *held) arranged(apps []int64, balanced bool) []*entry {
	var sorted []*entry
	if !balanced {
		for _, e := range h.order {
			if !e.gone {
				sorted = append(sorted, e)
			}
		}
		return sorted
	}
	queues := map[countKey][]*entry{}
	for _, e := range h.order {
		if !e.gone {
			k := countKey{e.app, e.positive}
			queues[k] = append(queues[k], e)
		}
	}
	for _, app := range apps {
		positive, negative := queues[countKey{app, true}], queues[countKey{app, false}]
		for i := range max(len(positive), len(negative)) {
			sorted = append(sorted, positive[min(i, len(positive)):min(i+1, len(positive))]...)
			sorted = append(sorted, negative[min(i, len(negative)):min(i+1, len(negative))]...)
		}
	}
	return sorted
}

// row returns the newest version of a review's row, without the newline.
func (e *entry) row(rows io.ReaderAt) ([]byte, error) {
	if e.edited != nil {
		return e.edited, nil
	}
	row := make([]byte, e.length)
	_, err := rows.ReadAt(row, e.offset)
	return row, err
}
