// Package tokenizer turns text into token ids, exactly as Hugging Face's tokenizers library does for the same
// tokenizer.json: ids, offsets into the text, type ids, special tokens, truncation, pairs.
//
// # Reading
//
// Load takes a model folder (an fs.FS): tokenizer.json where there is one, else a SentencePiece model (the Unigram of
// DeBERTa-v2 and v3, XLM-R, ALBERT and T5), vocab.json with merges.txt (the byte-level BPE of RoBERTa and GPT-2) or vocab.txt
// (the WordPiece of BERT). Parse takes the bytes of a tokenizer.json. JSON gives those bytes back; for a folder without the
// file it gives one that was made from its vocabulary, which Hugging Face's library loads and agrees with. A wrong file is an
// error for which badinput.Is holds, with file, key and byte offset.
//
// LoadSlow reads the same folders as transformers does with use_fast=False: slow.go and the files beside it. Under WebAssembly there are
// no folders: Parse is all there is.
//
// # The pipeline
//
// A text goes through five stages, each chosen by the "type" key of its section of the file:
//
//	added tokens   [MASK] and the like are cut out of the text first (added.go)
//	normalizer     rewrites the text and keeps track of where each byte came from (text.go, normalizer.go)
//	pre_tokenizer  cuts it into pieces that no token crosses: words, roughly (pretokenizer.go)
//	model          cuts a piece into tokens: BPE, WordPiece, WordLevel, Unigram (model.go)
//	post_processor puts special tokens around one text or two, after truncation (template.go, truncate.go)
//
// Normalizers, pre-tokenizers and models are small interfaces; another algorithm is one more type and one more case in the
// switch that reads its section. A type that is not known is an error that names it and its JSON path.
//
// # Offsets
//
// Offsets count bytes of the original text. Bytes that are not UTF-8 are read as U+FFFD, one for each maximal part of a
// character, as Python and Rust replace them, and keep the offsets of the bytes. CodePoints converts to the code points that
// Hugging Face's Python binding counts.
//
// # Speed
//
// Nothing is allocated for a token once the buffers have grown. An Encoder holds those buffers and a cache of words it has
// met, of fixed size; it serves one goroutine at a time. The methods of Tokenizer are safe for any number of goroutines:
// they borrow Encoders from a bounded free list.
//
// # Unicode
//
// The crates under Hugging Face's library carry Unicode tables of several versions. Where those differ from Go's
// (Unicode 15), the classes in classes.go and internal/categories, the normalization in compose.go and the grapheme clusters in graphemes_table.go say
// so and follow the crates.
package tokenizer
