//go:build !wasm

package tokenizer

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lorica-go/lorica/internal/badinput"
	"google.golang.org/protobuf/encoding/protowire"
)

// Sections of small valid files.
const (
	tinyBPE       = `{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":[["a","b"]]}`
	tinyWordPiece = `{"type":"WordPiece","unk_token":"a","continuing_subword_prefix":"##","max_input_chars_per_word":9,"vocab":{"a":0}}`
)

func TestWrongTokenizersAreRefusedByPathAndOffset(t *testing.T) {
	model := func(m string) string { return `{"model":` + m + `}` }
	section := func(name, s string) string { return `{"` + name + `":` + s + `,"model":` + tinyBPE + `}` }
	for _, test := range []struct{ name, text, want string }{
		{"empty", ``, "tokenizer.json: byte 0: unexpected end of JSON"},
		{"cut off", `{"model":{"type":"BPE","vocab":{"a":0`, "model.vocab.a: byte 37: unexpected end of JSON"},
		{"no object", `[]`, "byte 0: want an object, got an array"},
		{"no model", `{}`, `missing key "model"`},
		{"something behind", model(tinyBPE) + "x", "unexpected 'x'"},
		{"version", `{"version":"2.0","model":` + tinyBPE + `}`, `version: byte 11: unknown version "2.0"`},
		{"unknown model", model(`{"type":"Other","vocab":[]}`), `model: byte 9: unsupported model type "Other"`},
		{"model without type", model(`{"vocab":{}}`), `model: byte 9: missing key "type"`},
		{"model is null", model(`null`), "model: byte 9: want an object, got null"},
		{"no vocabulary", model(`{"type":"BPE","merges":[]}`), `model: byte 9: missing key "vocab"`},
		{"no merges", model(`{"type":"BPE","vocab":{}}`), `missing key "merges"`},
		{"vocabulary of another kind", model(`{"type":"BPE","vocab":[],"merges":[]}`), "model.vocab: byte 31: want an object, got an array"},
		{"id of another kind", model(`{"type":"BPE","vocab":{"a":"0"},"merges":[]}`), "model.vocab.a: byte 36: want a number, got a string"},
		{"negative id", model(`{"type":"BPE","vocab":{"a":-1},"merges":[]}`), "model.vocab.a: byte 36: want an integer between 0 and"},
		{"huge id", model(`{"type":"BPE","vocab":{"a":9999999},"merges":[]}`), "got 9999999"},
		{"id twice", model(`{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}`), `model.vocab.b: byte 42: id 0 is that of "a" too`},
		{"token twice", model(`{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}`), `model.vocab: byte 44: token "a" occurs twice`},
		{"merge of unknown tokens", model(`{"type":"BPE","vocab":{"a":0},"merges":[["a","b"]]}`), `model.merges[0]: byte 49: token "b" is not in the vocabulary`},
		{"merge into an unknown token", model(`{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}`), `merges[0]: token "ab" is not in the vocabulary`},
		{"merge before the vocabulary", model(`{"type":"BPE","merges":[["a","x"]],"vocab":{"a":0}}`), `model.merges[0]: byte 33: token "x"`},
		{"merge of three", model(`{"type":"BPE","vocab":{"a":0},"merges":[["a","a","a"]]}`), "model.merges[0][2]: byte 58: want two tokens"},
		{"merge of one", model(`{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}`), "model.merges[0]: byte 49: want two tokens"},
		{"merge string of three", model(`{"type":"BPE","vocab":{"a":0},"merges":["a a a"]}`), "want two tokens with a space between"},
		{"merge without the prefix", model(`{"type":"BPE","continuing_subword_prefix":"##","vocab":{"a":0},"merges":["a a"]}`), `lacks the prefix "##"`},
		{"dropout", model(`{"type":"BPE","dropout":0.1,"vocab":{},"merges":[]}`), "model.dropout: byte 33: dropout 0.1 is not supported"},
		{"unknown token that is not there", model(`{"type":"BPE","unk_token":"?","vocab":{},"merges":[]}`), `unk_token "?" is not in the vocabulary`},
		{"wordpiece without its unknown token", model(`{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"","max_input_chars_per_word":1,"vocab":{"a":0}}`), `unk_token "?"`},
		{"wordlevel without its unknown token", model(`{"type":"WordLevel","unk_token":"?","vocab":{"a":0}}`), `unk_token "?"`},
		{"wordpiece without a prefix", model(`{"type":"WordPiece","unk_token":"a","max_input_chars_per_word":1,"vocab":{"a":0}}`), `missing key "continuing_subword_prefix"`},
		{"unigram without its unknown token", model(`{"type":"Unigram","unk_id":null,"vocab":[["a",0]]}`), "model: byte 59: a Unigram without unk_id is not supported"},
		{"unigram with an unknown token beyond the last", model(`{"type":"Unigram","unk_id":1,"vocab":[["a",0]]}`), "unk_id 1 is not below 1, the size of the vocabulary"},
		{"unigram without a vocabulary", model(`{"type":"Unigram","unk_id":0}`), `missing key "vocab"`},
		{"unigram with a vocabulary of another kind", model(`{"type":"Unigram","unk_id":0,"vocab":{"a":0}}`), "model.vocab: byte 46: want an array, got an object"},
		{"token without a score", model(`{"type":"Unigram","unk_id":0,"vocab":[["a"]]}`), "model.vocab[0]: byte 47: want a token and its score"},
		{"token with two scores", model(`{"type":"Unigram","unk_id":0,"vocab":[["a",1,2]]}`), "model.vocab[0][2]: byte 54: want a token and its score"},
		{"score that is text", model(`{"type":"Unigram","unk_id":0,"vocab":[["a","b"]]}`), "model.vocab[0][1]: byte 52: want a number, got a string"},
		{"score that is too large", model(`{"type":"Unigram","unk_id":0,"vocab":[["a",1e999]]}`), "number 1e999 is out of range"},
		{"character map that is no base64", section("normalizer", `{"type":"Precompiled","precompiled_charsmap":"?"}`), "normalizer.precompiled_charsmap: byte 59: want base64"},
		{"character map with line ends", section("normalizer", `{"type":"Precompiled","precompiled_charsmap":"AAAA\nAAAA"}`), "want base64"},
		{"character map that is cut off", section("normalizer", `{"type":"Precompiled","precompiled_charsmap":"BAAAAAA="}`), "normalizer.precompiled_charsmap: byte 59: the character map's double array has 4 bytes of 1"},
		{"no character map", section("normalizer", `{"type":"Precompiled"}`), `missing key "precompiled_charsmap"`},
		{"metaspace of two characters", section("pre_tokenizer", `{"type":"Metaspace","replacement":"__"}`), `pre_tokenizer.replacement: byte 51: want one character, got "__"`},
		{"metaspace of another scheme", section("pre_tokenizer", `{"type":"Metaspace","replacement":"_","prepend_scheme":"odd"}`), `unknown "odd", want one of ["always" "first" "never"]`},
		{"metaspace that contradicts itself", section("pre_tokenizer", `{"type":"Metaspace","replacement":"_","prepend_scheme":"always","add_prefix_space":false}`), "add_prefix_space is false, but prepend_scheme is not never"},
		{"decoder that lacks a key", section("decoder", `{"type":"Strip","content":"a"}`), `decoder: byte 11: missing key "start"`},
		{"decoder within a sequence", section("decoder", `{"type":"Sequence","decoders":[{"type":"Replace"}]}`), `decoder.decoders[0]: byte 42: missing key "pattern"`},
		{"unknown normalizer in a sequence", section("normalizer", `{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Nmt"}]}`),
			`normalizer.normalizers[1]: byte 63: unsupported normalizer type "Nmt"`},
		{"normalizer lacks a key", section("normalizer", `{"type":"BertNormalizer","clean_text":true}`), `normalizer: byte 14: missing key "handle_chinese_chars"`},
		{"unknown pre-tokenizer", section("pre_tokenizer", `{"type":"UnicodeScripts"}`), `pre_tokenizer: byte 17: unsupported pre-tokenizer type "UnicodeScripts"`},
		{"pattern of no kind", section("pre_tokenizer", `{"type":"Split","pattern":{},"behavior":"Removed","invert":false}`), "pre_tokenizer.pattern: byte 45: want String or Regex"},
		{"empty pattern", section("normalizer", `{"type":"Replace","pattern":{"String":""},"content":""}`), "the pattern is empty"},
		{"back-reference", section("normalizer", `{"type":"Replace","pattern":{"Regex":"(a)\\1"},"content":""}`),
			`normalizer.pattern.Regex: byte 51: unsupported regular expression "(a)\\1": byte 3: \1 is not supported`},
		{"unknown behavior", section("pre_tokenizer", `{"type":"Punctuation","behavior":"Odd"}`), `unknown behavior "Odd"`},
		{"unknown post-processor", section("post_processor", `{"type":"Other"}`), `unsupported post-processor type "Other"`},
		{"two that add tokens", section("post_processor", `{"type":"Sequence","processors":[{"type":"BertProcessing","sep":["a",0],"cls":["a",0]},{"type":"BertProcessing","sep":["a",0],"cls":["a",0]}]}`), "a second post-processor"},
		{"token without id", section("post_processor", `{"type":"BertProcessing","sep":["a"],"cls":["a",0]}`), "post_processor.sep: byte 49: want a token and its id"},
		{"unknown special token", section("post_processor", `{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"X","type_id":0}}],"pair":[],"special_tokens":{}}`), `special token "X" of the template`},
		{"second text in a template for one", section("post_processor", `{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}],"pair":[],"special_tokens":{}}`), `no such text: "B"`},
		{"ids for no tokens", section("post_processor", `{"type":"TemplateProcessing","single":[],"pair":[],"special_tokens":{"X":{"id":"X","ids":[1],"tokens":[]}}}`), "1 ids for 0 tokens"},
		{"truncation strategy", section("truncation", `{"max_length":1,"stride":0,"strategy":"Odd"}`), `truncation.strategy: byte 52: unknown "Odd"`},
		{"padding length", section("padding", `{"strategy":{"Fixed":-1},"direction":"Right","pad_id":0,"pad_type_id":0,"pad_token":""}`), "padding.strategy.Fixed: byte 32: want an integer"},
		{"added token lacks a flag", section("added_tokens", `[{"id":1,"content":"x"}]`), `added_tokens[0]: byte 17: missing key "single_word"`},
		{"decoder of another kind", section("decoder", `3`), "decoder: byte 11: want an object, got a number"},
		{"not UTF-8", "{\"model\":\"\xff\"}", "byte 10: invalid UTF-8"},
		{"nested too deep", section("normalizer", strings.Repeat(`{"type":"Sequence","normalizers":[`, 70)), "nested deeper than 64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) || !badinput.Is(err) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v (bad input: %t), want %s", err, badinput.Is(err), test.want)
			}
		})
	}
}

