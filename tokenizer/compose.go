package tokenizer

import (
	"unicode/utf8"

	"github.com/lorica-go/lorica/tokenizer/internal/categories"
	"github.com/lorica-go/lorica/tokenizer/internal/forms"
)

// mark is a code point of a decomposed text. change tells where it came from, see work.step; class is its canonical
// combining class.
type mark struct {
	r      rune
	change int32
	class  uint8
}

// The conjoining behaviour of Hangul syllables (the Unicode Standard, 3.12).
const (
	hangulBase, hangulCount       = 0xAC00, 11172
	jamoL, jamoV, jamoT           = 0x1100, 0x1161, 0x11A7
	jamoLCount, jamoVCount        = 19, 21
	jamoTCount                    = 28
	jamoNCount                    = jamoVCount * jamoTCount
	hangulEnd, jamoLEnd, jamoVEnd = hangulBase + hangulCount, jamoL + jamoLCount, jamoV + jamoVCount
	jamoTEnd                      = jamoT + jamoTCount
)

// unicodeForm is one of the normalizers NFC, NFD, NFKC and NFKD.
type unicodeForm struct{ compatible, compose bool }

func (f unicodeForm) normalize(w *work) {
	if isASCII(w.text) {
		return
	}
	w.decompose(f.compatible)
	if f.compose {
		w.marks = compose(w.marks)
	}
	w.begin()
	for _, m := range w.marks {
		w.write(m.r, w.step(int(m.change)))
	}
	w.finish()
}

// decompose fills marks with the canonical, or else compatibility, decomposition of the text in canonical order.
func (w *work) decompose(compatible bool) {
	table := forms.Load()
	w.marks = w.marks[:0]
	run := 0 // where the marks begin that may change places
	for i := 0; i < len(w.text); {
		if c := w.text[i]; c < utf8.RuneSelf {
			run = w.addMark(run, mark{r: rune(c)})
			i++
			continue
		}
		r, size := utf8.DecodeRune(w.text[i:])
		if r >= hangulBase && r < hangulEnd {
			w.order(run)
			s := r - hangulBase
			w.marks = append(w.marks, mark{r: jamoL + s/jamoNCount}, mark{r: jamoV + s%jamoNCount/jamoTCount, change: 1})
			if t := s % jamoTCount; t != 0 {
				w.marks = append(w.marks, mark{r: jamoT + t, change: 1})
			}
			run = len(w.marks)
			i += size
			continue
		}
		if categories.IsAfter9(r) {
			run = w.addMark(run, mark{r: r})
			i += size
			continue
		}
		i += size
		parts, class := table.Canonical(r)
		if compatible {
			parts, class = table.Compatible(r)
		}
		if parts == nil {
			run = w.addMark(run, mark{r, 0, class})
			continue
		}
		for j, part := range parts {
			run = w.addMark(run, mark{part, int32(min(j, 1)), table.Class(part)})
		}
	}
	w.order(run)
}

// addMark appends m; a starter ends the run of marks before it.
func (w *work) addMark(run int, m mark) int {
	if m.class != 0 {
		w.marks = append(w.marks, m)
		return run
	}
	run = w.order(run)
	w.marks = append(w.marks, m)
	return run + 1
}

// order puts the marks from run on into canonical order and returns where the next run begins.
func (w *work) order(run int) int {
	if len(w.marks)-run > 1 {
		sortMarks(w.marks[run:])
	}
	return len(w.marks)
}

// sortMarks sorts marks by their class and leaves those of a class in their order.
func sortMarks(marks []mark) {
	const few = 16
	if len(marks) > few {
		sortManyMarks(marks)
		return
	}
	for i := 1; i < len(marks); i++ {
		for j := i; j > 0 && marks[j-1].class > marks[j].class; j-- {
			marks[j-1], marks[j] = marks[j], marks[j-1]
		}
	}
}

// sortManyMarks is sortMarks for a text that is out to take long.
func sortManyMarks(marks []mark) {
	var next [257]int // where the next mark of a class goes
	for _, m := range marks {
		next[int(m.class)+1]++
	}
	for class := range 256 {
		next[class+1] += next[class]
	}
	unsorted := append([]mark(nil), marks...)
	for _, m := range unsorted {
		marks[next[m.class]] = m
		next[m.class]++
	}
}

// compose replaces, in place, what composes canonically (the Unicode Standard, 3.11, D117). A composed code point stands in
// the place of its first part and takes the second's source with it: hence the sum of the changes less one.
func compose(marks []mark) []mark {
	table := forms.Load()
	out := marks[:0]
	starter := -1  // index in out of the last starter
	var last uint8 // class of the last mark since then that did not compose
	blocked := false
	for _, m := range marks {
		if starter >= 0 && (!blocked || last != 0 && last < m.class) {
			if r, ok := composePair(table, out[starter].r, m.r); ok {
				out[starter].r = r
				out[starter].change += m.change - 1
				continue
			}
		}
		out = append(out, m)
		if m.class == 0 {
			starter, blocked, last = len(out)-1, false, 0
		} else {
			blocked, last = true, m.class
		}
	}
	return out
}

// composePair returns the primary composite of a and b.
func composePair(table *forms.Table, a, b rune) (rune, bool) {
	if b < 0x300 {
		return 0, false // nothing below the combining marks composes with what stands before it
	}
	switch {
	case a >= jamoL && a < jamoLEnd && b >= jamoV && b < jamoVEnd:
		return hangulBase + (a-jamoL)*jamoNCount + (b-jamoV)*jamoTCount, true
	case a >= hangulBase && a < hangulEnd && (a-hangulBase)%jamoTCount == 0 && b > jamoT && b < jamoTEnd:
		return a + b - jamoT, true
	}
	r, ok := table.Compose(a, b)
	return r, ok && !categories.IsAfter9(r)
}
