package tokenizer

import (
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/jsonscan"
)

// Strategy says which of two texts truncation shortens.
type Strategy uint8

// The strategies. With one text they do the same, but that OnlySecond fails.
const (
	LongestFirst Strategy = iota // the longer one, until both are as long; then both
	OnlyFirst
	OnlySecond
)

// String returns Hugging Face's name of the strategy.
func (s Strategy) String() string {
	names := [...]string{"longest_first", "only_first", "only_second"}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown strategy"
}

// Truncation cuts sequences to a length.
type Truncation struct {
	MaxLength int // with special tokens; 0 for no truncation
	Stride    int // tokens that an overflowing chunk shares with the one before it
	Strategy  Strategy
	Left      bool // keep the end of the text
}

// Padding lengthens sequences to a length.
type Padding struct {
	Length     int // 0 for that of the longest in a batch, which only the caller knows
	MultipleOf int // rounds the length up when positive
	Left       bool
	ID, TypeID int32
	Token      string
}

// readTruncation reads the "truncation" section.
func readTruncation(s *jsonscan.Scanner) (*Truncation, error) {
	if s.Null() {
		return nil, nil
	}
	t := &Truncation{}
	return t, s.Object(func(key string) error {
		switch key {
		case "max_length":
			return readInt(s, &t.MaxLength)
		case "stride":
			return readInt(s, &t.Stride)
		case "strategy":
			choice, err := readChoice(s, "LongestFirst", "OnlyFirst", "OnlySecond")
			t.Strategy = Strategy(choice)
			return err
		case "direction":
			return readLeft(s, &t.Left)
		}
		return s.Skip()
	}, "max_length", "stride", "strategy")
}

// readLeft reads a direction.
func readLeft(s *jsonscan.Scanner, to *bool) error {
	choice, err := readChoice(s, "Left", "Right")
	*to = choice == 0
	return err
}

// readPadding reads the "padding" section.
func readPadding(s *jsonscan.Scanner) (*Padding, error) {
	if s.Null() {
		return nil, nil
	}
	p := &Padding{}
	return p, s.Object(func(key string) error {
		switch key {
		case "strategy":
			if s.Kind() == jsonscan.Object {
				return s.Object(func(string) error { return readInt(s, &p.Length) }, "Fixed")
			}
			_, err := readChoice(s, "BatchLongest")
			p.Length = 0
			return err
		case "direction":
			return readLeft(s, &p.Left)
		case "pad_to_multiple_of":
			if s.Null() {
				return nil
			}
			return readInt(s, &p.MultipleOf)
		case "pad_id":
			return readID(s, &p.ID)
		case "pad_type_id":
			return readID(s, &p.TypeID)
		case "pad_token":
			return readString(s, &p.Token)
		}
		return s.Skip()
	}, "strategy", "direction", "pad_id", "pad_type_id", "pad_token")
}

// room returns how many tokens of text MaxLength leaves beside the special ones.
func (t Truncation) room(special int) (int, error) {
	room := t.MaxLength - special
	switch {
	case t.MaxLength < 0 || room < 0:
		return 0, format.Errorf("maximum length %d leaves no room for %d special tokens", t.MaxLength, special)
	case t.Strategy > OnlySecond:
		return 0, format.Errorf("unknown truncation strategy %d", int(t.Strategy))
	case t.Stride < 0 || t.Stride > 0 && t.Stride >= room:
		return 0, format.Errorf("stride %d is not below %d, the maximum length %d less %d special tokens",
			t.Stride, room, t.MaxLength, special)
	}
	return room, nil
}

// lengths returns how many tokens each text of n may keep; n[1] is -1 when there is no second text.
func (t Truncation) lengths(n [2]int, room int) (keep [2]int, err error) {
	total := n[0] + max(n[1], 0)
	if total <= room {
		return n, nil
	}
	if room == 0 {
		return [2]int{0, min(n[1], 0)}, nil
	}
	if t.Strategy == LongestFirst {
		if n[1] < 0 {
			return [2]int{room, -1}, nil
		}
		short, long := min(n[0], n[1]), room/2+room%2
		if short > room/2 {
			short = room / 2
		} else {
			long = room - short
		}
		if n[0] > n[1] {
			return [2]int{long, short}, nil
		}
		return [2]int{short, long}, nil
	}
	cut := int(t.Strategy - OnlyFirst)
	if n[cut] < 0 {
		return n, format.Errorf("truncation %s, but there is no second text", t.Strategy)
	}
	keep = n
	keep[cut] -= total - room
	if keep[cut] <= 0 {
		return n, format.Errorf("truncation %s: the other text alone has %d tokens, the maximum length leaves room for %d",
			t.Strategy, n[1-cut], room)
	}
	return keep, nil
}

// span is a range of tokens.
type span struct{ start, end int }

// chunks appends the ranges into which n tokens are cut, the one that is kept first. Each has keep tokens but the last, and
// shares Stride of them with the one before.
func (t Truncation) chunks(dst []span, n, keep int) ([]span, error) {
	if n <= keep {
		return append(dst, span{0, n}), nil
	}
	if keep == 0 {
		return append(dst, span{0, 0}, span{0, n}), nil
	}
	if t.Stride >= keep {
		return dst, format.Errorf("stride %d is not below %d, the tokens that truncation leaves of a text", t.Stride, keep)
	}
	step := keep - t.Stride
	if t.Left {
		for end := n; ; end -= step {
			start := max(end-keep, 0)
			dst = append(dst, span{start, end})
			if start == 0 {
				return dst, nil
			}
		}
	}
	for start := 0; ; start += step {
		end := min(start+keep, n)
		dst = append(dst, span{start, end})
		if end == n {
			return dst, nil
		}
	}
}

// first returns the range that is kept.
func (t Truncation) first(n, keep int) span {
	if t.Left {
		return span{n - min(keep, n), n}
	}
	return span{0, min(keep, n)}
}
