package kernels

import "github.com/lorica-go/lorica/internal/format"

// rotaryArguments are the operands of a running Rotate.
type rotaryArguments struct {
	split
	op   Rotary
	sign float32
}

// Rotate turns pairs of values by angles that depend on their row's position.
func (c *CPU) Rotate(op Rotary) {
	m, n := op.X.Rows, op.X.Cols
	if op.Heads < 1 || n%(2*op.Heads) != 0 {
		panic(format.Sprintf("kernels: Rotate: %d heads of pairs in rows of %d values", op.Heads, n))
	}
	checkShape("Rotate", "Dst", op.Dst, m, n)
	checkShape("Rotate", "Table", op.Table, op.Table.Rows, n/op.Heads)
	checkLength("Rotate", "Positions", len(op.Positions), m)
	checkIndices("Rotate", op.Positions, op.Table.Rows)
	a := &c.args.rotary
	a.split, a.op, a.sign = splitRows(m, n), op, 1
	if op.Inverse {
		a.sign = -1
	}
	c.parallel(a.items, rotateItem)
}

func rotateItem(c *CPU, _, item int) {
	a := &c.args.rotary
	op := &a.op
	half := op.Table.Cols / 2
	for r, end := a.rowRange(item); r < end; r++ {
		table := op.Table.row(int(op.Positions[r]))
		c.row.rotate(op.Dst.row(r), op.X.row(r), table[:half], table[half:], op.Heads, a.sign)
	}
}
