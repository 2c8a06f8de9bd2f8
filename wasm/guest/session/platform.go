//go:build !wasm

package session

import (
	"context"
	"runtime/debug"
)

// background is a context that does not end.
var background = context.Background()

// setGCPercent sets how much the heap may grow, in percent, before its garbage is collected.
func setGCPercent(percent int32) { debug.SetGCPercent(int(percent)) }
