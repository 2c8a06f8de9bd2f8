package format

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"
)

type named struct{ name string }

func (n named) String() string { return "<" + n.name + ">" }

func TestTheSmallFormatterWritesWhatFmtWrites(t *testing.T) {
	values := []any{
		nil, true, false, "", "café \"x\"\n", "`", "a longer text that a precision cuts", []byte("ab\xff"), []byte(nil), []string{"a", "b c"}, []string(nil),
		[]int{1, -2, 30}, []int(nil), 0, 1, -1, 42, math.MaxInt64, math.MinInt64, int8(-128), int16(7), int32(-9), int64(1 << 40), uint(3), uint8(255), uint16(9),
		uint32(1 << 31), uint64(math.MaxUint64), uintptr(16), 0.0, 1.5, -2.25, 1e6, 1e21, 1e-7, 123456789.0, math.Inf(1), math.SmallestNonzeroFloat64,
		float32(0.1), float32(3e30), 'é', named{"n"}, errors.New("broken"), fs.ErrNotExist,
	}
	verbsOf := func(v any) string {
		switch v.(type) {
		case nil:
			return "v"
		case bool:
			return "tv"
		case string, []byte, []string:
			return "sqvx"
		case []int:
			return "dv"
		case float64, float32:
			return "gvfe"
		case named, error:
			return "svq"
		case rune:
			return "dvxcq"
		}
		return "dvx"
	}
	compared := 0
	for _, v := range values {
		for _, verb := range verbsOf(v) {
			for _, flags := range []string{"", "5", "-12", "012", ".3", "30.5", "+", " ", "#", "06"} {
				infinite := v == math.Inf(1)
				precise := strings.Contains(flags, ".")
				signed := flags == "+" || flags == " "
				zeros := strings.HasPrefix(flags, "0")
				switch {
				case flags == "#" && (verb != 'x' && verb != 'q' || isText(v) && verb == 'x'),
					precise && (!isText(v) && !isFloat(v) || isBytes(v)),
					signed && (isText(v) || infinite || verb == 'c' || verb == 'q' || verb == 'v'),
					zeros && (isText(v) || infinite || verb == 'c' || verb == 'q'):
					continue // no text of ours asks for it
				}
				f := "<%" + flags + string(verb) + "> %d%%"
				want := fmt.Sprintf(f, v, 7)
				if got := string(appendf(nil, f, []any{v, 7})); got != want {
					t.Errorf("%s of %T %v: got %q, want %q", f, v, v, got, want)
				}
				compared++
			}
		}
	}
	if compared < 500 {
		t.Errorf("only %d comparisons", compared)
	}
}

func isText(v any) bool {
	switch v.(type) {
	case string, []byte, []string, named, error, nil, bool:
		return true
	}
	return false
}

func isBytes(v any) bool {
	_, ok := v.([]byte)
	return ok
}

func isFloat(v any) bool {
	switch v.(type) {
	case float64, float32:
		return true
	}
	return false
}

func TestMistakesInAFormatAreShownAndDoNotPanic(t *testing.T) {
	for format, want := range map[string]string{
		"%d %d":   "1 %!d(MISSING)",
		"none":    "none%!(EXTRA)",
		"%":       "%!(NOVERB)%!(EXTRA)",
		"%-05":    "%!(NOVERB)%!(EXTRA)",
		"%99999d": "",
	} {
		if got := string(appendf(nil, format, []any{1})); want != "" && got != want {
			t.Errorf("%q: got %q, want %q", format, got, want)
		}
	}
	if got := string(appendf(nil, "%s", []any{struct{}{}})); got != "%!s(?)" {
		t.Errorf("a value of an unknown type: %q", got)
	}
}

func TestTheSmallErrorsWrapWhatFmtsWrap(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	for _, c := range []struct {
		format string
		args   []any
	}{
		{"plain %d", []any{1}},
		{"one: %w", []any{a}},
		{"%d and %w", []any{2, b}},
		{"%w, %w", []any{a, b}},
		{"not %v", []any{a}},
	} {
		want, got := fmt.Errorf(c.format, c.args...), smallErrorf(c.format, c.args)
		if got.Error() != want.Error() {
			t.Errorf("%q: got %q, want %q", c.format, got, want)
		}
		for _, cause := range []error{a, b} {
			if errors.Is(got, cause) != errors.Is(want, cause) {
				t.Errorf("%q: wraps %v: %t", c.format, cause, errors.Is(got, cause))
			}
		}
		if errors.Unwrap(got) != errors.Unwrap(want) {
			t.Errorf("%q: unwraps to %v, want %v", c.format, errors.Unwrap(got), errors.Unwrap(want))
		}
	}
}

func TestTheSmallFormatterSaysWhatWasRecovered(t *testing.T) {
	recovered := func(f func()) (p any) {
		defer func() { p = recover() }()
		f()
		return nil
	}
	var none []int
	for _, p := range []any{
		"a text", errors.New("broken"), named{"n"}, 7, 1.5, true, recovered(func() { _ = none[len(none)] }), recovered(func() { panic(nil) }),
	} {
		if got, want := smallRecovered(p), fmt.Sprint(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzFormatsDoNotPanic(f *testing.F) {
	f.Add("%-05.3d%%%w", int64(3), "x")
	f.Fuzz(func(t *testing.T, format string, n int64, s string) {
		appendf(nil, format, []any{n, s, errors.New(s), 1.5})
	})
}
