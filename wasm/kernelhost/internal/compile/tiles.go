package main

import (
	"fmt"
	"strings"
)

// The inner loops of matrix products are written instruction by instruction. From C the compiler gathers the loads of an unrolled
// loop at its top and the sums' chains at its end; an engine that keeps to the order then finds no registers for what lies between
// (1.3 to 2.7 times the time, in V8 and in wazero).
const (
	tileRows    = 6 // most rows of a tile
	tileColumns = 8 // of a panel: two vectors
)

// tileUnroll is how many steps a round of a tile's loop takes.
const tileUnroll = 16

// tileAssembly returns the functions for a variant, in the assembly language of clang: for each number of rows
//
//	void tile_rows(int steps, const float *left, int lda, const float *right, float *sums, int lds)
//
// which adds the products of steps, a multiple of tileUnroll and not 0, to sums. Rows of left lie lda bytes apart, those of sums lds. In order
// that engines do not take two instructions to spread a value, and that for every panel, each value of left lies there four
// times unless there is relaxed SIMD, which no engine has that does so.
func tileAssembly(relaxed bool) []byte {
	var a assembly
	a.line(".text")
	for rows := 1; rows <= tileRows; rows++ {
		a.tile(rows, relaxed)
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
func (a *assembly) tile(rows int, relaxed bool) {
	const rightBytes = 4 * tileColumns
	load, leftBytes := "v128.load", 16
	if relaxed {
		load, leftBytes = "v128.load32_splat", 4
	}
	name := fmt.Sprintf("tile_%d", rows)
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
	a.touch(localRight, rightBytes*tileUnroll)
	for i := range rows {
		a.touch(row(i), leftBytes*tileUnroll)
	}
	for u := range tileUnroll {
		for j := range 2 {
			a.line("local.get %d", localRight)
			a.line("v128.load %d:p2align=0", rightBytes*u+16*j)
			a.line("local.set %d", panel(j))
		}
		for i := range rows {
			a.line("local.get %d", row(i))
			a.line("%s %d:p2align=0", load, leftBytes*u)
			a.line("local.set %d", x)
			for j := range 2 {
				a.multiplyAdd(sum(i, j), x, panel(j), relaxed)
			}
		}
	}
	a.advance(localRight, rightBytes*tileUnroll)
	for i := range rows {
		a.advance(row(i), leftBytes*tileUnroll)
	}
	a.advance(localSteps, -tileUnroll)
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
func (a *assembly) multiplyAdd(sum, x, y int, relaxed bool) {
	operands, product := []int{sum, x, y}, []string{"f32x4.mul", "f32x4.add"}
	if relaxed {
		operands, product = []int{x, y, sum}, []string{"f32x4.relaxed_madd"}
	}
	for _, o := range operands {
		a.line("local.get %d", o)
	}
	for _, p := range product {
		a.line("%s", p)
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
