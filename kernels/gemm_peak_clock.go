//go:build !wasm

package kernels

import "time"

// Peak measures how many billion float32 operations (multiply and add count as one each) per second the given number of
// threads can make with tier's widest multiply-adds on values in registers: what a product is compared with. It takes a few
// milliseconds and returns the best of several short runs, as other programs can only slow one down. There is none under
// WebAssembly, where package time would be most of what it brings.
//
// It fails as NewCPU does.
func Peak(tier Tier, threads int) (gflops float64, err error) {
	c, err := NewCPU(tier, threads)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return c.peak(func(run func()) float64 {
		start := time.Now()
		run()
		return time.Since(start).Seconds()
	}), nil
}
