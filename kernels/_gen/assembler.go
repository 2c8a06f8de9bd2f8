package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// assembler is a file being written.
type assembler struct {
	*build.Context
	file      string
	constants map[string]constant
	labels    int
}

type constant = operand.Mem

// isa is the instruction set that a template is emitted for.
type isa struct {
	*assembler
	suffix string // of function names
	lanes  int    // float32 values in a vector
	avx512 bool
	vnni   bool // and AVX-512
}

// each calls emit for every instruction set.
func (a *assembler) each(emit func(s *isa)) {
	emit(&isa{assembler: a, suffix: "AVX2", lanes: 8})
	emit(&isa{assembler: a, suffix: "AVX512", lanes: 16, avx512: true})
}

// function begins the function name+suffix. The doc text goes to the stub, after the function's name.
func (s *isa) function(name, signature, doc string) {
	s.Function(name + s.suffix)
	s.Attributes(attr.NOSPLIT)
	s.SignatureExpr(signature)
	s.Doc(strings.Split(name+s.suffix+" "+doc, "\n")...)
	s.Pragma("noescape")
}

// end returns from the function.
func (s *isa) end() {
	s.VZEROUPPER()
	s.RET()
}

// label returns a label name that is new in the file.
func (a *assembler) label(name string) string {
	a.labels++
	return fmt.Sprintf("%s%d", name, a.labels)
}

// pointer loads the address of a slice parameter's first value, length its length.
func (s *isa) pointer(name string) reg.GPVirtual {
	r := s.GP64()
	s.Load(s.Param(name).Base(), r)
	return r
}

func (s *isa) length(name string) reg.GPVirtual {
	r := s.GP64()
	s.Load(s.Param(name).Len(), r)
	return r
}

// integer loads an int parameter.
func (s *isa) integer(name string) reg.GPVirtual {
	r := s.GP64()
	s.Load(s.Param(name), r)
	return r
}

// broadcast loads a float32 or 32-bit integer parameter (or field of one) into all lanes.
func (s *isa) broadcast(name string, field ...string) reg.VecVirtual {
	component := s.Param(name)
	for _, f := range field {
		component = component.Field(f)
	}
	v := s.vec()
	s.VBROADCASTSS(s.address(component), v)
	return v
}

// address returns where a scalar parameter or result stands.
func (s *isa) address(component gotypes.Component) operand.Mem {
	b, err := component.Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// vec returns a new vector register.
func (s *isa) vec() reg.VecVirtual {
	if s.avx512 {
		return s.ZMM()
	}
	return s.YMM()
}

// bytes is the size of a vector.
func (s *isa) bytes() int { return 4 * s.lanes }

// at returns the address of vector i after p.
func (s *isa) at(p reg.Register, i int) operand.Mem {
	return operand.Mem{Base: p, Disp: i * s.bytes()}
}

// word returns memory that holds a 32-bit pattern 16 times: a vector operand of either width.
func (a *assembler) word(bits uint32) operand.Mem {
	words := make([]uint32, 16)
	for i := range words {
		words[i] = bits
	}
	return a.table(fmt.Sprintf("%s_%08x", a.file, bits), words)
}

// table returns memory that holds words, emitted once per name.
func (a *assembler) table(name string, words []uint32) operand.Mem {
	if m, ok := a.constants[name]; ok {
		return m
	}
	m := a.StaticGlobal(name)
	a.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := 0; i < len(words); i += 2 {
		a.AddDatum(4*i, operand.U64(uint64(words[i])|uint64(words[i+1])<<32))
	}
	a.constants[name] = m
	return m
}

// zero returns a register of zeros.
func (s *isa) zero() reg.VecVirtual {
	v := s.vec()
	if s.avx512 {
		s.VPXORD(v, v, v)
	} else {
		s.VXORPS(v, v, v)
	}
	return v
}

// copy returns a copy of v.
func (s *isa) copy(v reg.Register) reg.VecVirtual {
	c := s.vec()
	s.VMOVAPS(v, c)
	return c
}

// and, andNot, or and xor work on the bits of vectors; andNot is dst = ^x & y. The first operand may be memory.
func (s *isa) and(x operand.Op, y, dst reg.Register) {
	if s.avx512 {
		s.VPANDD(x, y, dst)
	} else {
		s.VANDPS(x, y, dst)
	}
}

func (s *isa) or(x operand.Op, y, dst reg.Register) {
	if s.avx512 {
		s.VPORD(x, y, dst)
	} else {
		s.VORPS(x, y, dst)
	}
}

func (s *isa) xor(x operand.Op, y, dst reg.Register) {
	if s.avx512 {
		s.VPXORD(x, y, dst)
	} else {
		s.VXORPS(x, y, dst)
	}
}
