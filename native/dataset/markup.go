package dataset

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// names makes a set of the words of a text.
func names(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// The tags that texts on the web have; those of blocks part words as a line feed does.
var (
	inlineTags = names(`a abbr acronym b bdi bdo big cite code del dfn em font i img ins kbd mark q s samp small span strike strong
		sub sup time tt u var wbr`)
	blockTags = names(`address article aside blockquote body br center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5
		h6 head header hr html li main nav ol p pre section summary table tbody td tfoot th thead title tr ul`)
)

// dropTags drops HTML's tags and comments. Whatever else stands in angle brackets is text.
func dropTags(text string) string {
	if !strings.Contains(text, "<") {
		return text
	}
	var out joiner
	for z := nethtml.NewTokenizer(strings.NewReader(text)); ; {
		kind := z.Next()
		raw := string(z.Raw())
		z.NextIsNotRawText()
		switch kind {
		case nethtml.ErrorToken: // the end, perhaps within a tag
			out.text(raw)
			return out.String()
		case nethtml.StartTagToken, nethtml.EndTagToken, nethtml.SelfClosingTagToken:
			name, _ := z.TagName()
			switch {
			case blockTags[string(name)]:
				out.part()
			case !inlineTags[string(name)]:
				out.text(raw)
			}
		case nethtml.CommentToken:
			if !strings.HasPrefix(raw, "<!--") { // "</3" and the like
				out.text(raw)
			}
		default:
			out.text(raw)
		}
	}
}

// bbTag is a tag of Steam's, as its help on text formatting lists them.
var bbTag = regexp.MustCompile(`(?i)\[\*\]|\[/?(h[1-3]|b|u|i|strike|spoiler|noparse|hr|url|list|olist|quote|code|table|tr|th|td|img|p|previewyoutube)(?:=[^\]\n]*)?\]`)

var bbBlocks = names("h1 h2 h3 hr list olist quote code table tr th td p")

// dropBBCode drops Steam's tags; an entry of a list keeps its asterisk.
func dropBBCode(text string) string {
	if !strings.Contains(text, "[") {
		return text
	}
	var out joiner
	end := 0
	for _, at := range bbTag.FindAllStringSubmatchIndex(text, -1) {
		out.text(text[end:at[0]])
		end = at[1]
		switch {
		case at[2] < 0:
			out.part()
			out.text("* ")
			if strings.HasPrefix(text[end:], " ") {
				end++
			}
		case bbBlocks[strings.ToLower(text[at[2]:at[3]])]:
			out.part()
		}
	}
	out.text(text[end:])
	return out.String()
}

// joiner builds a text in which parts that a tag has kept apart do not run together.
type joiner struct {
	strings.Builder
	parted bool
	last   rune
}

// part says that what comes next is apart from what came before.
func (j *joiner) part() { j.parted = true }

func (j *joiner) text(s string) {
	if s == "" {
		return
	}
	first, _ := utf8.DecodeRuneInString(s)
	if j.parted && j.Len() > 0 && !unicode.IsSpace(j.last) && !unicode.IsSpace(first) {
		j.WriteByte('\n')
	}
	j.parted = false
	j.WriteString(s)
	j.last, _ = utf8.DecodeLastRuneInString(s)
}

var link = regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s\[\]<>"]+`)

func dropLinks(text string) string {
	if !strings.ContainsAny(text, ":.") {
		return text
	}
	return link.ReplaceAllString(text, "")
}
