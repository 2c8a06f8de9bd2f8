// Package atomicfile writes files and folders that are either whole or not there.
//
// Both kinds are filled under a hidden sibling name, NAME's being .NAME.tmp- and 16 hexadecimal digits, flushed to the disk, and
// only then moved to their own name. On any error the sibling is removed and what stood there before is untouched; what a killed
// process left is removed when the same name is written next. A name has one writer at a time.
//
// # Files
//
// Replacing a file is one rename. A crash leaves the old file or the new one.
//
// # Folders
//
// Linux and macOS exchange two folders in one step where the file system can: a crash leaves the old folder or the new one
// under the name, and perhaps the other one under the hidden name. Elsewhere it takes three renames, and a crash leaves
//
//	before the first     NAME is the old folder
//	after the first      NAME is the old folder, .NAME.new the new one, complete
//	after the second     NAME is missing, .NAME.old is the old folder, .NAME.new the new one, complete
//	after the third      NAME is the new folder, .NAME.old the old one, perhaps half removed
//
// Recover puts a missing NAME back from .NAME.new or else .NAME.old, both of which are complete whenever NAME is missing. Call
// it before a folder is read that a killed process may have been writing; WriteDir begins with it.
//
// Errors of the file system satisfy badinput.Is: the place that the user named cannot hold the file. Errors of the caller's
// own function are passed on, with the path before them.
package atomicfile
