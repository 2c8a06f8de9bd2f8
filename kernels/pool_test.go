package kernels

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// poolCounts counts how often each item was worked on. Tasks capture nothing, so it lives here.
var poolCounts [1000]atomic.Int32

func newTestCPU(t testing.TB, threads int) *CPU {
	t.Helper()
	c, err := NewCPU(Generic, threads)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestEveryItemIsDoneOnceOnAnyNumberOfThreads(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 16} {
		t.Run(fmt.Sprint(threads), func(t *testing.T) {
			c := newTestCPU(t, threads)
			for round := range 300 {
				items := round * 7 % len(poolCounts)
				c.parallel(items, func(_ *CPU, _, item int) { poolCounts[item].Add(1) })
				for i := range poolCounts {
					want := int32(0)
					if i < items {
						want = 1
					}
					if got := poolCounts[i].Swap(0); got != want {
						t.Fatalf("item %d of %d was done %d times", i, items, got)
					}
				}
				if round%100 == 99 {
					time.Sleep(time.Millisecond) // helpers park
				}
			}
		})
	}
}

func TestTasksOfOneThreadDoNotOverlap(t *testing.T) {
	c := newTestCPU(t, 4)
	for range 200 {
		c.parallel(64, func(_ *CPU, worker, _ int) {
			if poolCounts[worker].Add(1) != 1 {
				panic("two tasks at once on one thread's scratch memory")
			}
			pause()
			poolCounts[worker].Add(-1)
		})
	}
}

func TestForksFinishOnOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := newTestCPU(t, 3)
	for range 1000 {
		c.parallel(5, func(_ *CPU, _, item int) { poolCounts[item].Add(1) })
	}
	for i := range 5 {
		if got := poolCounts[i].Swap(0); got != 1000 {
			t.Errorf("item %d was done %d times, want 1000", i, got)
		}
	}
}

func TestPanicInAnyThreadReachesTheCaller(t *testing.T) {
	c := newTestCPU(t, 3)
	for round := range 100 {
		func() {
			defer func() {
				if v := recover(); v != "item 17" {
					t.Errorf("recovered %v", v)
				}
			}()
			c.parallel(100, func(_ *CPU, _, item int) {
				if item == 17 {
					panic("item 17")
				}
			})
		}()
		done := &poolCounts[0]
		c.parallel(50, func(_ *CPU, _, _ int) { poolCounts[0].Add(1) })
		if got := done.Swap(0); got != 50 {
			t.Fatalf("round %d: %d of 50 items were done after a panic", round, got)
		}
	}
}

func TestCloseEndsTheGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		c, err := NewCPU(Generic, 8)
		if err != nil {
			t.Fatal(err)
		}
		c.parallel(8, func(*CPU, int, int) {})
		c.Close()
		c.Close()
	}
	for range 100 { // an ended goroutine is counted a moment longer
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestForksDoNotAllocate(t *testing.T) {
	for _, threads := range []int{1, 2, 4} {
		c := newTestCPU(t, threads)
		if n := testing.AllocsPerRun(200, func() { c.parallel(10, func(*CPU, int, int) {}) }); n != 0 {
			t.Errorf("%v allocations on %d threads", n, threads)
		}
	}
}

// BenchmarkFork times an operation whose only work is to meet on all threads: what it costs to get them going. It reports the
// fastest call too, which other programs did not slow down.
func BenchmarkFork(b *testing.B) {
	c := newTestCPU(b, 2)
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		poolCounts[0].Store(0)
		start := time.Now()
		c.parallel(2, func(*CPU, int, int) {
			for poolCounts[0].Add(1); poolCounts[0].Load() < 2; {
				pause()
			}
		})
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(best.Nanoseconds()), "best-ns")
}
