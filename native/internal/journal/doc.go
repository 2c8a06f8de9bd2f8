// Package journal appends rows to a file so that a kill at any instruction, or a power cut, loses none and doubles none.
//
// A journal is two files. The rows file holds whole lines and nothing else: it is what the user wants. The state file holds a line
// of JSON for every commit: how many bytes of the rows file count (End), and a note of the caller's, such as where to go on. The
// notes are played back when the journal is opened again.
//
// # Append
//
//  1. rows are written behind End, and flushed to the disk
//  2. a commit with the new End and the note is written at the end of the state file, and flushed
//
// Only the second step makes the rows count, with its note, in one line: there is no moment at which the rows count and the note
// does not, or the other way round. What a crash leaves behind the last whole commit never happened, in both files: a torn line
// of the state file is the last one and is cut off, rows behind End are cut off before the next ones are written. The caller,
// whose last note it is, fetches them again.
//
// # Rewrite
//
// Rows that were changed since, or that want another order, need a new rows file, and two files cannot be replaced at once:
//
//  1. the new content is worked out for its length and digest alone
//  2. an intent with both, and the note, is committed; it does not count yet
//  3. the content is written beside the rows file, flushed and moved over it (internal/atomicfile)
//  4. the intent is declared done; now it counts
//
// When a journal ends with an intent, the rows file tells what a crash left: if it has the intent's length and digest the third
// step was made, and opening makes the fourth; if not, the old file stands and the intent is void.
//
// # Where it ends
//
// A journal has one writer: it holds a lock (flock, LockFileEx) on a hidden file beside the state file, which the system lifts
// when the process ends in any way. The file itself stays. A rows file without a state file, one that is shorter than its
// state file says, one that grew by more than a crash explains, and a state file that is damaged before its end are errors: they
// were changed by others, and nothing is cut off.
package journal
