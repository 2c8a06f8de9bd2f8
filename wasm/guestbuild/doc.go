// Package guestbuild has the two builds of wasm/guest, compressed, so that a program that embeds them needs no compiler for wasm:
// one for the sandbox of package wasm, one for a page.
//
// internal/build writes them (`make generate`). The same Go version writes the same bytes from the same sources, so the version
// is recorded and a test compares; another version leaves them alone, unless it is asked to take over. They are stripped of what only
// describes them: a trace of theirs has addresses, which an unstripped build of the same sources explains.
package guestbuild
