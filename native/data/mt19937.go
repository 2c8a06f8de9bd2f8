package data

// MT19937 is the Mersenne Twister (Matsumoto and Nishimura 1998) as numpy.random.RandomState(seed) seeds it.
type MT19937 struct {
	state [624]uint32
	at    int
}

// NewMT19937 seeds the generator; scikit-learn calls the seed random_state.
func NewMT19937(seed uint32) *MT19937 {
	m := &MT19937{at: 624}
	m.state[0] = seed
	for i := 1; i < len(m.state); i++ {
		prev := m.state[i-1]
		m.state[i] = 1812433253*(prev^prev>>30) + uint32(i)
	}
	return m
}

// Uint32 returns the next 32 bits (genrand_int32 of the reference).
func (m *MT19937) Uint32() uint32 {
	if m.at == len(m.state) {
		m.refill()
	}
	v := m.state[m.at]
	m.at++
	v ^= v >> 11
	v ^= v << 7 & 0x9d2c5680
	v ^= v << 15 & 0xefc60000
	return v ^ v>>18
}

// Uint64 returns two draws, the upper half first.
func (m *MT19937) Uint64() uint64 {
	high := uint64(m.Uint32())
	return high<<32 | uint64(m.Uint32())
}

func (m *MT19937) refill() {
	const n, shift = len(m.state), 397
	for i := range m.state {
		y := m.state[i]&0x80000000 | m.state[(i+1)%n]&0x7fffffff
		next := m.state[(i+shift)%n] ^ y>>1
		if y&1 != 0 {
			next ^= 0x9908b0df
		}
		m.state[i] = next
	}
	m.at = 0
}