func TestFoldersWithWrongFilesAreRefused(t *testing.T) {
	bpeFiles := func(vocab, merges string) map[string]string {
		return map[string]string{"vocab.json": vocab, "merges.txt": merges}
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing", nil, "no tokenizer: want tokenizer.json, or a SentencePiece model, or vocab.json and merges.txt, or vocab.txt"},
		{"vocabulary without merges", map[string]string{"vocab.json": "{}"}, "vocab.json is there, but no merges.txt"},
		{"empty tokenizer.json", map[string]string{"tokenizer.json": ""}, "tokenizer.json: the file is empty"},
		{"bad configuration", map[string]string{"tokenizer_config.json": `{"do_lower_case":1}`}, "tokenizer_config.json: do_lower_case: byte 17: want true or false"},
		{"bad special tokens", map[string]string{"special_tokens_map.json": `{"cls_token":{}}`}, `special_tokens_map.json: cls_token: byte 13: missing key "content"`},
		{"bad added tokens", map[string]string{"added_tokens.json": `{"a":"b"}`}, "added_tokens.json: a: byte 5: want a number"},
		{"bad added tokens' ids", map[string]string{"tokenizer_config.json": `{"added_tokens_decoder":{"x":{"content":"a"}}}`}, "want an id as key"},
		{"bad model", map[string]string{"spm.model": "text"}, "spm.model: byte "},
		{"model without [CLS]", map[string]string{"spm.model": tinyPieces("<unk>", 2)}, `spm.model: there is no piece "[CLS]", which the tokenizer of a deberta-v2 needs`},
		{"model of another algorithm", map[string]string{"spm.model": tinyPieces("<unk>", 2) + "\x12\x02\x18\x02"}, "spm.model: unsupported model type 2: want Unigram, which is 1"},
		{"model with a bad map", map[string]string{"spiece.model": tinyPieces("<unk>", 2) + "\x1a\x03\x12\x01x"}, "spiece.model: a character map of 1 bytes has no room for its size"},
		{"model of another class", map[string]string{"sentencepiece.bpe.model": tinyPieces("<unk>", 2), "tokenizer_config.json": `{"tokenizer_class":"CamembertTokenizer"}`},
			`tokenizer_config.json: tokenizer_class "CamembertTokenizer": its tokenizer is read from a tokenizer.json only`},
		{"model of another type", map[string]string{"spiece.model": tinyPieces("<unk>", 2), "config.json": `{"model_type":"xlnet"}`},
			`config.json: model_type "xlnet": its tokenizer is read from a tokenizer.json only`},
		{"model beside a bad config.json", map[string]string{"spiece.model": tinyPieces("<unk>", 2), "config.json": `{"model_type":3}`}, "config.json: model_type: byte 14: want a string, got a number"},
		{"extra tokens that do not agree", map[string]string{"spiece.model": tinyPieces("<unk>", 2), "tokenizer_config.json": `{"extra_ids":2,"additional_special_tokens":["<extra_id_0>"]}`},
			"tokenizer_config.json: extra_ids is 2, but additional_special_tokens has 1 of them"},
		{"too many extra tokens", map[string]string{"spiece.model": tinyPieces("<unk>", 2), "tokenizer_config.json": `{"extra_ids":100000000}`}, "extra_ids: byte 13: want an integer between 0 and 65536"},
		{"bad vocab.json", bpeFiles(`{"a":}`, "x"), "vocab.json: a: byte 5: unexpected '}'"},
		{"merges of three", bpeFiles(`{"a":0}`, "#version: 0.2\na b c\n"), `merges.txt:2: want two tokens with a space between, got "a b c"`},
		{"merges that are not UTF-8", bpeFiles(`{"a":0}`, "a \xff\n"), "merges.txt:1: invalid UTF-8"},
		{"merges of unknown tokens", bpeFiles(`{"a":0}`, "a b\n"), `token "b" is not in the vocabulary`},
		{"vocab.txt that is not UTF-8", map[string]string{"vocab.txt": "[UNK]\n\xff\n"}, "vocab.txt:2: invalid UTF-8"},
		{"vocab.txt without [CLS]", map[string]string{"vocab.txt": "[UNK]\n[SEP]\n"}, `vocab.txt: the cls_token "[CLS]" is not there`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(folder(test.files))
			if err == nil || !strings.Contains(err.Error(), test.want) || !badinput.Is(err) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v (bad input: %t), want %s", err, badinput.Is(err), test.want)
			}
		})
	}
	if _, err := Load(unreadable{}); !badinput.Is(err) || !strings.Contains(err.Error(), "tokenizer_config.json: ") {
		t.Errorf("an unreadable folder gives %v", err)
	}
}

