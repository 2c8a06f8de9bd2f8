package data

import "math/bits"

// PCG64 is numpy's default bit generator, PCG XSL RR 128/64 (O'Neill 2014), seeded by numpy's SeedSequence:
// NewPCG64(s...) draws what numpy.random.default_rng([s...]) draws.
type PCG64 struct {
	high, low       uint64 // state
	incHigh, incLow uint64
	half            uint32 // upper half of the last 64 bits, when only the lower was asked for
	hasHalf         bool
}

// The multiplier of the 128-bit linear congruential step.
const pcgMultHigh, pcgMultLow = 0x2360ed051fc65da4, 0x4385df649fccf645

// NewPCG64 seeds the generator with one number, default_rng(s), or several, default_rng([s, t]).
func NewPCG64(seed ...uint64) *PCG64 {
	words := seedSequence(seed, 8)
	u := func(i int) uint64 { return uint64(words[2*i]) | uint64(words[2*i+1])<<32 }
	p := &PCG64{incHigh: u(2)<<1 | u(3)>>63, incLow: u(3)<<1 | 1}
	// As the reference: one step from 0, add the seed, one step.
	var carry uint64
	p.low, carry = bits.Add64(u(1), p.incLow, 0)
	p.high, _ = bits.Add64(u(0), p.incHigh, carry)
	p.step()
	return p
}

func (p *PCG64) step() {
	high, low := bits.Mul64(p.low, pcgMultLow)
	high += p.high*pcgMultLow + p.low*pcgMultHigh
	var carry uint64
	p.low, carry = bits.Add64(low, p.incLow, 0)
	p.high, _ = bits.Add64(high, p.incHigh, carry)
}

// Uint64 returns the next 64 bits. It leaves alone the half that Uint32 may have kept, as numpy does.
func (p *PCG64) Uint64() uint64 {
	p.step()
	return bits.RotateLeft64(p.high^p.low, -int(p.high>>58))
}

// Uint32 returns 32 bits: the lower half of 64, and at the next call the upper.
func (p *PCG64) Uint32() uint32 {
	if p.hasHalf {
		p.hasHalf = false
		return p.half
	}
	v := p.Uint64()
	p.half, p.hasHalf = uint32(v>>32), true
	return uint32(v)
}

// seedSequence is numpy's SeedSequence(entropy).generate_state(n): entropy is hashed into a pool of four words, which
// is then hashed into as many as are asked for. The constants are those of O'Neill's seed_seq_fe.
func seedSequence(seed []uint64, n int) []uint32 {
	var entropy []uint32
	for _, s := range seed { // each number takes as few words as hold it, but at least one
		if entropy = append(entropy, uint32(s)); s>>32 != 0 {
			entropy = append(entropy, uint32(s>>32))
		}
	}
	hash := uint32(0x43b0d7e5)
	hashMix := func(v uint32) uint32 {
		v ^= hash
		hash *= 0x931e8875
		v *= hash
		return v ^ v>>16
	}
	mix := func(x, y uint32) uint32 {
		v := x*0xca01f9dd - y*0x4973f715
		return v ^ v>>16
	}
	var pool [4]uint32
	for i := range pool {
		v := uint32(0)
		if i < len(entropy) {
			v = entropy[i]
		}
		pool[i] = hashMix(v)
	}
	for from := range pool {
		for to := range pool {
			if from != to {
				pool[to] = mix(pool[to], hashMix(pool[from]))
			}
		}
	}
	for _, v := range entropy[min(len(pool), len(entropy)):] {
		for to := range pool {
			pool[to] = mix(pool[to], hashMix(v))
		}
	}
	hash = 0x8b51f9dd
	state := make([]uint32, n)
	for i := range state {
		v := pool[i%len(pool)] ^ hash
		hash *= 0x58f38ded
		v *= hash
		state[i] = v ^ v>>16
	}
	return state
}
