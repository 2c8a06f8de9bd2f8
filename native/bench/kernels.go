package bench

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native"
)

// KernelConfig says which kernels are timed.
type KernelConfig struct {
	Timing
	Threads []int    // numbers of threads; nil means 1
	Tiers   []string // instruction sets; nil means all that this machine has
	Ops     []string // names, or their beginnings; nil means all
	// OnResult is told each result as soon as there is one.
	OnResult func(KernelResult) error
}

// KernelResult is the speed of one operation. An operation on a matrix has M rows and N columns; a product's inner size is K.
type KernelResult struct {
	Op      string `json:"op"`
	Tier    string `json:"tier"`
	Threads int    `json:"threads"`
	M       int    `json:"m"`
	N       int    `json:"n"`
	K       int    `json:"k,omitempty"`
	// GFLOPS is that of the median run, BestGFLOPS that of the fastest, PeakGFLOPS what multiply-adds on registers reach.
	GFLOPS     float64 `json:"gflops,omitempty"`
	BestGFLOPS float64 `json:"best_gflops,omitempty"`
	PeakGFLOPS float64 `json:"peak_gflops,omitempty"`
	// NsPerElement is there for operations that are no products: nanoseconds for each of M x N values, in the median run.
	NsPerElement float64 `json:"ns_per_element,omitempty"`
	MedianMicros float64 `json:"median_us"`
	Runs         int     `json:"runs"`
}

// kernel is one operation, ready to be timed: run does it repeat times.
type kernel struct {
	op      string
	m, n, k int
	flops   float64 // of one run; 0 for operations that are no products
	make    func(*maker) func()
}

// Kernels times every kernel on every tier and number of threads. Errors are those of the settings, of OnResult and of ctx.
func Kernels(ctx context.Context, c KernelConfig) error {
	if c.Threads == nil {
		c.Threads = []int{1}
	}
	c.Timing = c.withDefaults()
	tiers, err := c.tiers()
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(kernelList(), func(k kernel) bool { return !c.wants(k.op) })
	if len(list) == 0 {
		return badinput.Errorf("no operation is called %s; there are %s", strings.Join(c.Ops, " or "), strings.Join(KernelNames(), ", "))
	}
	for _, tier := range tiers {
		for _, threads := range c.Threads {
			if err := c.run(ctx, tier, threads, list); err != nil {
				return err
			}
		}
	}
	return nil
}

// KernelNames lists the operations that Kernels times.
func KernelNames() []string {
	var names []string
	for _, k := range kernelList() {
		if !slices.Contains(names, k.op) {
			names = append(names, k.op)
		}
	}
	return names
}

func (c *KernelConfig) tiers() ([]kernels.Tier, error) {
	if c.Tiers == nil {
		return kernels.Tiers(), nil
	}
	var list []kernels.Tier
	for _, name := range c.Tiers {
		tier, err := kernels.ParseTier(name)
		if err != nil {
			return nil, badinput.Errorf("%w", err)
		}
		list = append(list, tier)
	}
	return list, nil
}

func (c *KernelConfig) wants(op string) bool {
	return c.Ops == nil || slices.ContainsFunc(c.Ops, func(prefix string) bool { return strings.HasPrefix(op, prefix) })
}

func (c *KernelConfig) run(ctx context.Context, tier kernels.Tier, threads int, list []kernel) error {
	dev, err := native.NewDeviceOf(tier, threads)
	if err != nil {
		return err
	}
	defer dev.Close()
	native.UseHugePages(dev)
	peak := 0.0
	for _, k := range list {
		if k.flops > 0 { // the highest of all so far, for anything that disturbs a measurement of the peak lowers it
			now, err := kernels.Peak(tier, threads)
			if err != nil {
				return err
			}
			peak = max(peak, now)
		}
		if err := c.time(ctx, dev, k, peak); err != nil {
			return err
		}
	}
	return nil
}

// time times one kernel. Short ones are repeated within a run, so that the clock's resolution does not show.
func (c *KernelConfig) time(ctx context.Context, dev *kernels.CPU, k kernel, peak float64) error {
	r := KernelResult{Op: k.op, Tier: dev.Tier().String(), Threads: dev.Threads(), M: k.m, N: k.n, K: k.k}
	if k.flops > 0 {
		r.PeakGFLOPS = peak
	}
	run := k.make(&maker{dev: dev, rng: rand.New(rand.NewPCG(1, 2))})
	run()
	start := time.Now()
	run()
	const shortest = 20 * time.Microsecond
	repeat := int(shortest/max(time.Since(start), 1)) + 1
	times, err := c.measure(ctx, func() error {
		for range repeat {
			run()
		}
		return nil
	})
	if err != nil {
		return err
	}
	each := median(times).Seconds() / float64(repeat)
	best := slices.Min(times).Seconds() / float64(repeat)
	r.MedianMicros, r.Runs = each*1e6, len(times)
	if k.flops > 0 {
		r.GFLOPS, r.BestGFLOPS = k.flops/each/1e9, k.flops/best/1e9
	} else {
		r.NsPerElement = each * 1e9 / float64(k.m*k.n)
	}
	return c.OnResult(r)
}

// maker makes operands.
type maker struct {
	dev *kernels.CPU
	rng *rand.Rand
}

// tensor returns a matrix of small random values.
func (m *maker) tensor(rows, cols int) kernels.Tensor {
	t := kernels.NewTensor(m.dev.NewBuffer(rows*cols), 0, rows, cols)
	values := make([]float32, rows*cols)
	for i := range values {
		values[i] = 2*m.rng.Float32() - 1
	}
	m.dev.Write(t, values)
	return t
}

// zero returns a matrix of zeros.
func (m *maker) zero(rows, cols int) kernels.Tensor {
	return kernels.NewTensor(m.dev.NewBuffer(rows*cols), 0, rows, cols)
}

// ids returns n row numbers below limit.
func (m *maker) ids(n, limit int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(m.rng.IntN(limit))
	}
	return list
}

// offsets returns where sequences of one length begin.
func offsets(sequences, length int) []int32 {
	list := make([]int32, sequences+1)
	for i := range list {
		list[i] = int32(i * length)
	}
	return list
}
