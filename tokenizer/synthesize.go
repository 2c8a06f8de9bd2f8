package tokenizer

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer/internal/jsonscan"
)

// The tokenizer.json texts that this file writes are those that Hugging Face's transformers makes of the same files when it
// converts its slow tokenizers.

// jsonString writes s as a JSON string.
func jsonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			const digits = "0123456789abcdef"
			b.WriteString(`\u00`)
			b.WriteByte(digits[r>>4])
			b.WriteByte(digits[r&15])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// orDefault returns *flag, or what counts when it is not set.
func orDefault(flag *bool, value bool) bool {
	if flag != nil {
		return *flag
	}
	return value
}

// writeHead writes what comes before the normalizer: the added tokens in the order of their ids.
func writeHead(b *strings.Builder, added []AddedToken) {
	b.WriteString(`{"version":"1.0","truncation":null,"padding":null,"added_tokens":[`)
	for i, t := range added {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"id":` + strconv.Itoa(int(t.ID)) + `,"content":` + jsonString(t.Content))
		for _, flag := range []struct {
			name string
			set  bool
		}{
			{"single_word", t.SingleWord}, {"lstrip", t.LStrip}, {"rstrip", t.RStrip},
			{"normalized", t.Normalized}, {"special", t.Special},
		} {
			b.WriteString(`,"` + flag.name + `":` + strconv.FormatBool(flag.set))
		}
		b.WriteByte('}')
	}
	b.WriteString(`],`)
}

// allAdded returns the added tokens of a tokenizer made from a vocabulary: those of the configuration, then the special ones
// of roles that are not among them. usual has the tokens that take a role when the configuration is silent.
func (c *config) allAdded(usual map[string]AddedToken, id func(token string) (int32, bool)) []AddedToken {
	added := slices.Clone(c.added)
	next := int32(-1)
	for _, role := range specialRoles {
		t, ok := c.special[role]
		if !ok {
			if t, ok = usual[role]; !ok {
				continue
			}
		} else if u, ok := usual[role]; ok && u.Content == t.Content {
			t.LStrip, t.Normalized = t.LStrip || u.LStrip, u.Normalized
		}
		if slices.ContainsFunc(added, func(a AddedToken) bool { return a.Content == t.Content }) {
			continue
		}
		t.Special = true
		if t.ID, ok = id(t.Content); !ok {
			t.ID = next // beyond the vocabulary: behind all others, where newAddedVocab numbers it
			next--
		}
		added = append(added, t)
	}
	slices.SortStableFunc(added, func(a, b AddedToken) int { return int(uint32(a.ID)) - int(uint32(b.ID)) })
	return added
}

// synthesizeBPE writes the tokenizer.json of vocab.json and merges.txt: GPT-2's byte-level BPE, with the special tokens of
// RoBERTa when the vocabulary has them, of DeBERTa (the first version) when it has [CLS].
func synthesizeBPE(vocabJSON, merges string, c *config) (string, error) {
	s, err := jsonscan.New(vocabJSON)
	if err != nil {
		return "", badinput.Errorf("vocab.json: %w", err)
	}
	v, err := readVocab(s)
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return "", badinput.Errorf("vocab.json: %w", err)
	}
	has := func(token string) bool { return v.id([]byte(token)) >= 0 }
	var usual map[string]AddedToken
	roberta := has(c.specialToken("cls_token", "<s>")) && has(c.specialToken("sep_token", "</s>")) &&
		!strings.HasPrefix(c.class, "GPT2")
	deberta := !roberta && has(c.specialToken("cls_token", "[CLS]")) && has(c.specialToken("sep_token", "[SEP]"))
	switch {
	case deberta:
		usual = usualSpecial("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")
	case roberta:
		usual = usualSpecial("<s>", "</s>", "<pad>", "<unk>", "<mask>")
		for role, t := range usual {
			t.Normalized = role != "mask_token"
			usual[role] = t
		}
	case has("<|endoftext|>"):
		usual = map[string]AddedToken{"eos_token": {Content: "<|endoftext|>"}}
	}
	if mask, ok := usual["mask_token"]; ok {
		mask.LStrip = true
		usual["mask_token"] = mask
	}
	id := func(token string) (int32, bool) { n := v.id([]byte(token)); return n, n >= 0 }
	for role, t := range usual { // a vocabulary of an older model may lack one
		if _, named := c.special[role]; !named && !has(t.Content) {
			delete(usual, role)
		}
	}

	prefixSpace := strconv.FormatBool(orDefault(c.prefixSpace, false))
	trim := strconv.FormatBool(orDefault(c.trimOffsets, true))
	var b strings.Builder
	b.Grow(2*len(vocabJSON) + 2*len(merges))
	writeHead(&b, c.allAdded(usual, id))
	b.WriteString(`"normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":` + prefixSpace +
		`,"trim_offsets":true,"use_regex":true},"post_processor":`)
	cls, sep := c.specialToken("cls_token", "<s>"), c.specialToken("sep_token", "</s>")
	switch {
	case deberta:
		cls, sep = c.specialToken("cls_token", "[CLS]"), c.specialToken("sep_token", "[SEP]")
		writeTemplate(&b, cls, v.id([]byte(cls)), sep, v.id([]byte(sep)))
	case roberta:
		pair := func(token string) string {
			return `[` + jsonString(token) + `,` + strconv.Itoa(int(v.id([]byte(token)))) + `]`
		}
		b.WriteString(`{"type":"RobertaProcessing","sep":` + pair(sep) + `,"cls":` + pair(cls) +
			`,"trim_offsets":` + trim + `,"add_prefix_space":` + prefixSpace + `}`)
	default:
		b.WriteString(`{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}`)
	}
	b.WriteString(`,"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},"model":` +
		`{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"",` +
		`"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":`)
	writeVocab(&b, v)
	b.WriteString(`,"merges":[`)
	if err := writeMerges(&b, merges); err != nil {
		return "", err
	}
	b.WriteString(`]}}`)
	return b.String(), nil
}

