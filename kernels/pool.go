package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// pool is a fork-join pool: parallel hands the items of one operation to all threads and returns when they are done.
//
// The calling thread opens a fork by storing a new word and takes items like the others. Helpers join a fork as long as it is
// open and leave it when no item is left; the caller closes it and waits for those that joined. A helper that the operating
// system lets sleep is thus not waited for. Between forks helpers watch the word for some microseconds, as operations
// follow each other closely in a model's pass, and then park.
type pool struct {
	device  *CPU
	helpers []helper
	spins   int // how often to look before parking; 0 where there are fewer processors than threads
	ended   sync.WaitGroup
	finish  chan struct{} // tells a parked caller that the last helper has left

	task    func(c *CPU, worker, item int)
	items   int64
	failure atomic.Pointer[failure]

	_    [64]byte // the two words that all threads write lie in cache lines of their own
	word atomic.Uint64
	_    [56]byte
	next atomic.Int64 // the item to be taken next
	_    [56]byte
}

// The bits of pool.word. Above them stands the number of the fork.
const (
	forkMembers = 1<<16 - 1 // how many helpers are in the fork
	forkOpen    = 1 << 16   // helpers may join
	forkAwaited = 1 << 17   // the caller has parked and the last helper to leave wakes it
	forkEnd     = 1 << 18   // the pool is closed
	forkNumber  = 1 << 20
)

// helper is the part of a thread of the pool that the caller touches.
type helper struct {
	parked atomic.Bool
	wake   chan struct{}
	_      [48]byte // a cache line
}

// failure is what a task panicked with.
type failure struct{ value any }

// spinTurns is how often a waiting thread looks before it parks: about 50 microseconds, one turn being a pause of the
// processor of some 20 to 40 nanoseconds.
const spinTurns = 2000

// newPool starts threads-1 goroutines.
func newPool(c *CPU, threads int) *pool {
	p := &pool{device: c, helpers: make([]helper, threads-1), finish: make(chan struct{}, 1)}
	if runtime.GOMAXPROCS(0) >= threads {
		p.spins = spinTurns
	}
	for i := range p.helpers {
		p.helpers[i].wake = make(chan struct{}, 1)
		p.ended.Go(func() { p.help(i) })
	}
	return p
}

// close ends the goroutines.
func (p *pool) close() {
	p.word.Or(forkEnd)
	p.wakeHelpers(len(p.helpers))
	p.ended.Wait()
}

// help is the life of helper i.
func (p *pool) help(i int) {
	var last uint64 // the fork that was joined last
	for {
		w := p.await(i, last)
		if w&forkEnd != 0 {
			return
		}
		if !p.word.CompareAndSwap(w, w+1) {
			continue
		}
		last = w / forkNumber
		p.attempt(i + 1)
		if w := p.word.Add(^uint64(0)); w&forkAwaited != 0 && w&forkMembers == 0 {
			p.finish <- struct{}{}
		}
	}
}

// await returns the word when it has an open fork other than last, or says that the pool is closed.
func (p *pool) await(i int, last uint64) uint64 {
	h := &p.helpers[i]
	for {
		for turn := 0; turn <= p.spins; turn++ {
			if w := p.word.Load(); w&forkEnd != 0 || (w&forkOpen != 0 && w/forkNumber != last) {
				return w
			}
			pause()
		}
		h.parked.Store(true)
		// The caller stores the word before it looks for parked helpers, so one of the two sees the other.
		if w := p.word.Load(); w&forkEnd != 0 || (w&forkOpen != 0 && w/forkNumber != last) {
			if h.parked.CompareAndSwap(true, false) {
				return w
			}
		}
		<-h.wake
	}
}

// wakeHelpers wakes those of the first n helpers that have parked.
func (p *pool) wakeHelpers(n int) {
	for i := range p.helpers[:n] {
		h := &p.helpers[i]
		if h.parked.Load() && h.parked.CompareAndSwap(true, false) {
			h.wake <- struct{}{}
		}
	}
}

// attempt takes items until none is left. A panic ends the fork and is kept for the caller.
func (p *pool) attempt(worker int) {
	defer func() {
		if v := recover(); v != nil {
			p.failure.CompareAndSwap(nil, &failure{v})
			p.next.Store(p.items)
		}
	}()
	for {
		i := p.next.Add(1) - 1
		if i >= p.items {
			return
		}
		p.task(p.device, worker, int(i))
	}
}

// join closes the fork and waits for the helpers in it.
func (p *pool) join() {
	if w := p.word.And(^uint64(forkOpen)); w&forkMembers == 0 {
		return
	}
	for range p.spins {
		if p.word.Load()&forkMembers == 0 {
			return
		}
		pause()
	}
	if w := p.word.Or(forkAwaited); w&forkMembers != 0 {
		<-p.finish
	}
}

// parallel calls task for every item in [0, items), from several threads at once and in no order, and panics with what a
// task panics with. Task must be a function value that captures nothing: operands travel in c.args.
func (c *CPU) parallel(items int, task func(c *CPU, worker, item int)) {
	p := c.pool
	if items <= 1 || len(p.helpers) == 0 {
		for i := range items {
			task(c, 0, i)
		}
		return
	}
	p.task, p.items = task, int64(items)
	p.next.Store(0)
	p.word.Store((p.word.Load()/forkNumber+1)*forkNumber | forkOpen)
	p.wakeHelpers(min(items-1, len(p.helpers)))
	p.attempt(0)
	p.join()
	p.task = nil
	if f := p.failure.Load(); f != nil {
		p.failure.Store(nil)
		panic(f.value)
	}
}
