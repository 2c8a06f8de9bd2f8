package train

// pair is two tokens side by side, the id of the left one above that of the right one: smaller ids, smaller pair.
type pair uint64

func pairOf(left, right int32) pair { return pair(left)<<32 | pair(uint32(right)) }

func (p pair) tokens() (left, right int32) { return int32(p >> 32), int32(p) }

// pairs has what is known about each pair, by index.
type pairs struct {
	index map[pair]int32
	list  []pairState
	fresh []int32 // those with new words, in the order in which they got the first
}

// pairState is the count of a pair, and the words that have come to contain it and do not stand in the queue.
type pairState struct {
	pair  pair
	count int64
	words []int32 // ascending
}

// change adds to the count of a pair.
func (p *pairs) change(of pair, by int64) int32 {
	i, ok := p.index[of]
	if !ok {
		i = int32(len(p.list))
		p.index[of] = i
		p.list = append(p.list, pairState{pair: of})
	}
	p.list[i].count += by
	return i
}

// appear counts a pair in a word. Words come in ascending order.
func (p *pairs) appear(of pair, count int64, word int32) {
	i := p.change(of, count)
	s := &p.list[i]
	switch n := len(s.words); {
	case n == 0:
		p.fresh = append(p.fresh, i)
	case s.words[n-1] == word:
		return
	}
	s.words = append(s.words, word)
}

// queued is a pair in the queue, with words that contained it when it got there.
type queued struct {
	count int64 // then
	pair  pair
	index int32 // of the pair
	turn  int32 // of two entries for a pair, the lower was there first
	words []int32
}

// before tells whether a is merged before b.
func (a *queued) before(b *queued) bool {
	switch {
	case a.count != b.count:
		return a.count > b.count
	case a.pair != b.pair:
		return a.pair < b.pair
	}
	return a.turn < b.turn
}

// queue is a binary heap.
type queue []queued

func (q *queue) push(e queued) {
	*q = append(*q, e)
	h := *q
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}

// pop returns the first and removes it.
func (q *queue) pop() queued {
	h := *q
	top, last := h[0], h[len(h)-1]
	h[len(h)-1] = queued{} // lets go of its words
	*q = h[:len(h)-1]
	if len(*q) > 0 {
		q.sink(last)
	}
	return top
}

// sink puts e in the place of the first and moves it down to where it belongs.
func (q queue) sink(e queued) {
	i := 0
	for {
		child := 2*i + 1
		if child >= len(q) {
			break
		}
		if child+1 < len(q) && q[child+1].before(&q[child]) {
			child++
		}
		if !q[child].before(&e) {
			break
		}
		q[i] = q[child]
		i = child
	}
	q[i] = e
}

// enqueue moves the fresh words of all pairs into the queue.
func (p *pairs) enqueue(q *queue, turn int32) {
	for _, i := range p.fresh {
		s := &p.list[i]
		if s.count > 0 {
			q.push(queued{s.count, s.pair, i, turn, s.words})
		}
		s.words = nil
	}
	p.fresh = p.fresh[:0]
}
