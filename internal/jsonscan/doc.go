// Package jsonscan reads JSON in one pass, straight into the caller's variables, and says at which byte and key it stopped.
//
// A vocabulary of 50,000 tokens with as many merges is a JSON text of some megabytes. Decoding it into maps first and
// copying it out of them afterwards costs more than everything else that loading a tokenizer does. Here the caller walks
// the text itself: Object and Array call back for each member, and String hands out parts of the source without copying.
//
// The grammar is RFC 8259, nothing more: no comments, no trailing commas, no lone surrogates, valid UTF-8, limited depth.
package jsonscan
