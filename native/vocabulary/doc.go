// Package vocabulary learns a tokenizer's vocabulary from files of texts and writes the tokenizer.
//
// Files are read row by row and need not fit in memory. Texts are gathered in groups, whose words are counted on all threads and
// added up; when the words of all groups together take too much memory, the rarest are forgotten. Groups end after so many bytes
// whatever the number of threads, so the same files give the same bytes on any machine. While nothing is forgotten the order of
// the files does not matter either.
package vocabulary
