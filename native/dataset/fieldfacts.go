package dataset

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/native/data"
)

const (
	// maxDistinct is how many different values of a field are told apart.
	maxDistinct = 10_000
	// maxDistinctBytes bounds what is kept of all fields to do so.
	maxDistinctBytes = 256 << 20
	// topValues is how many of the most frequent values are shown.
	topValues = 5
	// longValue is how long a value may be to be shown; of longer ones a digest is kept.
	longValue = 80
)

// FieldFact says what stands in one field.
type FieldFact struct {
	Name    string  `json:"name"`
	Rows    int     `json:"rows"`    // that have it
	Missing int     `json:"missing"` // that do not
	Null    int     `json:"null"`
	Empty   int     `json:"empty"` // texts of nothing but white space
	Types   []Count `json:"types"` // of JSON, the most frequent first
	// Distinct is the number of different values, or -1 when there are more than are told apart.
	Distinct int     `json:"distinct"`
	Top      []Count `json:"top,omitempty"` // the most frequent values, where few are different
	// Min and Max are those of numbers, also of such that stand in quotation marks or in a table.
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
	// Characters are the lengths of texts.
	Characters *Lengths `json:"characters,omitempty"`
}

// fieldCount gathers what stands in one field.
type fieldCount struct {
	fact     FieldFact
	types    map[string]int
	values   map[string]int // nil once there are too many
	lengths  []int32
	numbers  int
	min, max float64
}

// fieldFacts gathers what stands in all fields.
type fieldFacts struct {
	order []*fieldCount
	of    map[string]*fieldCount
	rows  int
	bytes int // kept in values
}

func newFieldFacts() *fieldFacts { return &fieldFacts{of: map[string]*fieldCount{}} }

// add counts a row's fields. Of more different fields than a store takes, the rest is left out.
func (f *fieldFacts) add(fields []data.Field) {
	f.rows++
	for _, field := range fields {
		c := f.of[field.Name]
		if c == nil {
			if len(f.order) == maxNames {
				continue
			}
			c = &fieldCount{fact: FieldFact{Name: field.Name}, types: map[string]int{}, values: map[string]int{}, min: math.Inf(1), max: math.Inf(-1)}
			f.of[field.Name] = c
			f.order = append(f.order, c)
		}
		f.bytes += c.add(field.JSON, f.bytes)
	}
}

// add counts a value and returns how many bytes are kept of it.
func (c *fieldCount) add(raw []byte, kept int) int {
	c.fact.Rows++
	kind := jsonType(raw)
	c.types[kind]++
	value, ok := plain(raw)
	if !ok {
		c.fact.Null++
		return 0
	}
	if kind == "text" {
		c.lengths = append(c.lengths, int32(utf8.RuneCountInString(value)))
		if strings.TrimSpace(value) == "" {
			c.fact.Empty++
		}
	}
	if v, err := strconv.ParseFloat(value, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		c.numbers++
		c.min, c.max = min(c.min, v), max(c.max, v)
	}
	if c.values == nil {
		return 0
	}
	if len(value) > longValue {
		d := digestOf(value)
		value = "\x00" + string(d[:])
	}
	c.values[value]++
	if c.values[value] > 1 {
		return 0
	}
	if len(c.values) > maxDistinct || kept > maxDistinctBytes {
		c.values = nil
		return 0
	}
	return len(value) + 64
}

// jsonType names a value's type, as messages of native/data do.
func jsonType(raw []byte) string {
	switch raw[0] {
	case '"':
		return "text"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	}
	return "number"
}

// facts sums up.
func (f *fieldFacts) facts() []FieldFact {
	all := make([]FieldFact, len(f.order))
	for i, c := range f.order {
		fact := c.fact
		fact.Missing = f.rows - fact.Rows
		fact.Types = ranked(c.types)
		fact.Distinct = len(c.values)
		if c.values == nil {
			fact.Distinct = -1
		}
		if c.values != nil && 2*len(c.values) <= fact.Rows {
			for _, top := range ranked(c.values) {
				if len(fact.Top) < topValues && !strings.HasPrefix(top.Name, "\x00") {
					fact.Top = append(fact.Top, top)
				}
			}
		}
		if values := fact.Rows - fact.Null; c.numbers > 0 && c.numbers == values {
			fact.Min, fact.Max = &c.min, &c.max
		}
		if len(c.lengths) > 0 {
			lengths := newLengths("characters", c.lengths)
			fact.Characters = &lengths
		}
		all[i] = fact
	}
	return all
}

// ranked lists counts, the largest first, and equal ones by name.
func ranked(counts map[string]int) []Count {
	var list []Count
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, Count{name, counts[name]})
	}
	slices.SortStableFunc(list, func(a, b Count) int { return cmp.Compare(b.Rows, a.Rows) })
	return list
}
