package session

import _ "unsafe" // for go:linkname

// endless is a context that does not end.
type endless struct{}

// Err implements encoder.Context.
func (endless) Err() error { return nil }

var background endless

// setGCPercent sets how much the heap may grow, in percent, before its garbage is collected. Package runtime gives this function to
// package runtime/debug, which is not used itself because it brings packages fmt, os and time with it.
//
//go:linkname setGCPercent runtime/debug.setGCPercent
func setGCPercent(percent int32) (before int32)
