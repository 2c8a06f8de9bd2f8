package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkGemm reports GFLOP/s and the share of the multiply-add peak that was measured just before. The best of a few short
// repetitions tells most: go test -run - -bench Gemm/avx512 -benchtime 20ms -count 5.
func BenchmarkGemm(b *testing.B) {
	for _, tier := range Tiers() {
		for _, threads := range []int{1, 2} {
			for _, m := range []int{1, 16, 128, 512} {
				for _, s := range [][2]int{{768, 768}, {3072, 768}, {768, 3072}} {
					b.Run(fmt.Sprintf("%v/threads=%d/m=%d/n=%d/k=%d", tier, threads, m, s[0], s[1]), func(b *testing.B) {
						c, err := NewCPU(tier, threads)
						if err != nil {
							b.Fatal(err)
						}
						defer c.Close()
						x, w, y := randomTensor(m, s[1]), randomTensor(s[0], s[1]), randomTensor(m, s[0])
						jobs := []GemmJob{{Dst: y, A: x, Packed: c.Pack(TensorSource(w, true)), Bias: randomTensor(1, s[0])}}
						benchmarkGemm(b, c, jobs)
					})
				}
			}
		}
	}
}

// BenchmarkGemmInt8 times products with weights of eight bits in turns with the same in float32, and reports how many times as fast
// they are: go test -run - -bench GemmInt8 -benchtime 50ms
func BenchmarkGemmInt8(b *testing.B) {
	for _, tier := range Tiers() {
		for _, m := range []int{1, 16, 128, 512} {
			for _, s := range [][2]int{{384, 384}, {768, 768}, {3072, 768}, {768, 3072}} {
				b.Run(fmt.Sprintf("%v/threads=1/m=%d/n=%d/k=%d", tier, m, s[0], s[1]), func(b *testing.B) {
					c, err := NewCPU(tier, 1)
					if err != nil {
						b.Fatal(err)
					}
					defer c.Close()
					x, w, y := randomTensor(m, s[1]), randomTensor(s[0], s[1]), randomTensor(m, s[0])
					floats := []GemmJob{{Dst: y, A: x, Packed: c.Pack(TensorSource(w, true))}}
					eight := []GemmJob{{Dst: y, A: x, Packed: c.PackInt8(randomInt8(s[0], s[1]).source())}}
					c.Gemm(eight)
					float, int8 := math.Inf(1), math.Inf(1)
					for b.Loop() {
						start := time.Now()
						c.Gemm(floats)
						float = min(float, time.Since(start).Seconds())
						start = time.Now()
						c.Gemm(eight)
						int8 = min(int8, time.Since(start).Seconds())
					}
					flops := 2 * float64(m) * float64(s[0]) * float64(s[1])
					b.ReportMetric(flops/float/1e9, "f32-GFLOP/s")
					b.ReportMetric(flops/int8/1e9, "GFLOP/s")
					b.ReportMetric(float/int8, "times-f32")
				})
			}
		}
	}
}

// BenchmarkGemmLoRA times the products of a LoRA layer of rank 4 on 256 tokens, and a full weight gradient.
func BenchmarkGemmLoRA(b *testing.B) {
	const tokens, width, rank = 256, 768, 4
	x, h, y := randomTensor(tokens, width), randomTensor(tokens, rank), randomTensor(tokens, width)
	down, up := randomTensor(rank, width), randomTensor(width, rank)
	wide, gradient := randomTensor(tokens, 4*width), randomTensor(4*width, width)
	for _, tier := range Tiers()[1:] {
		for _, threads := range []int{1, 2} {
			for _, v := range []struct {
				name string
				job  GemmJob
			}{
				{"h=xA'", GemmJob{Dst: h, A: x, B: down, TransB: true}},
				{"y+=hB'", GemmJob{Dst: y, A: h, B: up, TransB: true, Alpha: 2, Accumulate: true}},
				{"dA=dh'x", GemmJob{Dst: down, A: h, TransA: true, B: x}},
				{"dB=dy'h", GemmJob{Dst: up, A: y, TransA: true, B: h}},
				{"dx+=dhA", GemmJob{Dst: x, A: h, B: down, Accumulate: true}},
				{"dW=dy'x", GemmJob{Dst: gradient, A: wide, TransA: true, B: x}},
			} {
				b.Run(fmt.Sprintf("%v/threads=%d/%s", tier, threads, v.name), func(b *testing.B) {
					c, err := NewCPU(tier, threads)
					if err != nil {
						b.Fatal(err)
					}
					defer c.Close()
					benchmarkGemm(b, c, []GemmJob{v.job})
				})
			}
		}
	}
}

