package pattern

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustCompile(t testing.TB, text string) *Pattern {
	t.Helper()
	p, err := Compile(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return p
}

// matches returns the matches that backtracking finds and those that the table has.
func matches(p *Pattern, text string) (backtracked, tabled [][]int) {
	p.Find([]byte(text), func(m Match) { backtracked = append(backtracked, []int{m.Start, m.End}) })
	p.find([]byte(text), 0, func(m Match) { tabled = append(tabled, []int{m.Start, m.End}) })
	return backtracked, tabled
}

// randomExpression writes an expression that means the same to Go and to Oniguruma.
func randomExpression(random *rand.Rand, depth int) string {
	pick := func(options ...string) string { return options[random.IntN(len(options))] }
	if depth == 0 {
		return pick("a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "é", `\p{L}`, `\P{L}`, `\A`, `\z`, `\p{Nd}`, "1", `\n`, "(?:)", `[^\p{L}1]`, `\.`)
	}
	sub := func() string { return randomExpression(random, depth-1) }
	switch random.IntN(8) {
	case 0, 1:
		return sub() + sub()
	case 2:
		return "(?:" + sub() + "|" + sub() + ")"
	case 3:
		return "(" + sub() + ")"
	case 4:
		return "(?i:" + sub() + ")"
	case 5:
		return sub() + sub() + sub()
	}
	return "(?:" + sub() + ")" + pick("*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}")
}

func randomText(random *rand.Rand) string {
	var b strings.Builder
	for range 1 + random.IntN(14) {
		b.WriteString([]string{"a", "b", "c", "A", "B", "é", "É", "1", "\n", " ", ".", "你"}[random.IntN(12)])
	}
	return b.String()
}

func TestRandomExpressionsMatchWhatGoMatches(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 8000 {
		text := randomExpression(random, 1+random.IntN(4))
		re, err := regexp.Compile(text)
		if err != nil {
			continue
		}
		p, err := Compile(text)
		if err != nil {
			if !strings.Contains(err.Error(), "a place cannot be repeated") {
				t.Fatalf("%q: %v", text, err)
			}
			continue
		}
		n, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		emptyTurns := hasEmptyTurns(n)
		for range 4 {
			subject := randomText(random)
			want := re.FindAllStringIndex(subject, -1)
			backtracked, tabled := matches(p, subject)
			if emptyTurns {
				want = backtracked
			}
			if !equal(backtracked, want) || !equal(tabled, want) {
				t.Fatalf("%q on %q: %v backtracked, %v in the table, want %v", text, subject, backtracked, tabled, want)
			}
			found += len(want)
		}
	}
	if found < 30000 {
		t.Errorf("only %d matches compared", found)
	}
}

// hasEmptyTurns reports whether a loop's turn may match without a character. Oniguruma then ends the loop, and Go looks for another way
// first; the cases from Oniguruma itself have such loops.
func hasEmptyTurns(n *node) bool {
	return n.op == opRepeat && n.parts[0].nullable() || slices.ContainsFunc(n.parts, hasEmptyTurns)
}

// nullable reports whether n may match without a character.
func (n *node) nullable() bool {
	switch n.op {
	case opChar, opSet:
		return false
	case opConcat:
		for _, part := range n.parts {
			if !part.nullable() {
				return false
			}
		}
	case opAlternate:
		for _, part := range n.parts {
			if part.nullable() {
				return true
			}
		}
		return false
	case opRepeat:
		return n.min == 0 || n.parts[0].nullable()
	case opAtomic:
		return n.parts[0].nullable()
	}
	return true
}

func equal(a, b [][]int) bool { return slices.EqualFunc(a, b, slices.Equal[[]int]) }

func TestHostileExpressionsTakeLinearTime(t *testing.T) {
	text := strings.Repeat("a", 20000)
	for _, expression := range []string{
		"(?:a*)*b", "(?:a|a)*b", "(?:a+)+b", "(?:a?){30}a{30}b", "a++b", "(?>a+)b", "(?=a*b)a", "(?!a*b)c", "(?:(?=a*b)a|a)*b", ".*.*.*.*b", "(?>a*?b|a)c",
		"(?:(?>a+)|b)c", "(?:a*?a*?)*?b", `a+(?!a)b`,
	} {
		start := time.Now()
		backtracked, _ := matches(mustCompile(t, expression), text)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %v", expression, took)
		}
		if len(backtracked) > 0 && expression != "(?!a*b)c" && expression != "(?=a*b)a" {
			t.Errorf("%s: %v", expression, backtracked)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`, "(?:a*)*", "[a-z&&[^b]]",
		`(?<=a|bc)d\b`, `(?x) a # b`, `\x{41}\u0041\101{`, "(?<n>a)+?"} {
		f.Add(seed, "I'll pay 1234 € – naïve!\n  ok")
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		p, err := Compile(expression)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
			return
		}
		if len(text) > 200 {
			return
		}
		backtracked, tabled := matches(p, text)
		if fmt.Sprint(backtracked) != fmt.Sprint(tabled) {
			t.Fatalf("%q on %q: %v backtracked, %v in the table", expression, text, backtracked, tabled)
		}
	})
}
