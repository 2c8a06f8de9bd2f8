package dataset

import (
	"context"
	"slices"

	"github.com/lorica-go/lorica/native/data"
)

// PartLeaks counts the rows of a part whose text stands in another part: as it is, but for letter case and white space, or only
// nearly so.
type PartLeaks struct {
	Part  string `json:"part"`
	In    string `json:"in"`
	Exact int    `json:"exact"`
	Near  int    `json:"near"`
}

// alike says how a row's text stands in another part.
type alike uint8

const (
	nowhere alike = iota
	nearly
	exactly
)

// leakSearch compares the texts of the parts, each text of a part once.
type leakSearch struct {
	*divide
	*nearSearch
	partOf   map[int32]int
	sameText map[int32][]int // by the first row of a part with a text: all of them
	// found tells, by the part that is compared and the first row with a text in another, how that text stands there.
	found [len(Parts)]map[int32]alike
	leaky map[int]bool // rows that give one of those away
	done  int
}

// findLeaks compares the rows that are measured on with those that are learnt from, and validation rows with test rows.
func (d *divide) findLeaks(ctx context.Context) error {
	near, err := newNearSearch(d.store, d.Similarity)
	if err != nil {
		return err
	}
	s := &leakSearch{divide: d, nearSearch: near, partOf: map[int32]int{}, sameText: map[int32][]int{}, leaky: map[int]bool{}}
	for _, part := range []int{test, validation, train} {
		if err := s.part(ctx, part); err != nil {
			return err
		}
	}
	d.result.Leaks = []PartLeaks{}
	for _, pair := range [][2]int{{test, train}, {validation, train}, {test, validation}} {
		if len(d.parts[pair[0]]) == 0 || len(d.parts[pair[1]]) == 0 {
			continue
		}
		leaks := PartLeaks{Part: Parts[pair[0]], In: Parts[pair[1]]}
		for at, how := range s.found[pair[1]] {
			switch {
			case s.partOf[at] != pair[0]:
			case how == exactly:
				leaks.Exact += len(s.sameText[at])
			default:
				leaks.Near += len(s.sameText[at])
			}
		}
		d.result.Leaks = append(d.result.Leaks, leaks)
	}
	if d.DropLeaks {
		d.dropLeaks(s.leaky)
	}
	return nil
}

// part compares a part with those before it, and keeps its texts for those after it unless it is the last.
func (s *leakSearch) part(ctx context.Context, part int) error {
	s.found[part] = map[int32]alike{}
	first := map[digest]int32{digestOf(""): -1} // empty texts give nothing away
	var texts []int32
	for _, at := range s.parts[part] {
		text := s.divide.store.entries[at].text
		begin, seen := first[text]
		switch {
		case begin < 0 && seen:
			continue
		case !seen:
			begin = int32(at)
			first[text] = begin
			texts = append(texts, begin)
		}
		s.sameText[begin] = append(s.sameText[begin], at)
	}
	total := len(s.divide.store.entries)
	err := s.each(ctx, texts, func(at int32, row *data.Row, sketch *data.Sketch) error {
		for _, match := range s.candidates(sketch) {
			if s.partOf[match] == part {
				continue
			}
			how, err := s.compare(at, row, match)
			if err != nil {
				return err
			}
			if how == nowhere {
				continue
			}
			s.found[part][match] = max(s.found[part][match], how)
			for _, leak := range s.sameText[at] {
				s.leaky[leak] = true
			}
		}
		if part != train {
			s.add(at, sketch)
			s.partOf[at] = part
		}
		return nil
	}, func(rows int) { s.OnProgress.tell("comparing", s.done+rows, total) })
	s.done += len(s.parts[part])
	return err
}

func (s *leakSearch) compare(at int32, row *data.Row, match int32) (alike, error) {
	if s.divide.store.entries[at].text == s.divide.store.entries[match].text {
		return exactly, nil
	}
	similarity, err := s.similarity(row, match)
	if err != nil || similarity < s.threshold() {
		return nowhere, err
	}
	return nearly, nil
}

// dropLeaks leaves out the training rows that the other parts give away, and the validation rows that the test rows do.
func (d *divide) dropLeaks(leaky map[int]bool) {
	for _, part := range []int{train, validation} {
		before := len(d.parts[part])
		d.parts[part] = slices.DeleteFunc(d.parts[part], func(at int) bool { return leaky[at] })
		d.result.Dropped += before - len(d.parts[part])
	}
}
