package encoder

// Context is what a call asks whether it shall go on: a context.Context is one. Package context is not used itself under WebAssembly,
// because it brings package time with it, clocks, time zones and all.
type Context interface {
	// Err returns nil as long as the call shall go on.
	Err() error
}

// cause returns why a context has ended.
func cause(ctx Context) error { return ctx.Err() }
