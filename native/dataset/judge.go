package dataset

import (
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Condition is a field with the value that rows must have in it.
type Condition struct{ Field, Value string }

// ParseCondition reads FIELD=VALUE.
func ParseCondition(s string) (Condition, error) {
	field, value, ok := strings.Cut(s, "=")
	if !ok || field == "" {
		return Condition{}, badinput.Errorf("condition %q: want FIELD=VALUE", s)
	}
	return Condition{field, value}, nil
}

// judge returns the first reason that keeps a row out, of those that hang on it alone. Labels are judged once it is known
// whether any file has them.
func (b *build) judge(in *incoming) reason {
	for _, c := range b.Where {
		if is, ok := scalar(in.fields, c.Field); !ok || is != c.Value {
			return notWanted
		}
	}
	chars := utf8.RuneCountInString(in.row.Text)
	switch {
	case !b.KeepEmpty && strings.TrimSpace(in.row.Text) == "":
		return empty
	case chars < b.MinChars:
		return tooShort
	case b.MaxChars > 0 && chars > b.MaxChars:
		return tooLong
	}
	return kept
}
