package main

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// writer writes numbers as tokenizer/internal/forms reads them, where the layout is described.
type writer struct{ text []byte }

func (w *writer) number(n int) {
	for ; n >= 32; n >>= 5 {
		w.text = append(w.text, digits[32+n&31])
	}
	w.text = append(w.text, digits[n])
}

func (w *writer) signed(n int) {
	if n < 0 {
		w.number(-n<<1 | 1)
		return
	}
	w.number(n << 1)
}

// list writes how many times add is called, and before that what those calls write.
func (w *writer) list(write func(list *writer, add func())) {
	var list writer
	n := 0
	write(&list, func() { n++ })
	w.number(n)
	w.text = append(w.text, list.text...)
}

// class returns the canonical combining class of r.
func class(r rune) uint8 {
	if !utf8.ValidRune(r) {
		return 0
	}
	return norm.NFD.PropertiesString(string(r)).CCC()
}

func (w *writer) classes() {
	w.list(func(list *writer, add func()) {
		end := rune(0) // of the last range
		for r := rune(0); r <= utf8.MaxRune; r++ {
			c := class(r)
			if c == 0 {
				continue
			}
			last := r
			for class(last+1) == c {
				last++
			}
			list.number(int(r - end))
			list.number(int(last - r))
			list.number(int(c))
			add()
			end = last + 1
			r = last
		}
	})
}

func (w *writer) decompositions(of func(r rune) []rune) {
	w.list(func(list *writer, add func()) {
		at, length := rune(-1), 0
		var last [18]rune
		for r := rune(0); r <= utf8.MaxRune; r++ {
			parts := of(r)
			if len(parts) == 0 {
				continue
			}
			head := int(r-at-1) << 2
			if len(parts) == 1 || norm.NFC.String(string(r)) != string(r) {
				head |= 2
			}
			if len(parts) != length {
				head |= 1
			}
			list.number(head)
			if length = len(parts); head&1 != 0 {
				list.number(length)
			}
			for i, part := range parts {
				list.signed(int(part - last[i]))
				last[i] = part
			}
			add()
			at = r
		}
	})
}
