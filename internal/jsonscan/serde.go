package jsonscan

import (
	"math"
	"strconv"
	"sync"
)

// powersOf10 has 1e0 to 1e308, each the float64 that is nearest.
var powersOf10 = sync.OnceValue(func() *[309]float64 {
	var powers [309]float64
	for i := range powers {
		powers[i], _ = strconv.ParseFloat("1e"+strconv.Itoa(i), 64)
	}
	return &powers
})

// SerdeFloat reads a number as Rust's serde_json does without its feature float_roundtrip: the digits as one integer, which is
// then multiplied or divided by a power of ten. The result may lie one unit in the last place beside the nearest float64,
// and whoever has to agree with such a reader on exact ties needs that very neighbour.
func (s *Scanner) SerdeFloat() (float64, error) {
	start := s.pos
	text, err := s.number()
	if err != nil {
		return 0, err
	}
	f, ok := serdeFloat(text)
	if !ok {
		s.pos = start
		return 0, s.Errorf("number %s is out of range", clip(text))
	}
	return f, nil
}

// serdeFloat converts a number that follows JSON's grammar; ok is false when it is too large.
func serdeFloat(text string) (f float64, ok bool) {
	i := 0
	negative := text[0] == '-'
	if negative {
		i++
	}
	var significand uint64
	exponent := 0
	full := false // a further digit does not fit; those behind it count for nothing but their place
	fraction := false
	for ; i < len(text) && text[i] != 'e' && text[i] != 'E'; i++ {
		if text[i] == '.' {
			fraction = true
			if full { // digits behind a point may fit again, as they do there
				full = false
			}
			continue
		}
		digit := uint64(text[i] - '0')
		if !full && (significand > math.MaxUint64/10 || significand == math.MaxUint64/10 && digit > math.MaxUint64%10) {
			full = true
		}
		switch {
		case !full:
			significand = significand*10 + digit
			if fraction {
				exponent--
			}
		case !fraction:
			exponent++
		}
	}
	if i < len(text) {
		exponent, ok = addExponent(exponent, text[i+1:])
		if !ok {
			return signed(0, negative), significand == 0 || exponent < 0
		}
	}
	f = float64(significand)
	for powers := powersOf10(); ; {
		n := exponent
		if n < 0 {
			n = -n
		}
		if n >= len(powers) {
			switch {
			case f == 0:
				return signed(0, negative), true
			case exponent >= 0:
				return 0, false
			}
			f /= 1e308
			exponent += 308
			continue
		}
		if exponent < 0 {
			return signed(f/powers[n], negative), true
		}
		f *= powers[n]
		return signed(f, negative), !math.IsInf(f, 0)
	}
}

// addExponent adds the exponent that a number spells out; ok is false when it does not fit 32 bits, and the result then has
// its sign only.
func addExponent(exponent int, text string) (sum int, ok bool) {
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	n := 0
	for i := range len(text) {
		n = n*10 + int(text[i]-'0')
		if n > math.MaxInt32 {
			if negative {
				return -1, false
			}
			return 1, false
		}
	}
	if negative {
		n = -n
	}
	return exponent + n, true
}

func signed(f float64, negative bool) float64 {
	if negative {
		return -f
	}
	return f
}
