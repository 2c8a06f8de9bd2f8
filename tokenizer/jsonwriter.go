package tokenizer

import "strconv"

// jsonWriter writes JSON. Its methods return it, to be chained.
type jsonWriter struct{ buf []byte }

func (w *jsonWriter) raw(text string) *jsonWriter {
	w.buf = append(w.buf, text...)
	return w
}

func (w *jsonWriter) bool(b bool) *jsonWriter {
	w.buf = strconv.AppendBool(w.buf, b)
	return w
}

func (w *jsonWriter) int(n int32) *jsonWriter {
	w.buf = strconv.AppendInt(w.buf, int64(n), 10)
	return w
}

// string writes s, which is valid UTF-8, and escapes no more than it must.
func (w *jsonWriter) string(s string) *jsonWriter {
	const digits = "0123456789abcdef"
	w.buf = append(w.buf, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			w.buf = append(w.buf, '\\', c)
		case c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t':
			w.buf = append(w.buf, '\\', "btn?fr"[c-'\b'])
		case c < ' ':
			w.buf = append(w.buf, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			w.buf = append(w.buf, c)
		}
	}
	w.buf = append(w.buf, '"')
	return w
}

// head writes what comes before the normalizer: the added tokens, which are in the order of their ids.
func (w *jsonWriter) head(added []AddedToken) {
	w.raw(`{"version":"1.0","truncation":null,"padding":null,"added_tokens":[`)
	for i, t := range added {
		if i > 0 {
			w.raw(`,`)
		}
		w.raw(`{"id":`).int(t.ID).raw(`,"content":`).string(t.Content)
		w.raw(`,"single_word":`).bool(t.SingleWord).raw(`,"lstrip":`).bool(t.LStrip).raw(`,"rstrip":`).bool(t.RStrip)
		w.raw(`,"normalized":`).bool(t.Normalized).raw(`,"special":`).bool(t.Special).raw(`}`)
	}
	w.raw(`],`)
}

// vocab writes a vocabulary in the order of the ids.
func (w *jsonWriter) vocab(v *vocab) {
	w.raw(`{`)
	for id, token := range v.tokens {
		if !v.known[id] {
			continue
		}
		if w.buf[len(w.buf)-1] != '{' {
			w.raw(`,`)
		}
		w.string(token).raw(`:`).int(int32(id))
	}
	w.raw(`}`)
}

// template writes BERT's post-processor.
func (w *jsonWriter) template(cls string, clsID int32, sep string, sepID int32) {
	single := templateSpecial(cls, 0) + `,` + templateText("A", 0) + `,` + templateSpecial(sep, 0)
	w.templates(single, single+`,`+templateText("B", 1)+`,`+templateSpecial(sep, 1))
	w.templateToken(cls, clsID)
	if cls != sep {
		w.raw(`,`).templateToken(sep, sepID)
	}
	w.raw(`}}`)
}

// templates writes a post-processor up to its special tokens.
func (w *jsonWriter) templates(single, pair string) {
	w.raw(`{"type":"TemplateProcessing","single":[` + single + `],"pair":[` + pair + `],"special_tokens":{`)
}

// templateSpecial and templateText are the parts of a template.
func templateSpecial(token string, typeID int32) string {
	var w jsonWriter
	w.raw(`{"SpecialToken":{"id":`).string(token).raw(`,"type_id":`).int(typeID).raw(`}}`)
	return string(w.buf)
}

func templateText(name string, typeID int32) string {
	var w jsonWriter
	w.raw(`{"Sequence":{"id":"` + name + `","type_id":`).int(typeID).raw(`}}`)
	return string(w.buf)
}

// templateToken writes a member of special_tokens.
func (w *jsonWriter) templateToken(token string, id int32) *jsonWriter {
	return w.string(token).raw(`:{"id":`).string(token).raw(`,"ids":[`).int(id).raw(`],"tokens":[`).string(token).raw(`]}`)
}

// byteLevel writes the pre-tokenizer of GPT-2 and RoBERTa.
func (w *jsonWriter) byteLevel(prefixSpace bool) *jsonWriter {
	return w.raw(`"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":`).bool(prefixSpace).raw(`,"trim_offsets":true,"use_regex":true}`)
}

// roberta writes RoBERTa's post-processor.
func (w *jsonWriter) roberta(cls string, clsID int32, sep string, sepID int32, trimOffsets, prefixSpace bool) {
	w.raw(`{"type":"RobertaProcessing","sep":[`).string(sep).raw(`,`).int(sepID).raw(`],"cls":[`).string(cls).raw(`,`).int(clsID)
	w.raw(`],"trim_offsets":`).bool(trimOffsets).raw(`,"add_prefix_space":`).bool(prefixSpace).raw(`}`)
}

// byteLevelModel stands between the post-processor and the vocabulary of a byte-level BPE.
const byteLevelModel = `,"decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},"model":` +
	`{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"",` +
	`"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":`

// bertNormalizer writes BERT's normalizer; stripAccents may be nil, which leaves it to lowercase.
func (w *jsonWriter) bertNormalizer(chinese bool, stripAccents *bool, lowercase bool) *jsonWriter {
	w.raw(`"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":`).bool(chinese).raw(`,"strip_accents":`)
	if stripAccents != nil {
		w.bool(*stripAccents)
	} else {
		w.raw(`null`)
	}
	return w.raw(`,"lowercase":`).bool(lowercase).raw(`},`)
}

// bertPreTokenizerAndPost stands between BERT's normalizer and its post-processor.
const bertPreTokenizerAndPost = `"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":`

// wordPieceModel writes what stands between BERT's post-processor and its vocabulary.
func (w *jsonWriter) wordPieceModel(unknown string) {
	w.raw(`,"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},"model":{"type":"WordPiece","unk_token":`).string(unknown)
	w.raw(`,"continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":`)
}
