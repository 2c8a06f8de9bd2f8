package dataset

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/native/data"
)

// maxSlices bounds the values of a field for which rows are counted apart.
const maxSlices = 10_000

// Breakdown counts rows apart for the values of a field.
type Breakdown struct {
	Field  string  `json:"field"`
	Unit   string  `json:"unit"`   // of the median lengths
	Slices []Slice `json:"slices"` // the largest first
	// Rest is how many rows have values beyond the first that are told apart.
	Rest int `json:"rest,omitempty"`
}

// Slice is the rows with one value; rows without the field have the value "".
type Slice struct {
	Value  string  `json:"value"`
	Rows   int     `json:"rows"`
	Labels []Count `json:"labels"`
	Median float64 `json:"median"`
}

// slice gathers the rows with one value.
type slice struct {
	spellings map[int32]int
	lengths   []int32
}

type breakdown struct {
	field string
	of    map[string]*slice
	rest  int
}

func newBreakdown(field string) *breakdown { return &breakdown{field: field, of: map[string]*slice{}} }

func (b *breakdown) add(fields []data.Field, spelling, length int32) {
	value, _ := scalar(fields, b.field)
	s := b.of[value]
	if s == nil {
		if len(b.of) == maxSlices {
			b.rest++
			return
		}
		s = &slice{spellings: map[int32]int{}}
		b.of[value] = s
	}
	s.spellings[spelling]++
	s.lengths = append(s.lengths, length)
}

// sum counts by labels, which are given with their names, and the class of each spelling.
func (b *breakdown) sum(labels []Count, class []int, unit string) *Breakdown {
	out := &Breakdown{Field: b.field, Unit: unit, Rest: b.rest, Slices: []Slice{}}
	for value, s := range b.of {
		part := Slice{Value: value, Rows: len(s.lengths), Median: newLengths(unit, s.lengths).P50, Labels: make([]Count, len(labels))}
		for i, l := range labels {
			part.Labels[i].Name = l.Name
		}
		for spelling, n := range s.spellings {
			if spelling >= 0 {
				part.Labels[class[spelling]].Rows += n
			}
		}
		out.Slices = append(out.Slices, part)
	}
	slices.SortFunc(out.Slices, func(x, y Slice) int {
		return cmp.Or(y.Rows-x.Rows, strings.Compare(x.Value, y.Value))
	})
	return out
}