// usualSpecial returns special tokens by role.
func usualSpecial(cls, sep, pad, unknown, mask string) map[string]AddedToken {
	return map[string]AddedToken{
		"cls_token": {Content: cls}, "sep_token": {Content: sep}, "pad_token": {Content: pad},
		"unk_token": {Content: unknown}, "mask_token": {Content: mask},
	}
}

// writeVocab writes a vocabulary by id.
func writeVocab(b *strings.Builder, v *vocab) {
	separator := byte('{')
	for id, token := range v.byID {
		if v.known[id] {
			b.WriteByte(separator)
			b.WriteString(jsonString(token) + `:` + strconv.Itoa(id))
			separator = ','
		}
	}
	if separator == '{' {
		b.WriteByte('{')
	}
	b.WriteByte('}')
}

// writeMerges writes the lines of merges.txt as pairs; a line of comment, "#version: 0.2", may come first.
func writeMerges(b *strings.Builder, merges string) error {
	first := true
	number := 0
	for line := range strings.Lines(merges) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#version") || line == "" {
			continue
		}
		if !utf8.ValidString(line) {
			return badinput.Errorf("merges.txt:%d: invalid UTF-8", number)
		}
		m, ok := cutMerge(line)
		if !ok || m.left == "" || m.right == "" {
			return badinput.Errorf("merges.txt:%d: want two tokens with a space between, got %.80q", number, line)
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString(`[` + jsonString(m.left) + `,` + jsonString(m.right) + `]`)
	}
	return nil
}

// writeTemplate writes BERT's post-processor.
func writeTemplate(b *strings.Builder, cls string, clsID int32, sep string, sepID int32) {
	special := func(token string, typeID int) string {
		return `{"SpecialToken":{"id":` + jsonString(token) + `,"type_id":` + strconv.Itoa(typeID) + `}}`
	}
	text := func(name string, typeID int) string {
		return `{"Sequence":{"id":"` + name + `","type_id":` + strconv.Itoa(typeID) + `}}`
	}
	entry := func(token string, id int32) string {
		name := jsonString(token)
		return name + `:{"id":` + name + `,"ids":[` + strconv.Itoa(int(id)) + `],"tokens":[` + name + `]}`
	}
	single := special(cls, 0) + `,` + text("A", 0) + `,` + special(sep, 0)
	b.WriteString(`{"type":"TemplateProcessing","single":[` + single + `],"pair":[` + single + `,` + text("B", 1) + `,` +
		special(sep, 1) + `],"special_tokens":{` + entry(cls, clsID) + `,` + entry(sep, sepID) + `}}`)
}
