package train

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer"
)

func TestTheOrderOfTheTextsDoesNotMatter(t *testing.T) {
	for _, g := range goldenCases(t) {
		texts := slices.Clone(g.Texts)
		slices.Reverse(texts)
		if l := learn(t, g.config(), texts); !slices.Equal(l.Tokens, g.Tokens) || !slices.Equal(l.Merges, g.Merges) {
			t.Errorf("%s %s: another vocabulary", g.Kind, g.Name)
		}
	}
}

func TestWordsAreForgottenByTheirCountsAlone(t *testing.T) {
	words := NewWords()
	for i, text := range []string{"one", "two", "three", "four", "five", "six"} {
		words.Add([]byte(text), int64(i+1))
	}
	words.Bound(1 << 20)
	if words.Len() != 6 || words.Forgotten != 0 {
		t.Fatalf("%d words, %d forgotten, though there is room", words.Len(), words.Forgotten)
	}
	words.Bound(200) // half of it holds two words
	other := NewWords()
	other.Add([]byte("six"), 1)
	words.Merge(other)
	got := map[string]int64{}
	for i := range words.list {
		got[string(words.of(&words.list[i]))] = words.list[i].count
	}
	if want := map[string]int64{"five": 5, "six": 7}; !reflect.DeepEqual(got, want) || words.Forgotten != 10 || words.Occurrences() != 12 || other.Len() != 0 {
		t.Errorf("%v, %d forgotten", got, words.Forgotten)
	}
}

func TestWordsThatAreTooLongAreLeftOut(t *testing.T) {
	c := Default(tokenizer.BPE)
	pipeline, err := Pipeline(&c)
	if err != nil {
		t.Fatal(err)
	}
	counter := NewCounter(pipeline)
	if err := counter.Add(strings.Repeat("a", MaxWordBytes+1) + " b " + strings.Repeat("c", MaxWordBytes-1)); err != nil {
		t.Fatal(err)
	}
	if counter.TooLong != 1 || counter.Words.Len() != 2 {
		t.Errorf("%d too long, %d words", counter.TooLong, counter.Words.Len())
	}
}

func TestWhatCannotBeLearntIsAnInputError(t *testing.T) {
	wordPiece := Default(tokenizer.WordPiece)
	wordPiece.VocabSize = 10
	for _, c := range []struct {
		name   string
		config Config
		texts  []string
		want   string
	}{
		{"no texts", Default(tokenizer.BPE), nil, "not one word"},
		{"white space", wordPiece, []string{" \t\n"}, "not one word"},
		{"more characters than tokens", wordPiece, []string{"abcdef"}, "a vocabulary of 10 is too small: the special tokens and the characters of the texts are 16"},
	} {
		_, err := Learn(t.Context(), c.config, countWords(t, c.config, c.texts), nil)
		if err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{`kind "unigram"`, func(c *Config) { c.Kind = "unigram" }},
		{"the 256 bytes are 261 already", func(c *Config) { c.VocabSize = 260 }},
		{"vocabulary size 0", func(c *Config) { c.VocabSize = 0 }},
		{"least frequency 0", func(c *Config) { c.MinFrequency = 0 }},
		{"only a byte-level BPE", func(c *Config) { *c = Default(tokenizer.WordPiece); c.AddPrefixSpace = true }},
		{"cannot be limited", func(c *Config) { c.LimitAlphabet = 3 }},
		{"memory for words", func(c *Config) { c.WordMemory = 1 }},
		{"want one of <mask> and [MASK]", func(c *Config) { c.Special = c.Special[:4] }},
		{"are for the same", func(c *Config) { c.Special = append(c.Special, "[CLS]") }},
		{"stands twice", func(c *Config) { c.Special = append(c.Special, "<s>") }},
		{"want a text", func(c *Config) { c.Special = append(c.Special, "") }},
	} {
		config := Default(tokenizer.BPE)
		c.change(&config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

func TestLearningStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	cancel(stop)
	c := Default(tokenizer.BPE)
	if _, err := Learn(ctx, c, countWords(t, c, []string{"a word"}), nil); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func FuzzLearn(f *testing.F) {
	f.Add("abab aab\xff é ##a", uint16(300), uint8(1), false)
	f.Add("<s> [CLS] the the then", uint16(40), uint8(2), true)
	f.Fuzz(func(t *testing.T, text string, size uint16, least uint8, wordPiece bool) {
		kind := tokenizer.BPE
		if wordPiece {
			kind = tokenizer.WordPiece
		}
		c := Default(kind)
		c.VocabSize, c.MinFrequency, c.Lowercase = int(size), int(least), size%2 == 0
		if len(text) > 1<<12 || c.Validate() != nil {
			return
		}
		l, err := Learn(t.Context(), c, countWords(t, c, []string{text}), nil)
		if err != nil {
			if !badinput.Is(err) {
				t.Fatal(err)
			}
			return
		}
		source, err := l.TokenizerJSON()
		if err != nil {
			t.Fatal(err)
		}
		tok, err := tokenizer.Parse(source)
		if err != nil || len(l.Tokens) > c.VocabSize {
			t.Fatalf("%d tokens of %d: %v", len(l.Tokens), c.VocabSize, err)
		}
		if _, err := tok.AppendIDs(nil, text, tokenizer.Options{}); err != nil {
			t.Fatal(err)
		}
	})
}
