// Package journal keeps files of lines that only grow, and lose nothing that was said to be written: not when the process is
// killed, and not when the power goes.
//
// A line counts once it ends in a line feed. Append returns after the line has reached the disk; what a kill cut off in the
// middle is a last line without a line feed, which the next Open takes away. A file has one writer at a time, in all processes:
// Open locks the file FILE.lock beside it.
package journal
