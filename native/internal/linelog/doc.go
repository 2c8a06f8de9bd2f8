// Package linelog keeps files of lines that only grow, and lose nothing that was said to be written: not when the process is
// killed, and not when the power goes.
//
// Every line stands for itself, and there is no state beside the file: it may be copied, cut and joined with others. A line counts
// once it ends in a line feed. Append returns after the line has reached the disk; what a kill cut off in the middle is a last
// line without a line feed, which the next Open takes away. A file has one writer at a time, in all processes: Open locks the
// hidden file .FILE.lock beside it.
package linelog
