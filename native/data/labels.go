package data

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Labels maps classes to ids and back. Ids are 0 to Len()-1.
type Labels struct {
	names  []string
	ids    map[string]int
	folded map[string]int // lower-cased names; -1 where two classes share one
}

// NewLabels gives the names the ids 0, 1, ... in their order. Names must be distinct and not empty.
func NewLabels(names ...string) (*Labels, error) {
	if len(names) == 0 {
		return nil, badinput.Errorf("labels: no label")
	}
	l := &Labels{names: slices.Clone(names), ids: make(map[string]int, len(names)), folded: make(map[string]int, len(names))}
	for id, name := range names {
		if strings.TrimSpace(name) == "" {
			return nil, badinput.Errorf("labels: label %d has no name", id)
		}
		if other, twice := l.ids[name]; twice {
			return nil, badinput.Errorf("labels: %q is both label %d and label %d", name, other, id)
		}
		l.ids[name] = id
		low := strings.ToLower(name)
		if _, twice := l.folded[low]; twice {
			l.folded[low] = -1
		} else {
			l.folded[low] = id
		}
	}
	return l, nil
}

// ParseLabels reads a list such as "neg,pos"; the first name gets id 0.
func ParseLabels(list string) (*Labels, error) {
	names := strings.Split(list, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return NewLabels(names...)
}

// LabelsFromID2Label reads the id2label of a model's config.json. The ids must be 0 to len-1.
func LabelsFromID2Label(id2label map[int]string) (*Labels, error) {
	names := make([]string, len(id2label))
	for id, name := range id2label {
		if id < 0 || id >= len(names) {
			return nil, badinput.Errorf("id2label: id %d in a map of %d labels", id, len(names))
		}
		names[id] = name
	}
	return NewLabels(names...)
}

// Len is the number of classes.
func (l *Labels) Len() int { return len(l.names) }

// Name is the class's name.
func (l *Labels) Name(id int) string { return l.names[id] }

// Names returns all names in the order of their ids.
func (l *Labels) Names() []string { return slices.Clone(l.names) }

// String lists the names for a message.
func (l *Labels) String() string {
	if len(l.names) > 20 {
		return strings.Join(l.names[:20], ", ") + fmt.Sprintf(" and %d more", len(l.names)-20)
	}
	return strings.Join(l.names, ", ")
}

// ErrUnknownLabel is what ID returns, wrapped, for a label that is none of the classes.
var ErrUnknownLabel = errors.New("unknown label")

// ID returns the class of a label as a file spells it. In this order: a class of exactly this name (an integer is
// looked up as a decimal numeral, a bool as true or false); a whole number from 0 to Len()-1, written as a number or as
// text, is the id itself, unless classes are named by numbers; a name that differs from just one class's in nothing but
// letter case; and where there are two classes, a bool or the word true or false is 1 or 0. Otherwise the error wraps
// ErrUnknownLabel and lists the classes.
func (l *Labels) ID(label Label) (int, error) {
	if label.Kind == NoLabel {
		return 0, errors.New("the row has no label")
	}
	name := label.Name
	if label.Kind != NameLabel {
		name = label.String()
	}
	if id, ok := l.ids[name]; ok {
		return id, nil
	}
	if i, ok := label.asInt(); ok {
		if id, ok := l.ids[strconv.FormatInt(i, 10)]; ok {
			return id, nil
		}
		if 0 <= i && i < int64(len(l.names)) && !l.numerals() {
			return int(i), nil
		}
	}
	if id, ok := l.folded[strings.ToLower(name)]; ok && id >= 0 {
		return id, nil
	}
	if b, ok := label.asBool(); ok && len(l.names) == 2 {
		if b {
			return 1, nil
		}
		return 0, nil
	}
	return 0, fmt.Errorf("%w %.80s; known: %s", ErrUnknownLabel, label, l)
}

// numerals reports whether any class is named by a whole number. Then numbers are names: with the classes 1 to 5 a 0 is
// not the first of them but a label never seen.
func (l *Labels) numerals() bool {
	return slices.ContainsFunc(l.names, func(s string) bool {
		_, ok := wholeNumber(s)
		return ok
	})
}