// BenchmarkGemmModel runs the products of roberta-base's twelve layers, with weights of their own, so that they come from
// memory.
func BenchmarkGemmModel(b *testing.B) {
	const width, layers = 768, 12
	for _, threads := range []int{1, 2} {
		for _, m := range []int{1, 4, 16, 64, 128} {
			b.Run(fmt.Sprintf("%v/threads=%d/m=%d", BestTier(), threads, m), func(b *testing.B) {
				c, err := NewCPU(BestTier(), threads)
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				x, h, u := randomTensor(m, width), randomTensor(m, 3*width), randomTensor(m, 4*width)
				pack := func(n, k int) *Packed { return c.Pack(TensorSource(NewTensor(c.NewBuffer(n*k), 0, n, k), true)) }
				var calls [][]GemmJob
				var bytes, flops float64
				for range layers {
					var qkv []GemmJob
					for i := range 3 {
						qkv = append(qkv, GemmJob{Dst: h.ColRange(i*width, (i+1)*width), A: x, Packed: pack(width, width)})
					}
					calls = append(calls, qkv,
						[]GemmJob{{Dst: x, A: h.ColRange(0, width), Packed: pack(width, width)}},
						[]GemmJob{{Dst: u, A: x, Packed: pack(4*width, width), Activation: GELU}},
						[]GemmJob{{Dst: x, A: u, Packed: pack(width, 4*width)}})
				}
				for _, jobs := range calls {
					for _, j := range jobs {
						bytes += float64(j.Packed.Bytes())
						flops += 2 * float64(m*j.Packed.K*j.Packed.N)
					}
				}
				peak := c.peak(stopwatch)
				seconds := fastest(b, func() {
					for _, jobs := range calls {
						c.Gemm(jobs)
					}
				})
				b.ReportMetric(bytes/seconds/1e9, "GB/s")
				b.ReportMetric(flops/seconds/1e9/peak*100, "%peak")
			})
		}
	}
}

// BenchmarkPack packs weights in the way of a model's start: fresh memory, every row read once.
func BenchmarkPack(b *testing.B) {
	for _, tier := range Tiers() {
		for _, transposed := range []bool{false, true} {
			for _, s := range [][2]int{{3072, 768}, {768, 3072}} {
				b.Run(fmt.Sprintf("%v/transposed=%v/%dx%d", tier, transposed, s[0], s[1]), func(b *testing.B) {
					c, err := NewCPU(tier, 2)
					if err != nil {
						b.Fatal(err)
					}
					defer c.Close()
					w := randomTensor(s[0], s[1])
					src := TensorSource(w, transposed)
					p := c.Pack(src)
					seconds := fastest(b, func() { c.Repack(p, src) })
					b.ReportMetric(float64(p.Bytes())/seconds/1e9, "GB/s")
				})
			}
		}
	}
}

func randomTensor(rows, cols int) Tensor {
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	x := alignedFloats(rows * cols)
	for i := range x {
		x[i] = float32(rng.Float64() - 0.5)
	}
	return NewTensor(&Buffer{host: x}, 0, rows, cols)
}

// benchmarkGemm times jobs and reports their rate.
func benchmarkGemm(b *testing.B, c *CPU, jobs []GemmJob) {
	var flops float64
	for _, j := range jobs {
		k := j.A.Cols
		if j.TransA {
			k = j.A.Rows
		}
		flops += 2 * float64(j.Dst.Len()) * float64(k)
	}
	c.Gemm(jobs)
	peak := c.peak(stopwatch)
	rate := flops / fastest(b, func() { c.Gemm(jobs) }) / 1e9
	b.ReportMetric(rate, "GFLOP/s")
	b.ReportMetric(rate/peak*100, "%peak")
}

// stopwatch returns the seconds that a call takes.
func stopwatch(f func()) float64 {
	start := time.Now()
	f()
	return time.Since(start).Seconds()
}

// fastest returns the seconds of the fastest call of f, as other programs can only slow one down.
func fastest(b *testing.B, f func()) float64 {
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	b.ReportMetric(best.Seconds()*1e6, "best-us")
	return best.Seconds()
}
