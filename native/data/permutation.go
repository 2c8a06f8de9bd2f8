package data

import "math/bits"

// bitSource is a stream of random bits.
type bitSource interface {
	Uint32() uint32
	Uint64() uint64
}

// Permutation is numpy.random.default_rng(seed).permutation(n) for one seed and default_rng([s, t]).permutation(n) for
// several. Hugging Face's Dataset.shuffle(seed) is the first; the order of a training epoch is the second, of seed and epoch.
func Permutation(n int, seed ...uint64) []int {
	return permute(identity(n), NewPCG64(seed...))
}

// LegacyPermutation is numpy.random.RandomState(seed).permutation(n), which scikit-learn uses.
func LegacyPermutation(n int, seed uint32) []int {
	return permute(identity(n), NewMT19937(seed))
}

func identity(n int) []int {
	a := make([]int, n)
	for i := range a {
		a[i] = i
	}
	return a
}

// permute shuffles a in place with numpy's loop: from the last place down, swap with a place drawn from those up to it.
func permute(a []int, src bitSource) []int {
	for i := len(a) - 1; i > 0; i-- {
		j := int(interval(src, uint64(i)))
		a[i], a[j] = a[j], a[i]
	}
	return a
}

// interval draws from 0 to top inclusive by masked rejection: numpy's random_interval, which shuffles use.
func interval(src bitSource, top uint64) uint64 {
	mask := uint64(1)<<bits.Len64(top) - 1
	for {
		v := uint64(0)
		if top <= 0xffffffff {
			v = uint64(src.Uint32()) & mask
		} else {
			v = src.Uint64() & mask
		}
		if v <= top {
			return v
		}
	}
}

// lemire draws from 0 to top inclusive by Lemire's multiplication (2019): what numpy's Generator.choice uses where its
// shuffles use interval. top is below 2^32 - 1.
func lemire(src bitSource, top uint32) uint32 {
	if top == 0 {
		return 0
	}
	n := top + 1
	m := uint64(src.Uint32()) * uint64(n)
	if uint32(m) < n {
		for threshold := (0xffffffff - top) % n; uint32(m) < threshold; {
			m = uint64(src.Uint32()) * uint64(n)
		}
	}
	return uint32(m >> 32)
}

// choose draws size of a's values without replacement, in the order that default_rng's choice(a, size, replace=False)
// gives: Floyd's sampling, then a shuffle. (numpy takes another way for more than 10,000 values; a holds classes.)
func choose(a []int, size int, src bitSource) []int {
	picked := make(map[int]bool, size)
	at := make([]int, 0, size)
	for j := len(a) - size; j < len(a); j++ {
		v := int(lemire(src, uint32(j)))
		if picked[v] {
			v = j
		}
		picked[v] = true
		at = append(at, v)
	}
	for i := size - 1; i > 0; i-- {
		j := lemire(src, uint32(i))
		at[i], at[j] = at[j], at[i]
	}
	return take(a, at)
}

// legacyChoose is RandomState's choice(a, size, replace=False): the beginning of a permutation.
func legacyChoose(a []int, size int, src bitSource) []int {
	return take(a, permute(identity(len(a)), src)[:size])
}

func take(a, at []int) []int {
	out := make([]int, len(at))
	for i, k := range at {
		out[i] = a[k]
	}
	return out
}
