package forms

import (
	"slices"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// reference returns what golang.org/x/text knows of a character.
func reference(form norm.Form, r rune) (parts []rune, class uint8) {
	properties := form.PropertiesString(string(r))
	if r >= 0xAC00 && r <= 0xD7A3 {
		return nil, properties.CCC()
	}
	if decomposition := properties.Decomposition(); decomposition != nil {
		parts = []rune(string(decomposition))
	}
	return parts, properties.CCC()
}

// skipOtherUnicode skips where golang.org/x/text has another Unicode than the tables, as it does for another Go.
func skipOtherUnicode(t *testing.T) {
	if norm.Version != "15.0.0" {
		t.Skip("golang.org/x/text has Unicode " + norm.Version)
	}
}

func TestAllCharactersDecomposeAsInXText(t *testing.T) {
	skipOtherUnicode(t)
	table := Load()
	decomposed, marks := 0, 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		parts, class := table.Canonical(r)
		wantParts, wantClass := reference(norm.NFD, r)
		if !slices.Equal(parts, wantParts) || class != wantClass || table.Class(r) != wantClass {
			t.Fatalf("%U: canonical %U, class %d, want %U, %d", r, parts, class, wantParts, wantClass)
		}
		compatible, class := table.Compatible(r)
		wantParts, wantClass = reference(norm.NFKD, r)
		if !slices.Equal(compatible, wantParts) || class != wantClass {
			t.Fatalf("%U: compatible %U, class %d, want %U, %d", r, compatible, class, wantParts, wantClass)
		}
		if len(compatible) > 0 {
			decomposed++
		}
		if class != 0 {
			marks++
		}
	}
	if decomposed < 5000 || marks < 900 {
		t.Errorf("only %d characters decompose, only %d have a class", decomposed, marks)
	}
	for _, r := range []rune{-1, 0xD800, utf8.MaxRune + 1, 1<<31 - 1} {
		if parts, class := table.Canonical(r); parts != nil || class != 0 {
			t.Errorf("%d is no character, and decomposes to %U, class %d", r, parts, class)
		}
	}
}

func TestAllPairsComposeAsInXText(t *testing.T) {
	skipOtherUnicode(t)
	table := Load()
	// Whatever composes is what another character decomposes to, so the pairs of all parts, and of what those compose to, are enough.
	firsts, seconds := map[rune]bool{}, map[rune]bool{}
	for r := rune(0); r <= utf8.MaxRune; r++ {
		parts, _ := table.Canonical(r)
		if len(parts) < 2 {
			continue
		}
		firsts[parts[0]], seconds[parts[0]] = true, true
		firsts[r] = norm.NFC.IsNormalString(string(r))
		for _, part := range parts[1:] {
			seconds[part] = true
		}
	}
	composed := 0
	for a, canonical := range firsts {
		if !canonical {
			continue
		}
		parts, _ := table.Canonical(a)
		for b := range seconds {
			if class := table.Class(b); class > 0 && len(parts) > 0 && class < table.Class(parts[len(parts)-1]) {
				continue // b belongs before a mark that a has, and never follows it
			}
			var pair [16]byte
			whole := norm.NFC.Append(pair[:0], []byte(string([]rune{a, b}))...)
			want, size := utf8.DecodeRune(whole)
			wantOK := size == len(whole)
			got, ok := table.Compose(a, b)
			if ok != wantOK || ok && got != want {
				t.Fatalf("%U %U compose to %U, %t, want %U, %t", a, b, got, ok, want, wantOK)
			}
			if ok {
				composed++
			}
		}
	}
	if composed < 900 {
		t.Errorf("only %d pairs compose", composed)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		newTable()
	}
}
