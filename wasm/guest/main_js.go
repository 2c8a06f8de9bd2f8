package main

import (
	"io"
	"syscall/js"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/wasm/abi"
	"github.com/lorica-go/lorica/wasm/guest/session"
)

// main offers the calls to JavaScript and stays.
func main() {
	dev, err := session.NewCPU()
	if err != nil {
		panic(err)
	}
	s := session.New(dev)
	g := &guest{session: s}
	lorica := js.Global().Get("Object").New()
	lorica.Set("abi", abi.Version)
	lorica.Set("kernels", s.Kernels())
	for name, call := range map[string]func(args []js.Value) (any, error){
		"reserve": g.reserve, "append": g.append, "open": g.open, "classify": g.classify, "explain": g.explain, "close": g.close,
	} {
		lorica.Set(name, function(name, call))
	}
	js.Global().Set("lorica", lorica)
	if ready := js.Global().Get("loricaReady"); ready.Type() == js.TypeFunction {
		ready.Invoke()
	}
	select {}
}

// function makes a call a JavaScript function that returns an Error when it fails, or throws it by way of loricaWrap.
func function(name string, call func(args []js.Value) (any, error)) js.Value {
	f := js.FuncOf(func(_ js.Value, args []js.Value) (result any) {
		defer func() {
			if p := recover(); p != nil {
				result = errorValue(name, &abi.Error{Kind: abi.Internal, Text: format.Recovered(p)})
			}
		}()
		value, err := call(args)
		if err != nil {
			return errorValue(name, err)
		}
		return value
	})
	if wrap := js.Global().Get("loricaWrap"); wrap.Type() == js.TypeFunction {
		return wrap.Invoke(f)
	}
	return f.Value
}

func errorValue(name string, err error) js.Value {
	kind := abi.Internal
	if e, ok := err.(*abi.Error); ok {
		kind = e.Kind
	}
	e := js.Global().Get("Error").New(name + ": " + err.Error())
	e.Set("kind", kind.String())
	return e
}

// guest is the session, and the bundle that is being handed over.
type guest struct {
	session *session.Session
	bundle  js.Value // a Uint8Array, outside the program's memory; undefined without one
	size    int      // of bundle
	have    int      // bytes of it
}

func (g *guest) reserve(args []js.Value) (any, error) {
	const most = 1 << 32
	n := argument(args, 0)
	if n.Type() != js.TypeNumber || n.Float() < 0 || n.Float() > most || n.Float() != float64(n.Int()) {
		return nil, inputError("want the size of the bundle in bytes")
	}
	g.session.Close()
	g.bundle = js.Undefined()
	session.Settle()
	g.size, g.have = n.Int(), 0
	g.bundle = js.Global().Get("Uint8Array").New(g.size)
	return nil, nil
}

func (g *guest) append(args []js.Value) (any, error) {
	piece := argument(args, 0)
	if !piece.InstanceOf(js.Global().Get("Uint8Array")) {
		return nil, inputError("want a Uint8Array")
	}
	n := piece.Length()
	if n > g.size-g.have {
		return nil, &abi.Error{Kind: abi.Limit, Text: format.Sprintf("%d bytes more than were reserved", n-(g.size-g.have))}
	}
	if n > 0 {
		g.bundle.Call("set", piece, g.have)
	}
	g.have += n
	return nil, nil
}

func (g *guest) open(args []js.Value) (any, error) {
	if g.bundle.IsUndefined() {
		return nil, &abi.Error{Kind: abi.Internal, Text: "nothing was reserved"}
	}
	if g.have < g.size {
		return nil, inputError(format.Sprintf("%d of %d bytes are there", g.have, g.size))
	}
	o := abi.OpenRequest{Size: int64(g.size)}
	options := argument(args, 0)
	var err error
	if o.MaxTokens, err = intOption(options, "maxTokens"); err != nil {
		return nil, err
	}
	o.Check = options.Type() == js.TypeObject && options.Get("check").Truthy()
	facts, err := g.session.Open(jsBytes{g.bundle}, o)
	g.bundle, g.size, g.have = js.Undefined(), 0, 0
	session.Settle()
	if err != nil {
		return nil, err
	}
	return factsValue(facts), nil
}

func (g *guest) classify(args []js.Value) (any, error) {
	texts := argument(args, 0)
	if !texts.InstanceOf(js.Global().Get("Array")) {
		return nil, inputError("want an array of strings")
	}
	n := texts.Length()
	if n > abi.MaxInputs {
		return nil, &abi.Error{Kind: abi.Limit, Text: format.Sprintf("%d texts in a call, the limit is %d", n, abi.MaxInputs)}
	}
	inputs := make([]encoder.Input, n)
	for i := range inputs {
		text := texts.Index(i)
		if text.Type() != js.TypeString {
			return nil, inputError(format.Sprintf("text %d is no string", i))
		}
		inputs[i].Text = text.String()
	}
	predictions, err := g.session.Classify(inputs)
	if err != nil {
		return nil, err
	}
	return predictionsValue(predictions, g.session.Labels()), nil
}

func (g *guest) explain(args []js.Value) (any, error) {
	text, options := argument(args, 0), argument(args, 1)
	if text.Type() != js.TypeString {
		return nil, inputError("want a string")
	}
	var o encoder.ExplainOptions
	var err error
	if o.MaxSpans, err = intOption(options, "maxSpans"); err != nil {
		return nil, err
	}
	if options.Type() == js.TypeObject {
		switch label := options.Get("label"); label.Type() {
		case js.TypeString:
			o.Label = label.String()
		case js.TypeUndefined, js.TypeNull:
		default:
			return nil, inputError("label: want a string")
		}
	}
	e, err := g.session.Explain(text.String(), o)
	if err != nil {
		return nil, err
	}
	return explanationValue(e, text.String(), g.session.Labels()), nil
}

func (g *guest) close([]js.Value) (any, error) {
	g.session.Close()
	g.bundle, g.size, g.have = js.Undefined(), 0, 0
	session.Settle()
	return nil, nil
}

// jsBytes reads a Uint8Array.
type jsBytes struct{ array js.Value }

// ReadAt implements io.ReaderAt.
func (b jsBytes) ReadAt(p []byte, off int64) (int, error) {
	n := js.CopyBytesToGo(p, b.array.Call("subarray", int(off), int(off)+len(p)))
	if n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}
