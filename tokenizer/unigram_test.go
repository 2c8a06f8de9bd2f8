//go:build !wasm

package tokenizer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestATrieFindsEachKeyAndNothingElse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	alphabet := []string{"a", "b", "c", " ", "\x00", "\x01", "\u00e9", "\u4f60", "\U0001f600", "\x7f"}
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	for _, n := range []int{0, 1, 2, 300, 20000} {
		var keys [][]byte
		want := map[string]int32{}
		for i := range n {
			key := text(r.IntN(9))
			if r.IntN(50) == 0 {
				key = text(r.IntN(4)) + strings.Repeat("long", r.IntN(200))
			}
			keys = append(keys, []byte(key))
			if key != "" {
				want[key] = int32(i) // the last one counts
			}
		}
		trie := newByteTrie(keys)
		for key, id := range want {
			if got := trie.find([]byte(key)); got != id {
				t.Fatalf("%d keys: %q is %d, want %d", n, key, got, id)
			}
		}
		for range 2000 {
			key := text(r.IntN(10))
			if _, ok := want[key]; ok {
				continue
			}
			if got := trie.find([]byte(key)); got != -1 {
				t.Fatalf("%d keys: %q, which is none of them, is %d", n, key, got)
			}
		}
		used := 0
		for _, u := range trie.units {
			if u.label() != freeUnit.label() {
				used++
			}
		}
		if n == 20000 && used < len(trie.units)*3/4 {
			t.Errorf("%d of %d units are used", used, len(trie.units))
		}
	}
}

// referencePath cuts a word as the definition has it: of all ways the one with the highest sum, found from left to right,
// over characters; neighbouring unknown ones are fused.
func referencePath(pieces []string, scores []float64, unknown int32, word string) (ids []int32, texts []string) {
	id := map[string]int32{}
	for i, p := range pieces {
		id[p] = int32(i)
	}
	type node struct {
		score float64
		start int
		id    int32
	}
	best := map[int]node{0: {}}
	reach := func(end int, n node) {
		if old, ok := best[end]; !ok || n.score > old.score {
			best[end] = n
		}
	}
	for start := range word {
		_, size := utf8.DecodeRuneInString(word[start:])
		alone := false
		for end := start + 1; end <= len(word); end++ {
			if i, ok := id[word[start:end]]; ok {
				reach(end, node{best[start].score + scores[i], start, i})
				alone = alone || end == start+size
			}
		}
		if !alone {
			reach(start+size, node{best[start].score + (slices.Min(scores) - 10), start, unknown})
		}
	}
	for end := len(word); end > 0; {
		n := best[end]
		for n.id == unknown && n.start > 0 && best[n.start].id == unknown {
			n.start = best[n.start].start
		}
		text := word[n.start:end]
		if i, ok := id[text]; ok {
			n.id = i
		}
		ids, texts = append(ids, n.id), append(texts, text)
		end = n.start
	}
	slices.Reverse(ids)
	slices.Reverse(texts)
	return ids, texts
}

func FuzzUnigram(f *testing.F) {
	f.Add("a b ab abc \u00e9 aa ba", "abcab\u00e9zz\u4f60 aab", int64(7))
	f.Add("\u2581 \u2581a a aaa aa", "\u2581aaaaaa \u2581\u2581", int64(-3))
	f.Add("x <unk> zz \u4f60\u597d \u4f60", "zz\u4f60\u597d<unk>z", int64(100))
	f.Fuzz(func(t *testing.T, vocabulary, word string, seed int64) {
		word = strings.ToValidUTF8(word, "\ufffd")
		pieces := append([]string{"<unk>"}, strings.Fields(strings.ToValidUTF8(vocabulary, "\ufffd"))...)
		if len(word) > 100 || len(word) == 0 || len(pieces) > 200 {
			return
		}
		m := &unigram{vocab: &vocab{}, unknown: 0}
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		for i, p := range pieces {
			m.vocab.add(p, int32(i))
			m.scores = append(m.scores, float64(r.IntN(9))*0.1+float64(seed%50)) // few values: many ties
		}
		m.vocab.indexLast()
		m.unknownScore = slices.Min(m.scores) - unknownPenalty
		m.prepare(false)
		var got wordTokens
		m.tokenize([]byte(word), &got)
		ids, texts := referencePath(pieces, m.scores, 0, word)
		var ends []int32
		for _, text := range texts {
			end := int32(len(text))
			if len(ends) > 0 {
				end += ends[len(ends)-1]
			}
			ends = append(ends, end)
		}
		if !slices.Equal(got.ids, ids) || !slices.Equal(got.ends, ends) {
			t.Fatalf("%q with %q: ids %v, ends %v, want %v, %v", word, pieces, got.ids, got.ends, ids, ends)
		}
	})
}

func TestAModelReadsSpacesInThePlaceOfItsMark(t *testing.T) {
	pieces := []string{"<unk>", "\u2581", "a", "\u2581a", "b", "\u2581\u2581", "a b", "b\u2581a"}
	var list strings.Builder
	for i, p := range pieces {
		fmt.Fprintf(&list, `,[%q,%d]`, p, -i)
	}
	for _, pre := range []string{
		`{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":false}`,
		`{"type":"Sequence","pretokenizers":[{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":false},{"type":"Digits","individual_digits":false}]}`,
	} {
		tok, err := Parse([]byte(`{"pre_tokenizer":` + pre + `,"model":{"type":"Unigram","unk_id":0,"vocab":[` + list.String()[1:] + `]}}`))
		if err != nil {
			t.Fatal(err)
		}
		if raw := !strings.Contains(pre, "Digits"); tok.rawSpaces != raw {
			t.Errorf("spaces stay: %t, want %t", tok.rawSpaces, raw)
		}
		for text, want := range map[string]string{"a b  a": "\u2581a|\u2581|b|\u2581|\u2581a", "ba\u2581z a": "\u2581|b|a|\u2581|z|\u2581a", " a": "\u2581a"} {
			enc, err := tok.Encode(text, Options{})
			if got := strings.Join(enc.Tokens(), "|"); err != nil || got != want {
				t.Errorf("%s: %q is cut into %s, want %s (%v)", pre, text, got, want, err)
			}
		}
	}
}
