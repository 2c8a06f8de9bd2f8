package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitAdamW rounds where torch.optim.AdamW does: no fused multiply-adds.
func emitAdamW(s *isa) {
	s.function("adamW", "func(p, g, m, v []float32, k struct {gradScale, decay, rate1, beta2, rate2, root2, eps, step float32})",
		"makes one step of the optimiser.")
	k := map[string]reg.VecVirtual{}
	for _, name := range []string{"gradScale", "decay", "rate1", "beta2", "rate2", "root2", "eps", "step"} {
		k[name] = s.broadcast("k", name)
	}
	pointers := []reg.GPVirtual{s.pointer("p"), s.pointer("g"), s.pointer("m"), s.pointer("v")}
	s.span(s.length("p"), pointers, 1, func(lanes laneMask, at [][]operand.Mem) {
		g, m, change := s.load(lanes, at[1][0]), s.load(lanes, at[2][0]), s.vec()
		s.VMULPS(k["gradScale"], g, g)
		s.VSUBPS(m, g, change)
		s.VMULPS(k["rate1"], change, change)
		s.VADDPS(change, m, m)
		s.store(lanes, m, at[2][0])

		v := s.load(lanes, at[3][0])
		s.VMULPS(k["beta2"], v, v)
		s.VMULPS(g, g, g)
		s.VMULPS(k["rate2"], g, g)
		s.VADDPS(g, v, v)
		s.store(lanes, v, at[3][0])

		s.VSQRTPS(v, v)
		s.VDIVPS(k["root2"], v, v)
		s.VADDPS(k["eps"], v, v)
		s.VDIVPS(v, m, m)
		s.VMULPS(k["step"], m, m)
		p := s.load(lanes, at[0][0])
		s.VMULPS(k["decay"], p, p)
		s.VADDPS(m, p, p)
		s.store(lanes, p, at[0][0])
	})
	s.end()
}
