package format

import "strings"

// verb is one verb of a format.
type verb struct {
	letter             byte
	arg                int // which argument it formats
	sharp, plus, minus bool
	space, zero        bool
	width, precision   int
	hasPrecision       bool
}

// verbs calls each for the verbs of a format and literal for what stands between them, in order.
func verbs(format string, each func(verb), literal func(string)) {
	arg := 0
	for {
		at := strings.IndexByte(format, '%')
		if at < 0 || at+1 == len(format) {
			break
		}
		literal(format[:at])
		v, rest := parseVerb(format[at+1:])
		format = rest
		switch v.letter {
		case '%':
			literal("%")
		case 0:
			literal("%!(NOVERB)")
		default:
			v.arg = arg
			arg++
			each(v)
		}
	}
	if strings.HasSuffix(format, "%") {
		literal(format[:len(format)-1])
		literal("%!(NOVERB)")
		return
	}
	literal(format)
}

// parseVerb reads what follows a percent sign.
func parseVerb(s string) (v verb, rest string) {
	for ; s != ""; s = s[1:] {
		switch s[0] {
		case '#':
			v.sharp = true
		case '+':
			v.plus = true
		case '-':
			v.minus = true
		case ' ':
			v.space = true
		case '0':
			v.zero = true
		default:
			goto flagged
		}
	}
flagged:
	v.width, s = number(s)
	if strings.HasPrefix(s, ".") {
		v.precision, s = number(s[1:])
		v.hasPrecision = true
	}
	if s == "" {
		return v, ""
	}
	v.letter = s[0]
	return v, s[1:]
}

// number reads digits.
func number(s string) (n int, rest string) {
	for ; s != "" && '0' <= s[0] && s[0] <= '9'; s = s[1:] {
		n = min(n*10+int(s[0]-'0'), 1<<20)
	}
	return n, s
}
