// Package train learns the vocabulary of a tokenizer from texts: byte-level BPE as RoBERTa has it, and WordPiece as BERT has it.
//
// A Counter cuts texts into words with the very pipeline that the finished tokenizer will have, and counts them in Words. Learn
// then finds the merges, and from them follows a tokenizer.Vocabulary.
//
// # The algorithm
//
// Byte pair encoding (Sennrich et al., 2016): every word begins as its bytes or characters; again and again the most frequent
// pair of neighbours becomes one token, until there are enough. Pairs wait in a queue with the words in which they stand, so a
// merge looks at those words only and changes the counts of what it touches.
//
// The merges are those of the trainers of Hugging Face's tokenizers, one for one. Of pairs that are equally frequent the one with
// the smaller ids goes first, the left id before the right. Two of that library's habits show in its results and are kept: a pair that
// comes to be anew after it was merged (because another merge made the same text) still has its old count, and is merged again
// where it is new; and in the end its later rank counts.
//
// WordPiece is the same with ## before whatever does not begin a word, and without the merges in the result. The library numbers
// the characters with ## by the order of a hash table, which changes from run to run, and with it what is picked among equals; here
// they have the order of their code points, so the same texts give the same vocabulary. The library's limit on the alphabet
// breaks ties likewise; here the smaller code point stays.
//
// Counts are 64 bits wide; the library's wrap at 2^31.
//
// # Memory
//
// Words stay below a bound, Config.WordMemory: beyond it the rarest are forgotten, down to half of it, and counted. What
// Learn takes on top is in proportion to the words, whatever the size of the texts.
package train
