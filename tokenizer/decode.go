package tokenizer

import (
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer/internal/jsonscan"
)

// decoder is the "decoder" section, which turns tokens back into text.
type decoder struct {
	kind    string // ByteLevel, WordPiece, "" for none; others are kept in the file and cannot be run
	prefix  string
	cleanup bool
}

// readDecoder reads the "decoder" section.
func readDecoder(s *jsonscan.Scanner) (d decoder, err error) {
	if s.Null() {
		return d, nil
	}
	if d.kind, err = readType(s); err != nil || d.kind != "WordPiece" {
		if err == nil {
			err = s.Skip()
		}
		return d, err
	}
	return d, s.Object(func(key string) error {
		switch key {
		case "prefix":
			return readString(s, &d.prefix)
		case "cleanup":
			return readBool(s, &d.cleanup)
		}
		return s.Skip()
	}, "prefix", "cleanup")
}

// Decode turns ids back into text, for display: what normalization changed and unknown words lost does not come back. Ids
// that are in no vocabulary are left out, special tokens too if skipSpecial is set. A tokenizer.json whose decoder is
// neither ByteLevel nor WordPiece nor absent gives an error for which badinput.Is holds.
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
	switch t.decoder.kind {
	case "":
		return strings.Join(tokens, " "), nil
	case "ByteLevel":
		var b []byte
		for _, token := range tokens {
			n := len(b)
			var ok bool
			if b, ok = fromByteLevel(b, token); !ok {
				b = append(b[:n], token...)
			}
		}
		b, _ = appendLossy(nil, nil, b)
		return string(b), nil
	case "WordPiece":
		var b strings.Builder
		for i, token := range tokens {
			if i > 0 {
				if rest, ok := strings.CutPrefix(token, t.decoder.prefix); ok {
					token = rest
				} else {
					token = " " + token
				}
			}
			if t.decoder.cleanup {
				token = spacesAway.Replace(token)
			}
			b.WriteString(token)
		}
		return b.String(), nil
	}
	return "", badinput.Errorf("tokenizer.json: decoder: unsupported decoder type %.80q", t.decoder.kind)
}

// spacesAway takes out spaces that English does not have. Of the rules of Hugging Face's library these are the ones that can
// meet a single token.
var spacesAway = strings.NewReplacer(" .", ".", " ?", "?", " !", "!", " ,", ",", " ' ", "'", " n't", "n't", " 'm", "'m",
	" do not", " don't", " 's", "'s", " 've", "'ve", " 're", "'re")
