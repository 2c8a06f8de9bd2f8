// Package forms has what Unicode's normal forms are made of: how characters decompose, in which order marks come, which pairs compose. It is
// that of Unicode 15, without the Hangul syllables, which follow from arithmetic.
//
// The tables are one string of numbers, of 22 KB, which internal/tooling/decompositions writes; they are laid out when they are first asked
// for, which takes less than a millisecond.
package forms

//go:generate go run ../../../internal/tooling/decompositions -out data.go
