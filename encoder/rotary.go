package encoder

import (
	"slices"

	"github.com/lorica-go/lorica/kernels"
)

// rotaryTable has the angles of the positions of the longest sequence yet.
type rotaryTable struct {
	theta float64
	table kernels.Tensor // [positions, head size]
}

// rotate turns the queries and keys in qkv [tokens, 3 width] by the angles of their positions, or their gradients back.
func (p *Pass) rotate(qkv kernels.Tensor, theta float64, back bool) {
	c := p.model.Config
	at := slices.IndexFunc(p.rotary, func(r rotaryTable) bool { return r.theta == theta })
	if at < 0 {
		at = len(p.rotary)
		p.rotary = append(p.rotary, rotaryTable{theta: theta})
	}
	r := &p.rotary[at]
	if positions := int(slices.Max(p.positions)) + 1; positions > r.table.Rows {
		positions = min(max(positions, 2*r.table.Rows), c.MaxPositions)
		r.table = kernels.NewTensor(p.dev.NewBuffer(positions*c.headSize()), 0, positions, c.headSize())
		p.dev.Write(r.table, kernels.RotaryTable(theta, positions, c.headSize()))
	}
	both := qkv.ColRange(0, 2*c.HiddenSize)
	p.dev.Rotate(kernels.Rotary{Dst: both, X: both, Heads: 2 * c.Heads, Table: r.table, Positions: p.positions, Inverse: back})
}
