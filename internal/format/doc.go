// Package format makes the texts of errors in the packages that also run inside a page or a sandbox.
//
// Elsewhere it is package fmt. Under WebAssembly it is a formatter of its own that knows the verbs and the types that these packages
// use: package fmt brings package reflect and package os with it, which weigh more than a tokenizer.
//
// Verbs are %d %x %s %q %v %w %g %t %c and %%, with the flags # + - 0 and a space, a width and a precision, all as in package fmt. Arguments are
// booleans, numbers, strings, byte slices, slices of ints and strings, errors and what has a method String; a value of another type that
// has no such method is shown as %!v(?), so it has to be converted. A test finds the calls that do not keep to it.
package format
