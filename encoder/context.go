//go:build !wasm

package encoder

import "context"

// Context is context.Context.
type Context = context.Context

// cause returns why a context has ended.
func cause(ctx Context) error { return context.Cause(ctx) }
