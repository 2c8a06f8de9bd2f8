package pattern

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// lines reads a file that testdata/make_patterns.py wrote.
func lines[T any](t testing.TB, path string) (all []T) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for decoder := json.NewDecoder(unzipped); decoder.More(); {
		var line T
		if err := decoder.Decode(&line); err != nil {
			t.Fatalf("%s: line %d: %v", path, len(all)+1, err)
		}
		all = append(all, line)
	}
	return all
}

type patternLine struct {
	Pattern string
	Cases   []patternCase
}

// patternCase is a text, the same with its matches replaced by <>, and where the pieces end that are matches or lie between them.
type patternCase struct {
	text, replaced string
	ends           []int
}

func (c *patternCase) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&c.text, &c.replaced, &c.ends})
}

// isNotSupported reports whether an error tells of what Oniguruma knows and this package does not.
func isNotSupported(err error) bool {
	return strings.Contains(err.Error(), "not supported")
}

func TestMatchesAreThoseOfOniguruma(t *testing.T) {
	compared, refused := 0, 0
	for _, line := range lines[patternLine](t, "testdata/patterns.jsonl.gz") {
		p, err := Compile(line.Pattern)
		switch {
		case err != nil && len(line.Cases) == 0:
			refused++
			continue
		case err != nil && isNotSupported(err):
			t.Errorf("%s: %v", line.Pattern, err)
			continue
		case err != nil:
			t.Errorf("%s is refused: %v", line.Pattern, err)
			continue
		case len(line.Cases) == 0:
			t.Errorf("%s is not refused", line.Pattern)
		}
		for _, c := range line.Cases {
			backtracked, tabled := matches(p, c.text)
			for _, found := range [][][]int{backtracked, tabled} {
				replaced, ends := outcome(c.text, found)
				if replaced != c.replaced || !slices.Equal(ends, c.ends) {
					t.Errorf("%s on %q: %q with pieces up to %v, want %q, %v", line.Pattern, c.text, replaced, ends, c.replaced, c.ends)
					break
				}
				compared++
			}
		}
	}
	if compared < 10000 || refused < 20 {
		t.Errorf("only %d comparisons, %d refusals", compared, refused)
	}
}

// outcome returns what a patternCase has of matches.
func outcome(text string, found [][]int) (replaced string, ends []int) {
	at := 0
	end := func(at int) {
		n := utf8.RuneCountInString(text[:at])
		if n > 0 && !slices.Contains(ends, n) {
			ends = append(ends, n)
		}
	}
	for _, m := range found {
		replaced += text[at:m[0]] + "<>"
		end(m[0])
		end(m[1])
		at = m[1]
	}
	end(len(text))
	return replaced + text[at:], ends
}

// The properties are those of Unicode 16 in Oniguruma. The general categories and scripts are those that Go has, where code points may
// not be assigned that have come since; what goes into words and numbers is corrected for that.
func TestPropertiesAreThoseOfOniguruma(t *testing.T) {
	type line struct {
		Pattern string
		Ranges  []rune
	}
	all := lines[line](t, "testdata/properties.jsonl.gz")
	if len(all) < 50 {
		t.Fatalf("%d properties", len(all))
	}
	for _, line := range all {
		p := mustCompile(t, line.Pattern)
		in := p.program[p.start].set
		corrected := line.Pattern[1] != 'p' || slices.Contains([]string{`\p{L}`, `\p{M}`, `\p{N}`, `\p{Nd}`, `\p{Digit}`, `\p{Word}`, `\p{Space}`}, line.Pattern)
		next := 0
		var wrong []string
		for r := rune(0); r <= utf8.MaxRune; r++ {
			if r > 0x34000 { // where all is as far as one can see
				r += 30
			}
			for next < len(line.Ranges) && line.Ranges[next+1] < r {
				next += 2
			}
			want := next < len(line.Ranges) && line.Ranges[next] <= r
			if in.has(r) != want && utf8.ValidRune(r) && (corrected || !unicode.Is(unicode.Cn, r) && r != 0x1171E) { // a spacing mark since
				wrong = append(wrong, fmt.Sprintf("%U", r))
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%s: %d differ: %v", line.Pattern, len(wrong), wrong[:min(len(wrong), 12)])
		}
	}
}
