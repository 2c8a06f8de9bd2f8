package report

import (
	"encoding/xml"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes one line of an untrusted text: white space becomes single blanks, what is not UTF-8 or would steer a
// terminal or turn the direction of what follows becomes the replacement character.
func printable(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfffe, r == 0xffff:
			return utf8.RuneError
		}
		return r
	}, s)
}

// paragraphs is printable for a text of several lines, which it keeps; empty ones go.
func paragraphs(s string) string {
	var kept []string
	for line := range strings.Lines(s) {
		if line = printable(line); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// xmlText is an untrusted text for an element or an attribute of an SVG file.
func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(printable(s))) // a Builder does not fail
	return b.String()
}

// clip shortens a text to at most n runes, the last an ellipsis where something was cut.
func clip(s string, n int) string {
	count := 0
	cut := 0
	for i := range s {
		if count == n-1 {
			cut = i
		}
		if count == n {
			return strings.TrimRight(s[:cut], " ") + "…"
		}
		count++
	}
	return s
}

// columns is how wide a terminal shows a text: two columns for the wide scripts and pictures, none for marks.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r >= 0x1f300 && r < 0x1fb00 || r >= 0xff01 && r <= 0xff60:
			n += 2
		default:
			n++
		}
	}
	return n
}

// pad fills a text with blanks on the right up to a number of columns.
func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-columns(s))) }
