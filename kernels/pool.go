package kernels

import (
	"sync"
	"sync/atomic"
)

// pool is a fork-join pool: run hands the items of one operation to all threads and returns when they are done.
type pool struct {
	device  *CPU
	threads int
	start   []chan struct{} // one for each thread but the caller's
	done    sync.WaitGroup
	task    func(c *CPU, worker, item int)
	items   int
	next    atomic.Int64
}

// newPool starts threads-1 goroutines.
func newPool(c *CPU, threads int) *pool {
	p := &pool{device: c, threads: threads}
	for i := 1; i < threads; i++ {
		ch := make(chan struct{}, 1)
		p.start = append(p.start, ch)
		go func() {
			for range ch {
				p.work(i)
				p.done.Done()
			}
		}()
	}
	return p
}

// work takes items until none is left.
func (p *pool) work(worker int) {
	for {
		i := int(p.next.Add(1)) - 1
		if i >= p.items {
			return
		}
		p.task(p.device, worker, i)
	}
}

// close ends the goroutines.
func (p *pool) close() {
	for _, ch := range p.start {
		close(ch)
	}
}

// parallel calls task for every item in [0, items), from several threads at once and in no order. Task must be a function
// value that captures nothing: operands travel in c.args.
func (c *CPU) parallel(items int, task func(c *CPU, worker, item int)) {
	p := c.pool
	if items <= 1 || p.threads == 1 {
		for i := 0; i < items; i++ {
			task(c, 0, i)
		}
		return
	}
	p.task, p.items = task, items
	p.next.Store(0)
	n := min(items, p.threads) - 1
	p.done.Add(n)
	for _, ch := range p.start[:n] {
		ch <- struct{}{}
	}
	p.work(0)
	p.done.Wait()
}
