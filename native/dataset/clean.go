package dataset

import (
	"html"
	"slices"
	"strings"
	"unicode"

	"github.com/lorica-go/lorica/internal/badinput"
	"golang.org/x/text/unicode/norm"
)

// Rule is one way to clean a text.
type Rule string

// The rules, in the order in which they are applied, whatever the order in which they are named.
const (
	// Tags drops HTML's tags and comments; <br> and the tags of paragraphs and lists become line feeds. "<3" and words in angle
	// brackets that are no tags stay.
	Tags Rule = "tags"
	// Entities turns HTML's entities, such as &amp;, into the characters that they stand for.
	Entities Rule = "entities"
	// BBCode drops the tags that Steam's reviews may have, such as [h1] and [url=...]; what they enclose stays.
	BBCode Rule = "bbcode"
	// Newlines makes one line feed of each line end: CR LF, CR, NEL, and Unicode's separators of lines and paragraphs.
	Newlines Rule = "newlines"
	// Invisible drops control characters but for tab and line feed, byte order marks, soft hyphens, zero-width spaces and marks of
	// writing direction. Joiners stay, which emoji and some scripts need.
	Invisible Rule = "invisible"
	// Links drops addresses that begin with http://, https:// or www.
	Links Rule = "links"
	// Compose is Unicode's normal form C: letters and their accents become one character.
	Compose Rule = "compose"
	// Spaces makes one space of runs of blanks, drops those at both ends of lines, and makes two line feeds of more.
	Spaces Rule = "spaces"
	// Trim drops white space at the text's ends.
	Trim Rule = "trim"
)

// rules lists all rules with what they do, in their order.
var rules = []struct {
	name  Rule
	clean func(string) string
}{
	{Tags, dropTags}, {Entities, html.UnescapeString}, {BBCode, dropBBCode}, {Newlines, oneLineFeed}, {Invisible, dropInvisible},
	{Links, dropLinks}, {Compose, norm.NFC.String}, {Spaces, singleSpaces}, {Trim, strings.TrimSpace},
}

// Rules returns all rules in the order in which they are applied.
func Rules() []Rule {
	var all []Rule
	for _, r := range rules {
		all = append(all, r.name)
	}
	return all
}

// DefaultRules are those that change nothing a reader would see: a model is later given texts that nobody has cleaned.
func DefaultRules() []Rule { return []Rule{Newlines, Invisible, Trim} }

// ParseRules reads a list such as "default,bbcode,-trim": names of rules, "default", "all" or "none", and with a minus rules to
// leave out of those before.
func ParseRules(list string) ([]Rule, error) {
	on := map[Rule]bool{}
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		name, off := strings.CutPrefix(word, "-")
		var named []Rule
		switch {
		case name == "default":
			named = DefaultRules()
		case name == "all":
			named = Rules()
		case name == "none" && !off:
			on = map[Rule]bool{}
		case slices.Contains(Rules(), Rule(name)):
			named = []Rule{Rule(name)}
		default:
			return nil, badinput.Errorf("rule %q: want %s, default, all or none", word, joinRules(Rules()))
		}
		for _, r := range named {
			on[r] = !off
		}
	}
	var chosen []Rule
	for _, r := range Rules() {
		if on[r] {
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

func joinRules(list []Rule) string {
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// cleaner applies some of the rules.
type cleaner struct{ on []bool }

func newCleaner(chosen []Rule) (cleaner, error) {
	c := cleaner{on: make([]bool, len(rules))}
	for _, name := range chosen {
		i := slices.Index(Rules(), name)
		if i < 0 {
			return c, badinput.Errorf("rule %q: want %s", name, joinRules(Rules()))
		}
		c.on[i] = true
	}
	return c, nil
}

// clean returns the cleaned text, and a bit for each rule that changed it.
func (c cleaner) clean(text string) (cleaned string, changed uint16) {
	for i, r := range rules {
		if !c.on[i] {
			continue
		}
		after := r.clean(text)
		if after != text {
			changed |= 1 << i
		}
		text = after
	}
	return text, changed
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

func oneLineFeed(text string) string { return lineEnds.Replace(text) }

func dropInvisible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return r // line ends are another rule's
		case unicode.Is(unicode.Cc, r):
			return -1
		}
		switch r {
		case '\u00ad', '\u200b', '\u200e', '\u200f', '\u2060', '\ufeff', '\u061c', '\ufff9', '\ufffa', '\ufffb':
			return -1
		}
		if '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' {
			return -1
		}
		return r
	}, text)
}

// singleSpaces works by lines.
func singleSpaces(text string) string {
	var out strings.Builder
	blank := 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r != '\n' && unicode.IsSpace(r) }), " ")
		if line == "" && i > 0 {
			blank++
		} else {
			blank = 0
		}
		if blank > 1 {
			continue
		}
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(line)
	}
	return out.String()
}
