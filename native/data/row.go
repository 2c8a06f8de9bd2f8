package data

import (
	"math"
	"strconv"
	"strings"
)

// Row is one labelled text.
type Row struct {
	Line int // line of the file on which the row begins, from 1
	Text string
	// InputIDs is non-nil when the row brings its token ids; it then stands in place of Text, which may be empty.
	InputIDs []int32
	// TokenTypeIDs is nil or as long as InputIDs.
	TokenTypeIDs []int32
	Label        Label
	ID           string // what Options.IDField says, a whole number as a decimal numeral
}

// LabelKind says how a file spells a label.
type LabelKind uint8

// The kinds of Label.
const (
	NoLabel LabelKind = iota
	BoolLabel
	IntLabel
	NameLabel
)

// Label is a label as the file spells it; Labels.ID gives its class. The zero value is "no label".
type Label struct {
	Kind LabelKind
	Int  int64  // of an IntLabel; 0 or 1 for a BoolLabel
	Name string // of a NameLabel
}

// BoolValue is the label of a yes/no field such as Steam's voted_up.
func BoolValue(b bool) Label {
	if b {
		return Label{Kind: BoolLabel, Int: 1}
	}
	return Label{Kind: BoolLabel}
}

// IntValue is the label of a numeric field.
func IntValue(i int64) Label { return Label{Kind: IntLabel, Int: i} }

// NameValue is the label of a text field. Numerals and true/false stay names here: only Labels knows whether "1" is a
// class's name or its id.
func NameValue(s string) Label { return Label{Kind: NameLabel, Name: s} }

// String spells the label as JSON would.
func (l Label) String() string {
	switch l.Kind {
	case BoolLabel:
		return strconv.FormatBool(l.Int == 1)
	case IntLabel:
		return strconv.FormatInt(l.Int, 10)
	case NameLabel:
		return strconv.Quote(l.Name)
	}
	return "none"
}

// asBool reads true/false in any letter case, whether the file wrote a bool or, as CSV must, a word.
func (l Label) asBool() (value, ok bool) {
	switch l.Kind {
	case BoolLabel:
		return l.Int == 1, true
	case NameLabel:
		switch strings.ToLower(l.Name) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	return false, false
}

// asInt reads whole numbers, also where the file wrote them as text or as 1.0.
func (l Label) asInt() (int64, bool) {
	switch l.Kind {
	case IntLabel:
		return l.Int, true
	case NameLabel:
		return wholeNumber(l.Name)
	}
	return 0, false
}

// wholeNumber parses a decimal numeral that stands for an integer: 1, -1, 1.0, 1e0.
func wholeNumber(s string) (int64, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 || strings.ContainsAny(s, "xXpP_") {
		return 0, false
	}
	return int64(f), true
}
