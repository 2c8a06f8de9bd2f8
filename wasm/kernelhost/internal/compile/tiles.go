package main

import (
	"fmt"
	"strings"
)

// The inner loops of matrix products are written instruction by instruction. From C the compiler gathers the loads of an unrolled
// loop at its top and the sums' chains at its end; an engine that keeps to the order then finds no registers for what lies between
// (1.3 to 2.7 times the time, in V8 and in wazero).
const tileRows = 6 // most rows of a tile

// A tileKind is one kind of products. A panel is two vectors of columns wide.
type tileKind struct {
	name       string
	unrolled   int // steps of a round
	left       string
	leftBytes  int // of a row that a step takes
	right      string
	rightBytes int // of half a panel that a step takes
	// multiplyAdd are the instructions for the product of a vector of left and one of right, added to a sum. The sum is the last
	// operand if fused, and otherwise the first.
	multiplyAdd []string
	fused       bool
}

// tileKinds returns the kinds: of float32 values, a step being one; and of integers, a step being two values of 16 bits in a row and of
// eight in a panel. In order that engines do not take several instructions to spread a step of a row over a vector, and that for every
// panel, it lies there four times, unless there is relaxed SIMD, which no engine has that does so.
func tileKinds(relaxed bool) []tileKind {
	floats := tileKind{name: "tile", unrolled: 16, right: "v128.load", rightBytes: 16, multiplyAdd: []string{"f32x4.mul", "f32x4.add"}}
	integers := tileKind{name: "int8_tile", unrolled: 8, right: "i16x8.load8x8_s", rightBytes: 8, multiplyAdd: []string{"i32x4.dot_i16x8_s", "i32x4.add"}}
	if relaxed {
		floats.multiplyAdd, floats.fused = []string{"f32x4.relaxed_madd"}, true
	}
	kinds := []tileKind{floats, integers}
	for i := range kinds {
		if relaxed {
			kinds[i].left, kinds[i].leftBytes = "v128.load32_splat", 4
		} else {
			kinds[i].left, kinds[i].leftBytes = "v128.load", 16
		}
	}
	return kinds
}

// tileAssembly returns the functions for a variant, in the assembly language of clang: of each kind and for each number of rows
//
//	void kind_rows(int steps, const void *left, int lda, const void *right, void *sums, int lds)
//
// which adds the products of steps, a multiple of the unrolled ones and not 0, to sums. Rows of left lie lda bytes apart, those of
// sums lds.
func tileAssembly(relaxed bool) []byte {
	var a assembly
	a.line(".text")
	for _, k := range tileKinds(relaxed) {
		for rows := 1; rows <= tileRows; rows++ {
			a.tile(k, rows)
		}
	}
	return []byte(a.String())
}

// assembly is a text in the making.
type assembly struct{ strings.Builder }

func (a *assembly) line(format string, args ...any) { fmt.Fprintf(a, "\t"+format+"\n", args...) }

// The parameters, which are the first locals.
const (
	localSteps = iota
	localLeft
	localLDA
	localRight
	localSums
	localLDS
	localFirst // of the others
)

// tile writes one function.
func (a *assembly) tile(k tileKind, rows int) {
	name := fmt.Sprintf("%s_%d", k.name, rows)
	fmt.Fprintf(a, "\t.globl %s\n\t.hidden %s\n\t.type %s,@function\n%s:\n", name, name, name, name)
	a.line(".functype %s (i32, i32, i32, i32, i32, i32) -> ()", name)

	// row i of left is pointed to by the left parameter and then by locals of its own
	row := func(i int) int {
		if i == 0 {
			return localLeft
		}
		return localFirst + i - 1
	}
	sum := func(i, j int) int { return localFirst + rows - 1 + 2*i + j }
	panel := func(j int) int { return sum(rows, j) }
	x := sum(rows+1, 0)
	a.line(".local %s%s", strings.Repeat("i32, ", rows-1), strings.TrimSuffix(strings.Repeat("v128, ", 2*rows+3), ", "))

	for i := 1; i < rows; i++ {
		a.line("local.get %d", row(i-1))
		a.line("local.get %d", localLDA)
		a.line("i32.add")
		a.line("local.set %d", row(i))
	}
	a.eachSum(rows, func(i, j int) {
		a.line("local.get %d", localSums)
		a.line("v128.load %d:p2align=0", 16*j)
		a.line("local.set %d", sum(i, j))
	})
	a.line("loop")
	// Loading the last byte of a round first makes its other loads safe for engines that check each one otherwise.
	a.touch(localRight, 2*k.rightBytes*k.unrolled)
	for i := range rows {
		a.touch(row(i), k.leftBytes*k.unrolled)
	}
	for u := range k.unrolled {
		for j := range 2 {
			a.line("local.get %d", localRight)
			a.line("%s %d:p2align=0", k.right, k.rightBytes*(2*u+j))
			a.line("local.set %d", panel(j))
		}
		for i := range rows {
			a.line("local.get %d", row(i))
			a.line("%s %d:p2align=0", k.left, k.leftBytes*u)
			a.line("local.set %d", x)
			for j := range 2 {
				a.multiplyAdd(k, sum(i, j), x, panel(j))
			}
		}
	}
	a.advance(localRight, 2*k.rightBytes*k.unrolled)
	for i := range rows {
		a.advance(row(i), k.leftBytes*k.unrolled)
	}
	a.advance(localSteps, -k.unrolled)
	a.line("local.get %d", localSteps)
	a.line("br_if 0")
	a.line("end_loop")
	a.rewind(rows)
	a.eachSum(rows, func(i, j int) {
		a.line("local.get %d", localSums)
		a.line("local.get %d", sum(i, j))
		a.line("v128.store %d:p2align=0", 16*j)
	})
	a.line("end_function")
}

// eachSum calls f for each vector of sums, with the parameter for the sums on its row.
func (a *assembly) eachSum(rows int, f func(i, j int)) {
	for i := range rows {
		for j := range 2 {
			f(i, j)
		}
		if i < rows-1 {
			a.line("local.get %d", localSums)
			a.line("local.get %d", localLDS)
			a.line("i32.add")
			a.line("local.set %d", localSums)
		}
	}
}

// rewind sets the parameter for the sums to the first row again.
func (a *assembly) rewind(rows int) {
	a.line("local.get %d", localSums)
	a.line("local.get %d", localLDS)
	a.line("i32.const %d", rows-1)
	a.line("i32.mul")
	a.line("i32.sub")
	a.line("local.set %d", localSums)
}

// multiplyAdd adds x y to sum. All are locals.
func (a *assembly) multiplyAdd(k tileKind, sum, x, y int) {
	operands := []int{sum, x, y}
	if k.fused {
		operands = []int{x, y, sum}
	}
	for _, o := range operands {
		a.line("local.get %d", o)
	}
	for _, instruction := range k.multiplyAdd {
		a.line("%s", instruction)
	}
	a.line("local.set %d", sum)
}

// touch loads the last of n bytes at a pointer.
func (a *assembly) touch(pointer, n int) {
	a.line("local.get %d", pointer)
	a.line("i32.load8_u %d", n-1)
	a.line("drop")
}

// advance adds n to a local.
func (a *assembly) advance(local, n int) {
	a.line("local.get %d", local)
	a.line("i32.const %d", n)
	a.line("i32.add")
	a.line("local.set %d", local)
}
