// Package spm reads the files that SentencePiece trains: spm.model, sentencepiece.bpe.model, spiece.model.
//
// Such a file is one protocol buffer, the message ModelProto of SentencePiece's sentencepiece_model.proto, of which a
// tokenizer needs a dozen fields. The reader takes those and steps over the others. It refuses what SentencePiece itself
// would stumble over, and says at which byte: a field of another wire type, a piece without text, text that is not UTF-8, a
// score that is not finite, a kind of piece or model that it does not know, more pieces than there can be ids.
package spm
