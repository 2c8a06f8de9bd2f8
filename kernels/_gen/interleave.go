package main

import "github.com/mmcloughlin/avo/ir"

// interleave emits what emit(0), emit(1) ... count-1 write, one instruction of each in turn. The streams must be independent and
// without jumps. A long chain of dependent instructions keeps a core waiting; the schedulers do not look far enough ahead to
// find the next chain by themselves.
func (a *assembler) interleave(count int, emit func(i int)) {
	f := a.current()
	start := len(f.Nodes)
	streams := make([][]ir.Node, count)
	for i := range streams {
		from := len(f.Nodes)
		emit(i)
		streams[i] = append(streams[i], f.Nodes[from:]...)
	}
	f.Nodes = f.Nodes[:start]
	for step := range streams[0] {
		for _, stream := range streams {
			f.Nodes = append(f.Nodes, stream[step])
		}
	}
}

// current returns the function being written.
func (a *assembler) current() *ir.Function {
	out, err := a.Result()
	if err != nil {
		panic(err)
	}
	for i := len(out.Sections) - 1; ; i-- {
		if f, ok := out.Sections[i].(*ir.Function); ok {
			return f
		}
	}
}