// tinyPieces is a SentencePiece model with pieces, each followed by its kind.
func tinyPieces(pieces ...any) string {
	var model []byte
	for i := 0; i < len(pieces); i += 2 {
		piece := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), pieces[i].(string))
		piece = protowire.AppendVarint(protowire.AppendTag(piece, 3, protowire.VarintType), uint64(pieces[i+1].(int)))
		model = protowire.AppendBytes(protowire.AppendTag(model, 1, protowire.BytesType), piece)
	}
	return string(model)
}

// folder is a folder in memory.
func folder(files map[string]string) fs.FS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// unreadable is a folder in which nothing can be opened.
type unreadable struct{}

func (unreadable) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestConfigurationShapesATokenizerMadeFromVocabularies(t *testing.T) {
	bert := "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\ncafe\r\ncaf\u00e9\r\nCaf\u00e9\r\n\u4f60\r\n##\u4f60\r\n\u4f60\u4f60\r\n"
	bpe := `{"<s>":0,"</s>":1,"a":2,"\u0120":3,"\u0120a":4,"[CLS]":5,"[SEP]":6,"<mask>":7}`
	for _, test := range []struct {
		name, text string
		files      map[string]string
		want       string
	}{
		{"lower case by default", "Caf\u00e9 \u4f60\u4f60", map[string]string{"vocab.txt": bert}, "[CLS] cafe \u4f60 \u4f60 [SEP]"},
		{"cased", "Caf\u00e9", map[string]string{"vocab.txt": bert, "tokenizer_config.json": `{"do_lower_case":false}`}, "[CLS] Caf\u00e9 [SEP]"},
		{"accents stay", "Caf\u00e9", map[string]string{"vocab.txt": bert, "tokenizer_config.json": `{"strip_accents":false}`}, "[CLS] caf\u00e9 [SEP]"},
		{"Chinese in one", "\u4f60\u4f60", map[string]string{"vocab.txt": bert, "tokenizer_config.json": `{"tokenize_chinese_chars":false,"model_max_length":1e30}`}, "[CLS] \u4f60\u4f60 [SEP]"},
		{"the last of equal lines counts", "cafe", map[string]string{"vocab.txt": bert + "cafe"}, "[CLS] cafe [SEP]"},
		{"other special tokens", "cafe x", map[string]string{"vocab.txt": bert, "special_tokens_map.json": `{"cls_token":"[MASK]","sep_token":{"content":"[PAD]"},"unk_token":"[SEP]"}`}, "[MASK] cafe [SEP] [PAD]"},
		{"an added token", "cafe<new>cafe", map[string]string{"vocab.txt": bert, "added_tokens.json": `{"<new>":11}`}, "[CLS] cafe <new> cafe [SEP]"},
		{"an added token of the configuration", "cafe <new> cafe", map[string]string{"vocab.txt": bert, "tokenizer_config.json": `{"added_tokens_decoder":{"11":{"content":"<new>","lstrip":true,"special":true}}}`}, "[CLS] cafe  <new> cafe [SEP]"},
		{"roberta", "a a", map[string]string{"vocab.json": bpe, "merges.txt": "#version: 0.2\n\u0120 a\n"}, "<s> a \u0120a </s>"},
		{"roberta with a space before", "a a", map[string]string{"vocab.json": bpe, "merges.txt": "\u0120 a", "tokenizer_config.json": `{"add_prefix_space":true}`}, "<s> \u0120a \u0120a </s>"},
		{"deberta", "a", map[string]string{"vocab.json": bpe, "merges.txt": "\u0120 a", "special_tokens_map.json": `{"cls_token":"[CLS]","sep_token":"[SEP]"}`}, "[CLS] a [SEP]"},
		{"gpt2", "a <s>", map[string]string{"vocab.json": bpe, "merges.txt": "\u0120 a", "tokenizer_config.json": `{"tokenizer_class":"GPT2Tokenizer"}`}, "a \u0120"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tok, err := Load(folder(test.files))
			if err != nil {
				t.Fatal(err)
			}
			enc, err := tok.Encode(test.text, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(enc.Tokens(), " "); got != test.want {
				t.Errorf("tokens %q, want %q", got, test.want)
			}
		})
	}
}

func TestAnEmptyTextHasItsSpecialTokensOnly(t *testing.T) {
	for _, g := range goldenTokenizers {
		enc, err := loadGolden(t, g.folder, g.files).Encode("", Options{})
		want := 2
		if g.folder == "t5" {
			want = 1
		}
		if err != nil || enc.Len() != want || slices.Contains(enc.Special, false) {
			t.Errorf("%s: %v, %v", g.how, enc.IDs, err)
		}
	}
}
