package kernels

import (
	"fmt"
	"math"
	"time"
)

// Peak measures how many billion float32 operations (multiply and add count as one each) per second the given number of
// threads can make with tier's widest multiply-adds on values in registers: what a product is compared with. It takes a few
// milliseconds and returns the best of several short runs, as other programs can only slow one down.
//
// It fails as NewCPU does.
func Peak(tier Tier, threads int) (gflops float64, err error) {
	c, err := NewCPU(tier, threads)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return c.peak(), nil
}

// peak is Peak on a device that exists.
func (c *CPU) peak() float64 {
	const rounds = 10_000 // of the primitive: well below a millisecond
	const items = 8       // a thread
	best := math.Inf(1)
	for range 8 {
		start := time.Now()
		c.parallel(items*len(c.workers), func(c *CPU, _, _ int) { c.gemm.peak(rounds) })
		best = min(best, time.Since(start).Seconds())
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
		panic(fmt.Sprint("kernels: Peak: ", s)) // keeps the sums alive
	}
}
