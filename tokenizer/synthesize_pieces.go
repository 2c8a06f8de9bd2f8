//go:build !wasm

package tokenizer

import (
	"io/fs"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// synthesizePieces makes the tokenizer.json of a SentencePiece model, "" when the folder has none.
func synthesizePieces(fsys fs.FS, c *config) (string, error) {
	m, err := readPieces(fsys, c)
	if m == nil || err != nil {
		return "", err
	}
	tokens, unknown, err := m.vocabulary()
	if err != nil {
		return "", err
	}
	ids := m.findIDs(tokens)
	w := &jsonWriter{buf: make([]byte, 0, 40*len(tokens)+2*len(m.CharsMap))}
	w.head(m.addedTokens(ids, int32(len(tokens))))
	w.raw(`"normalizer":`)
	m.writeNormalizer(w)
	w.raw(`,"pre_tokenizer":`)
	m.writePreTokenizer(w)
	w.raw(`,"post_processor":`)
	if err := m.writePostProcessor(w, ids); err != nil {
		return "", err
	}
	w.raw(`,"decoder":`)
	m.writeMetaspace(w)
	w.raw(`,"model":{"type":"Unigram","unk_id":`).int(unknown).raw(`,"vocab":[`)
	for i, t := range tokens {
		if i > 0 {
			w.raw(`,`)
		}
		w.raw(`[`).string(t.text).raw(`,`).float(t.score).raw(`]`)
	}
	w.raw(`],"byte_fallback":false}}`)
	return string(w.buf), nil
}

// writeNormalizer writes the family's normalizers; the character map is left out where the model has none.
func (m *pieceModel) writeNormalizer(w *jsonWriter) {
	c := m.config
	var parts []string
	add := func(part string) { parts = append(parts, part) }
	precompiled := func() {
		if m.CharsMap != nil {
			add(string(append(appendBase64([]byte(`{"type":"Precompiled","precompiled_charsmap":"`), m.CharsMap), `"}`...)))
		}
	}
	const (
		lowercase  = `{"type":"Lowercase"}`
		spaceRuns  = `{"type":"Replace","pattern":{"Regex":" {2,}"},"content":`
		quotes     = `{"type":"Replace","pattern":{"String":`
		quoteEnd   = `},"content":"\""}`
		stripRight = `{"type":"Strip","strip_left":false,"strip_right":true}`
		stripBoth  = `{"type":"Strip","strip_left":true,"strip_right":true}`
	)
	switch m.family {
	case debertaV2Pieces:
		if orDefault(c.lowercase, false) {
			add(lowercase)
		}
		add(stripBoth)
		precompiled()
		add(spaceRuns + `" "}`)
	case albertPieces:
		add(quotes + "\"``\"" + quoteEnd)
		add(quotes + `"''"` + quoteEnd)
		if !orDefault(c.keepAccents, false) {
			add(`{"type":"NFKD"}`)
			add(`{"type":"StripAccents"}`)
		}
		if orDefault(c.lowercase, true) {
			add(lowercase)
		}
		precompiled()
		add(spaceRuns + `" "}`)
	default:
		precompiled()
		add(stripRight)
		add(spaceRuns + `"▁"}`)
	}
	w.raw(`{"type":"Sequence","normalizers":[` + strings.Join(parts, `,`) + `]}`)
}

func (m *pieceModel) writePreTokenizer(w *jsonWriter) {
	if m.family != debertaV2Pieces {
		m.writeMetaspace(w)
		return
	}
	w.raw(`{"type":"Sequence","pretokenizers":[`)
	if orDefault(m.config.splitPunctuation, false) {
		w.raw(`{"type":"Punctuation","behavior":"Isolated"},`)
	}
	m.writeMetaspace(w)
	w.raw(`]}`)
}

// writeMetaspace writes what is pre-tokenizer and decoder alike.
func (m *pieceModel) writeMetaspace(w *jsonWriter) {
	scheme := "always"
	if m.family == t5Pieces {
		switch c := m.config; {
		case c.nullPrefixSpace || !orDefault(c.prefixSpace, true):
			scheme = "never"
		case !orDefault(c.legacy, true):
			scheme = "first"
		}
	}
	w.raw(`{"type":"Metaspace","replacement":"▁","prepend_scheme":"` + scheme + `","split":true}`)
}

// writePostProcessor writes the family's template. Its special tokens have the names that the family gave them, whatever the
// configuration calls them.
func (m *pieceModel) writePostProcessor(w *jsonWriter, ids tokenIDs) error {
	cls, sep := m.family.cls, m.family.sep
	for _, token := range []string{cls, sep} {
		if token != "" && ids.of(token) < 0 {
			return badinput.Errorf("%s: there is no piece %q, which the tokenizer of a %s needs", m.file, token, m.family.name)
		}
	}
	switch m.family.pair {
	case bertPair:
		w.template(cls, ids.of(cls), sep, ids.of(sep))
		return nil
	case robertaPair:
		end := `,` + templateSpecial(sep, 0)
		single := templateSpecial(cls, 0) + `,` + templateText("A", 0) + end
		w.templates(single, single+end+`,`+templateText("B", 0)+end)
		w.templateToken(sep, ids.of(sep)).raw(`,`).templateToken(cls, ids.of(cls))
	case t5Pair:
		end := `,` + templateSpecial(sep, 0)
		single := templateText("A", 0) + end
		w.templates(single, single+`,`+templateText("B", 0)+end)
		w.templateToken(sep, ids.of(sep))
	}
	w.raw(`}}`)
	return nil
}

// float writes a number as Rust's ryu does: the fewest digits that give it back, an exponent only beyond 16 digits and below
// five zeros, and at least one digit behind the point.
func (w *jsonWriter) float(f float64) *jsonWriter {
	text := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, power, _ := strings.Cut(text, "e")
	exponent, _ := strconv.Atoi(power)
	switch {
	case f == 0 || exponent >= -5 && exponent < 16:
		start := len(w.buf)
		w.buf = strconv.AppendFloat(w.buf, f, 'f', -1, 64)
		if !strings.Contains(string(w.buf[start:]), ".") {
			w.raw(`.0`)
		}
	default:
		w.raw(mantissa + "e" + strconv.Itoa(exponent))
	}
	return w
}
