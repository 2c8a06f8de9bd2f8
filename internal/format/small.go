package format

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// appendf is Appendf under WebAssembly.
func appendf(b []byte, format string, args []any) []byte {
	used := 0
	verbs(format, func(v verb) {
		used = v.arg + 1
		if v.arg >= len(args) {
			b = append(b, "%!"+string(rune(v.letter))+"(MISSING)"...)
			return
		}
		b = v.value(b, args[v.arg])
	}, func(s string) { b = append(b, s...) })
	if used < len(args) {
		b = append(b, "%!(EXTRA)"...)
	}
	return b
}

// smallRecovered is Recovered under WebAssembly.
func smallRecovered(p any) string { return string(appendf(nil, "%v", []any{p})) }

// pad widens what was added to b from start on to the verb's width.
func (v verb) pad(b []byte, start int) []byte {
	missing := v.width - utf8.RuneCount(b[start:])
	if missing <= 0 {
		return b
	}
	fill := byte(' ')
	if v.zero && !v.minus {
		fill = '0'
	}
	at := len(b)
	for range missing {
		b = append(b, fill)
	}
	if v.minus {
		return b
	}
	from := start
	if fill == '0' && at > start { // zeros go after the sign and the prefix
		if b[from] == '-' || b[from] == '+' || b[from] == ' ' {
			from++
		}
		if v.letter == 'x' && v.sharp {
			from += 2
		}
	}
	copy(b[from+missing:], b[from:at])
	for i := range missing {
		b[from+i] = fill
	}
	return b
}

// value adds an argument, padded; of a list, each element.
func (v verb) value(b []byte, arg any) []byte {
	switch x := arg.(type) {
	case []byte:
		if v.letter == 'v' || v.letter == 'd' {
			return list(b, x, v)
		}
	case []string:
		return list(b, x, v)
	case []int:
		return list(b, x, v)
	}
	start := len(b)
	return v.pad(v.scalar(b, arg), start)
}

// scalar adds an argument that is not a list.
func (v verb) scalar(b []byte, arg any) []byte {
	if v.letter != 'd' && v.letter != 'c' {
		switch x := arg.(type) {
		case error:
			return v.text(b, x.Error())
		case interface{ String() string }:
			return v.text(b, x.String())
		}
	}
	switch x := arg.(type) {
	case nil:
		return append(b, "<nil>"...)
	case bool:
		return strconv.AppendBool(b, x)
	case string:
		return v.text(b, x)
	case []byte:
		return v.text(b, string(x))
	case float64:
		return v.float(b, x, 64)
	case float32:
		return v.float(b, float64(x), 32)
	case int:
		return v.signed(b, int64(x))
	case int8:
		return v.signed(b, int64(x))
	case int16:
		return v.signed(b, int64(x))
	case int32:
		return v.signed(b, int64(x))
	case int64:
		return v.signed(b, x)
	case uint:
		return v.integer(b, uint64(x), false)
	case uint8:
		return v.integer(b, uint64(x), false)
	case uint16:
		return v.integer(b, uint64(x), false)
	case uint32:
		return v.integer(b, uint64(x), false)
	case uint64:
		return v.integer(b, x, false)
	case uintptr:
		return v.integer(b, uint64(x), false)
	}
	return append(b, "%!"+string(rune(v.letter))+"(?)"...)
}

// list adds elements in brackets.
func list[T any](b []byte, elements []T, v verb) []byte {
	b = append(b, '[')
	for i, e := range elements {
		if i > 0 {
			b = append(b, ' ')
		}
		b = v.value(b, e)
	}
	return append(b, ']')
}

// text adds a string.
func (v verb) text(b []byte, s string) []byte {
	if v.hasPrecision && v.letter != 'x' {
		n := 0
		for i := range s {
			if n == v.precision {
				s = s[:i]
				break
			}
			n++
		}
	}
	switch v.letter {
	case 'q':
		if v.sharp && strconv.CanBackquote(s) {
			return append(append(append(b, '`'), s...), '`')
		}
		if v.plus {
			return strconv.AppendQuoteToASCII(b, s)
		}
		return strconv.AppendQuote(b, s)
	case 'x':
		if v.hasPrecision {
			s = s[:min(v.precision, len(s))]
		}
		for i := range len(s) {
			b = append(b, hex[s[i]>>4], hex[s[i]&15])
		}
		return b
	}
	return append(b, s...)
}

const hex = "0123456789abcdef"

func (v verb) signed(b []byte, n int64) []byte {
	if n < 0 {
		return v.integer(b, -uint64(n), true)
	}
	return v.integer(b, uint64(n), false)
}

// integer adds a number by its magnitude.
func (v verb) integer(b []byte, magnitude uint64, negative bool) []byte {
	if v.letter == 'c' || v.letter == 'q' {
		r := rune(utf8.RuneError)
		if !negative && magnitude <= utf8.MaxRune {
			r = rune(magnitude)
		}
		if v.letter == 'q' {
			return strconv.AppendQuoteRune(b, r)
		}
		return utf8.AppendRune(b, r)
	}
	switch {
	case negative:
		b = append(b, '-')
	case v.plus || v.space:
		b = append(b, sign(v))
	}
	base := 10
	if v.letter == 'x' {
		base = 16
		if v.sharp {
			b = append(b, "0x"...)
		}
	}
	return strconv.AppendUint(b, magnitude, base)
}

// float adds a number.
func (v verb) float(b []byte, x float64, bits int) []byte {
	letter, precision := v.letter, -1
	switch letter {
	case 'v':
		letter = 'g'
	case 'e', 'f':
		precision = 6
	}
	if v.hasPrecision {
		precision = v.precision
	}
	if (v.plus || v.space) && x >= 0 && x <= math.MaxFloat64 { // strconv writes the sign of an infinity itself
		b = append(b, sign(v))
	}
	return strconv.AppendFloat(b, x, letter, precision, bits)
}

// sign is what stands before a number that is not negative when a flag asks for something.
func sign(v verb) byte {
	if v.plus {
		return '+'
	}
	return ' '
}
