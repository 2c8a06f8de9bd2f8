package tokenizer

import (
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// bertNormalizer cleans, sets Chinese characters apart, strips accents and lower-cases, each if asked to.
type bertNormalizer struct {
	cleanText, chinese, stripAccents, lowercase bool

	// python makes it do as the Python tokenizer does: unassigned code points are dropped, characters composed first.
	python bool

	// ascii has what becomes of each ASCII byte; 0 means that it is dropped.
	ascii [utf8.RuneSelf]byte
}

func readBertNormalizer(s *jsonscan.Scanner) (normalizer, error) {
	n := &bertNormalizer{}
	stripSet := false
	err := s.Object(func(key string) error {
		switch key {
		case "clean_text":
			return readBool(s, &n.cleanText)
		case "handle_chinese_chars":
			return readBool(s, &n.chinese)
		case "strip_accents":
			if s.Null() {
				return nil
			}
			stripSet = true
			return readBool(s, &n.stripAccents)
		case "lowercase":
			return readBool(s, &n.lowercase)
		}
		return s.Skip()
	}, "clean_text", "handle_chinese_chars", "lowercase")
	if !stripSet {
		n.stripAccents = n.lowercase
	}
	n.tabulate()
	return n, err
}

// tabulate fills ascii.
func (n *bertNormalizer) tabulate() {
	for c := range n.ascii {
		r := rune(c)
		if n.cleanText {
			r = n.clean(r)
		}
		if n.lowercase {
			r = unicode.ToLower(r)
		}
		n.ascii[c] = byte(r)
	}
}

// clean returns what clean_text makes of r: a space for white space, 0 for what it drops.
func (n *bertNormalizer) clean(r rune) rune {
	if n.python {
		return pythonClean(r)
	}
	return clean(r)
}

func clean(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		if categories.IsControl(r) && r != '\t' && r != '\n' && r != '\r' {
			return 0
		}
		return ' '
	case r == 0 || r == utf8.RuneError || categories.IsControl(r):
		return 0
	}
	return r
}

func (n *bertNormalizer) normalize(w *work) {
	i := 0
	for ; i < len(w.text); i++ {
		c := w.text[i]
		if c >= utf8.RuneSelf || n.ascii[c] == 0 && (n.cleanText || c != 0) {
			break
		}
		w.text[i] = n.ascii[c]
	}
	if i == len(w.text) {
		return
	}
	if n.cleanText || n.chinese {
		n.cleanRest(w, i)
	}
	if n.python {
		unicodeForm{compose: true}.normalize(w)
	}
	switch {
	case isASCII(w.text):
		for i, c := range w.text {
			w.text[i] = n.ascii[c]
		}
	case n.stripAccents:
		n.strip(w)
	case n.lowercase:
		lowercase{}.normalize(w)
	}
}

// cleanRest cleans and spaces the text from byte i on.
func (n *bertNormalizer) cleanRest(w *work, i int) {
	w.begin()
	w.copy(i)
	for w.cursor < len(w.text) {
		r, size := utf8.DecodeRune(w.text[w.cursor:])
		cleaned := r
		if n.cleanText {
			cleaned = n.clean(r)
		}
		switch {
		case cleaned == 0 && n.cleanText:
			w.skip(1)
		case n.chinese && (isChinese(cleaned) || n.python && isPythonChinese(cleaned)):
			w.replace(' ')
			w.insert(cleaned)
			w.insert(' ')
		case cleaned == r:
			w.copy(size)
		default:
			w.replace(cleaned)
		}
	}
	w.finish()
}

// strip decomposes the text, drops its accents and lower-cases it if asked to. What is decomposed stays so.
func (n *bertNormalizer) strip(w *work) {
	w.decompose(false)
	w.begin()
	for _, m := range w.marks {
		span := w.step(int(m.change))
		switch {
		case categories.IsNonspacing(m.r) || n.python && unicode.Is(unicode.Mn, m.r):
		case n.lowercase:
			w.writeLower(m.r, span)
		default:
			w.write(m.r, span)
		}
	}
	w.finish()
}
