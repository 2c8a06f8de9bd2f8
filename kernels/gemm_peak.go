package kernels

import "math"

// peak is Peak on a device that exists; seconds tells how long a run takes.
func (c *CPU) peak(seconds func(run func()) float64) float64 {
	const rounds = 10_000 // of the primitive: well below a millisecond
	const items = 8       // a thread
	best := math.Inf(1)
	for range 8 {
		best = min(best, seconds(func() { c.parallel(items*len(c.workers), func(c *CPU, _, _ int) { c.gemm.peak(rounds) }) }))
	}
	return float64(rounds*items*len(c.workers)*c.gemm.peakFlops) / best / 1e9
}

// peakGeneric makes n times eight multiplications and additions that do not wait for each other.
func peakGeneric(n int) {
	var a, b, c, d, e, f, g, h float32
	x := float32(n)
	for range n {
		a = float32(a*x) + x
		b = float32(b*x) + x
		c = float32(c*x) + x
		d = float32(d*x) + x
		e = float32(e*x) + x
		f = float32(f*x) + x
		g = float32(g*x) + x
		h = float32(h*x) + x
	}
	if s := a + b + c + d + e + f + g + h; math.IsNaN(float64(s)) && n < 0 {
		panic("kernels: Peak: not a number") // keeps the sums alive
	}
}
