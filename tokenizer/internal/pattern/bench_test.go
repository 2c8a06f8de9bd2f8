package pattern

import (
	"regexp"
	"strings"
	"testing"
)

// BenchmarkFind compares this package with regexp, on patterns that both know.
func BenchmarkFind(b *testing.B) {
	english := strings.Repeat("I'll pay 1234 for it - that's naive!\n\n  The game is good, but THEY'RE not going to fix the bugs (10/10 though)...  \n", 100)
	russian := strings.Repeat("Очень хорошая игра, 10 из 10! Но иногда вылетает, и это плохо…\n", 100)
	for _, test := range []struct{ name, pattern string }{
		{"llama3 without look-ahead", `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+`},
		{"words", `\w+|[^\w\s]+`}, {"digits", `\d`}, {"spaces", `\s+`},
	} {
		for name, text := range map[string]string{"english": english, "russian": russian} {
			b.Run(test.name+"/"+name+"/lorica", func(b *testing.B) {
				p := mustCompile(b, test.pattern)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					p.Find([]byte(text), func(Match) {})
				}
			})
			b.Run(test.name+"/"+name+"/table", func(b *testing.B) {
				p := mustCompile(b, test.pattern)
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					p.find([]byte(text), 0, func(Match) {})
				}
			})
			b.Run(test.name+"/"+name+"/go", func(b *testing.B) {
				re := regexp.MustCompile(strings.NewReplacer(`[^\w\s]`, `[^\p{L}\p{M}\p{N}_\s]`, `\w`, `[\p{L}\p{M}\p{N}_]`).Replace(test.pattern))
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					re.FindAllIndex([]byte(text), -1)
				}
			})
		}
	}
}
