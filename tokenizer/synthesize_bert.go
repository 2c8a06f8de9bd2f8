package tokenizer

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

// synthesizeWordPiece writes the tokenizer.json of a vocab.txt: BERT's WordPiece.
func synthesizeWordPiece(vocabTxt string, c *config) (string, error) {
	v, err := vocabFromLines(vocabTxt)
	if err != nil {
		return "", err
	}
	id := func(token string) (int32, bool) { n := v.id([]byte(token)); return n, n >= 0 }
	usual := usualSpecial("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")
	var ids [3]int32
	var names [3]string
	for i, role := range []string{"cls_token", "sep_token", "unk_token"} {
		names[i] = c.specialToken(role, usual[role].Content)
		var ok bool
		if ids[i], ok = id(names[i]); !ok {
			return "", badinput.Errorf("vocab.txt: the %s %.80q is not there", role, names[i])
		}
	}
	lowercase := orDefault(c.lowercase, true)
	stripAccents := "null"
	if c.stripAccents != nil {
		stripAccents = strconv.FormatBool(*c.stripAccents)
	}
	var b strings.Builder
	b.Grow(3 * len(vocabTxt))
	writeHead(&b, c.allAdded(usual, id))
	b.WriteString(`"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":` +
		strconv.FormatBool(orDefault(c.chinese, true)) + `,"strip_accents":` + stripAccents + `,"lowercase":` +
		strconv.FormatBool(lowercase) + `},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":`)
	writeTemplate(&b, names[0], ids[0], names[1], ids[1])
	b.WriteString(`,"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"model":{"type":"WordPiece","unk_token":` +
		jsonString(names[2]) + `,"continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":`)
	writeVocab(&b, v)
	b.WriteString(`}}`)
	return b.String(), nil
}

// vocabFromLines reads a token a line; its id is the number of the line, from 0. Of a token that stands on two lines the
// second counts, as in Python.
func vocabFromLines(text string) (*vocab, error) {
	v := &vocab{}
	last := map[string]int{}
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if !utf8.ValidString(line) {
			return nil, badinput.Errorf("vocab.txt:%d: invalid UTF-8", len(lines)+1)
		}
		last[line] = len(lines)
		lines = append(lines, line)
	}
	if len(lines) > maxID {
		return nil, badinput.Errorf("vocab.txt: %d tokens are more than %d", len(lines), maxID)
	}
	v.byID = make([]string, len(lines))
	v.known = make([]bool, len(lines))
	v.table = newStringTable(len(lines))
	for id, line := range lines {
		if last[line] != id {
			continue
		}
		v.byID[id], v.known[id] = line, true
		v.entries, v.ids = append(v.entries, line), append(v.ids, int32(id))
		v.table.insert(v.entries, int32(len(v.entries)-1))
	}
	return v, nil
}
