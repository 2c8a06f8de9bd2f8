package pattern

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestExpressionsThatAreTooMuchAreRefused(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"long", strings.Repeat("a", 1<<16+1), "65537 bytes are more than 65536"},
		{"many characters", strings.Repeat("a", 5000), "it repeats too much, or is too long"},
		{"deep groups", strings.Repeat("(", 200) + strings.Repeat(")", 200), "byte 100: groups within groups, deeper than 100"},
		{"deep flags", strings.Repeat("(?i)", 200), "groups within groups, deeper than 100"},
		{"deep classes", strings.Repeat("[a", 200) + strings.Repeat("]", 200), "classes within classes, deeper than 100"},
		{"many turns", "a{1001}", "byte 1: more than 1000 times"},
		{"turns of turns", "(?:(?:a{100}){100}){100}", "it repeats too much"},
		{"turns of nothing", "(?:(?:(?:){1000}){1000}){1000}", "it repeats too much"},
		{"quantifiers", "a" + strings.Repeat("*", 20), "byte 11: a quantifier of a quantifier, deeper than 10"},
		{"loops of loops", strings.Repeat("(?:", 90) + "a?" + strings.Repeat(")*", 90), "it repeats too much"},
		{"atomic groups", strings.Repeat("a++", 65), "more atomic groups and possessive quantifiers than are supported"},
		{"a long look-behind", "(?<=a{33})b", "byte 0: a look-behind is not supported that is not over a fixed number of characters, up to 32"},
		{"a look-behind without a length", "b(?<!a+)b", "byte 1: a look-behind is not supported"},
		{"a back-reference", `(a)\1`, `byte 3: \1 is not supported`},
		{"a condition", `(?(1)a|b)`, `byte 0: "(?(" is not supported`},
		{"an absent group", `(?~a)`, `byte 0: "(?~" is not supported`},
		{"a property", `a\p{Klingon}`, `byte 1: the property "Klingon" is not supported`},
		{"a property without braces", `\pL`, "byte 0: want a property's name in braces"},
		{"a bracket expression", `[[:alpha:]]`, "byte 1: [: is not supported"},
		{"from more to less", `a{3,2}`, "byte 1: from 3 to 2 times is not supported"},
		{"a place again", `\b*`, "byte 2: a place cannot be repeated"},
		{"an open parenthesis", `a(b`, "byte 1: a parenthesis is not closed"},
		{"an open bracket", `a[b`, "byte 1: a bracket is not closed"},
		{"a closed parenthesis", `a)b`, "byte 1: a parenthesis is closed that is not open"},
		{"a flag", "(?é)", `byte 0: "(?é" is not supported`},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			_, err := Compile(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestRangesAreSortedAndJoined(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		var r ranges
		in := map[rune]bool{}
		for range random.IntN(40) {
			low := random.Int32N(200)
			high := low + random.Int32N(6)
			r = append(r, low, high)
			for c := low; c <= high; c++ {
				in[c] = true
			}
		}
		sorted := r.sort()
		for i := 2; i < len(sorted); i += 2 {
			if sorted[i] <= sorted[i-1]+1 {
				t.Fatalf("%v", sorted)
			}
		}
		for c := rune(-1); c < 210; c++ {
			if sorted.hold(c) != in[c] {
				t.Fatalf("%v hold %d: %t", sorted, c, !in[c])
			}
		}
	}
}
