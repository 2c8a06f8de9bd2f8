package encoder

import (
	"strings"
	"testing"
)

func TestExcerptsAreShortLines(t *testing.T) {
	const long = "a word and another "
	for _, text := range []string{
		"", " ", "[1,\n\t 2 ]", "  \u00a0x\u2003 y ", strings.Repeat("z", 60), strings.Repeat("z", 61), strings.Repeat(long, 9),
		strings.Repeat("z", 59) + "\u00e9", strings.Repeat("z", 58) + "\u20ac", strings.Repeat("\U0001F600", 20),
	} {
		want := strings.Join(strings.Fields(text), " ")
		if len(want) > 60 {
			want = strings.ToValidUTF8(want[:60], "") + "..."
		}
		if got := excerpt(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
