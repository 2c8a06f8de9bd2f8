package tokenizer

import (
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Decode turns ids back into text, for display: what normalization changed and unknown words lost does not come back. Ids
// that are in no vocabulary are left out, special tokens too if skipSpecial is set. A tokenizer.json whose decoder is of a
// type that this package does not know gives an error for which badinput.Is holds.
func (t *Tokenizer) Decode(ids []int32, skipSpecial bool) (string, error) {
	var tokens []string
	for _, id := range ids {
		if i, ok := t.added.byID[id]; ok && skipSpecial && t.added.tokens[i].Special {
			continue
		}
		if token, ok := t.IDToToken(id); ok {
			tokens = append(tokens, token)
		}
	}
	switch d := t.decoder.(type) {
	case nil:
		return strings.Join(tokens, " "), nil
	case unknownDecoder:
		return "", badinput.Errorf("tokenizer.json: decoder: unsupported decoder type %.80q", string(d))
	default:
		return strings.Join(d.decode(tokens), ""), nil
	}
}

// decoder turns tokens into texts that, end to end, are what the tokens stand for.
type decoder interface {
	decode(tokens []string) []string
}

// unknownDecoder is a type of decoder that this package does not know. Encoding does without it.
type unknownDecoder string

func (unknownDecoder) decode(tokens []string) []string { return tokens }

// decoders runs one after the other.
type decoders []decoder

func (ds decoders) decode(tokens []string) []string {
	for _, d := range ds {
		tokens = d.decode(tokens)
	}
	return tokens
}

// decode gives the bytes back for which GPT-2's characters stand; a token with another character stays as it is.
func (*byteLevel) decode(tokens []string) []string {
	var b []byte
	for _, token := range tokens {
		n := len(b)
		var ok bool
		if b, ok = fromByteLevel(b, token); !ok {
			b = append(b[:n], token...)
		}
	}
	b, _ = appendLossy(nil, nil, b)
	return []string{string(b)}
}

// wordPieceDecoder puts a space before each token but the first and those that go on within a word.
type wordPieceDecoder struct {
	prefix  string
	cleanup bool
}

func (d *wordPieceDecoder) decode(tokens []string) []string {
	for i, token := range tokens {
		if i > 0 {
			if rest, ok := strings.CutPrefix(token, d.prefix); ok {
				token = rest
			} else {
				token = " " + token
			}
		}
		if d.cleanup {
			token = spacesAway.Replace(token)
		}
		tokens[i] = token
	}
	return tokens
}

// spacesAway takes out spaces that English does not have. Of the rules of Hugging Face's library these are the ones that can
// meet a single token.
var spacesAway = strings.NewReplacer(" .", ".", " ?", "?", " !", "!", " ,", ",", " ' ", "'", " n't", "n't", " 'm", "'m",
	" do not", " don't", " 's", "'s", " 've", "'ve", " 're", "'re")

// decode writes spaces again; the one that the first token begins with was put there by the pre-tokenizer.
func (m *metaspace) decode(tokens []string) []string {
	for i, token := range tokens {
		space := " "
		if i == 0 && m.prepend != prependNever {
			space = ""
		}
		tokens[i] = strings.ReplaceAll(token, string(m.replacement), space)
	}
	return tokens
}

// byteFallback turns runs of tokens such as <0x0A> into the text of those bytes, or each into U+FFFD if they are not UTF-8.
type byteFallback struct{}

func (byteFallback) decode(tokens []string) []string {
	var out []string
	var run []byte
	flush := func() {
		if len(run) == 0 {
			return
		}
		if text := string(run); utf8.ValidString(text) {
			out = append(out, text)
		} else {
			for range run {
				out = append(out, "\uFFFD")
			}
		}
		run = run[:0]
	}
	for _, token := range tokens {
		if b, ok := byteOfToken(token); ok {
			run = append(run, b)
			continue
		}
		flush()
		out = append(out, token)
	}
	flush()
	return out
}

// byteOfToken returns the byte for which a token such as <0x0A> stands.
func byteOfToken(token string) (b byte, ok bool) {
	if len(token) != 6 || !strings.HasPrefix(token, "<0x") || token[5] != '>' {
		return 0, false
	}
	for _, c := range []byte(token[3:5]) {
		switch {
		case c >= '0' && c <= '9':
			b = b<<4 | (c - '0')
		case c >= 'A' && c <= 'F':
			b = b<<4 | (c - 'A' + 10)
		case c >= 'a' && c <= 'f':
			b = b<<4 | (c - 'a' + 10)
		default:
			return 0, false
		}
	}
	return b, true
}

// fuse makes one text of all.
type fuse struct{}

func (fuse) decode(tokens []string) []string { return []string{strings.Join(tokens, "")} }

// stripDecoder takes a character away at the ends of each token: up to so many at the start and at the end.
type stripDecoder struct {
	content    string
	start, end int
}

func (d *stripDecoder) decode(tokens []string) []string {
	for i, token := range tokens {
		for n := 0; n < d.start && strings.HasPrefix(token, d.content); n++ {
			token = token[len(d.content):]
		}
		for n := 0; n < d.end && strings.HasSuffix(token, d.content); n++ {
			token = token[:len(token)-len(d.content)]
		}
		tokens[i] = token
	}
	return tokens
}

// decode puts the content in the place of each match within a token.
func (n replace) decode(tokens []string) []string {
	for i, token := range tokens {
		var b strings.Builder
		for _, m := range n.pattern.find([]byte(token), nil) {
			if m.hit {
				b.WriteString(n.content)
			} else {
				b.WriteString(token[m.start:m.end])
			}
		}
		tokens[i] = b.String()
	}
	return tokens
}

// suffixDecoder writes a space for the suffix that ends a word, and nothing at the end of the text.
type suffixDecoder string

func (d suffixDecoder) decode(tokens []string) []string {
	for i, token := range tokens {
		space := " "
		if i == len(tokens)-1 {
			space = ""
		}
		tokens[i] = strings.ReplaceAll(token, string(d), space)
	}
	return tokens
}
