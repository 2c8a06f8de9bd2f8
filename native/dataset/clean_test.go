package dataset

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestEachRuleChangesWhatItsNameSaysAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		rule         Rule
		before, want string
	}{
		{Newlines, "a\r\nb\rc\u2028d\u0085e\n", "a\nb\nc\nd\ne\n"},
		{Newlines, "a\tb", "a\tb"},
		{Invisible, "\ufeffa\u200bb\x00c\x1b[2J\u202ed\u00ade\t\n", "abc[2Jde\t\n"},
		{Invisible, "👩\u200d🚀 می\u200cخواهم", "👩\u200d🚀 می\u200cخواهم"},
		{Tags, "<b>good</b> game<br />worth<!-- no --> it", "good game\nworth it"},
		{Tags, "I <3 it </3 <player name> a < b > c <b", "I <3 it </3 <player name> a < b > c <b"},
		{Tags, "<p>one</p><p>two</p>", "one\ntwo"},
		{Tags, "&lt;b&gt; stays", "&lt;b&gt; stays"},
		{Tags, "<title>all <b>of</b> it</title> <script>too</script>", "all of it <script>too</script>"},
		{Entities, "5 &gt; 3 &amp; &#39;x&#39; &unknown;", "5 > 3 & 'x' &unknown;"},
		{BBCode, "[h1]Title[/h1]Text [B]bold[/b] [10/10] [url=https://a.b/c]link[/url]", "Title\nText bold [10/10] link"},
		{BBCode, "[list][*]one[*] two[/list][i]end", "* one\n* two\nend"},
		{BBCode, "[spoiler]dies[/spoiler] [x] [b", "dies [x] [b"},
		{Links, "see https://a.b/c?d=e. or www.x.org, not a.b", "see  or  not a.b"},
		{Links, "(http://a.b) [url]https://c.d[/url]", "( [url][/url]"},
		{Compose, "e\u0301", "é"},
		{Spaces, "a  b\t c \n\n\n\nd\n e", "a b c\n\nd\ne"},
		{Spaces, "\n\na", "\n\na"},
		{Trim, "\n a b \t", "a b"},
	} {
		k, err := newCleaner([]Rule{c.rule})
		if err != nil {
			t.Fatal(err)
		}
		got, changed := k.clean(c.before)
		if got != c.want || (changed != 0) != (c.before != c.want) {
			t.Errorf("%s of %q: got %q, want %q; changed %b", c.rule, c.before, got, c.want, changed)
		}
	}
}

func TestRulesAreAppliedInTheirOrderAndCounted(t *testing.T) {
	k, err := newCleaner(Rules())
	if err != nil {
		t.Fatal(err)
	}
	got, changed := k.clean(" [b]&lt;3[/b]\r\n<i>x</i>\u200b  \n")
	want := uint16(0)
	for i, r := range Rules() {
		if slices.Contains([]Rule{Tags, Entities, BBCode, Newlines, Invisible, Spaces, Trim}, r) {
			want |= 1 << i
		}
	}
	if got != "<3\nx" || changed != want {
		t.Errorf("got %q, changed %b, want %b", got, changed, want)
	}
}

func TestRulesAreReadFromLists(t *testing.T) {
	for list, want := range map[string][]Rule{
		"default": {Newlines, Invisible, Trim}, "none": nil, "all": Rules(), "trim,bbcode": {BBCode, Trim}, "default, bbcode ,-trim": {BBCode, Newlines, Invisible},
		"all,-default": {Tags, Entities, BBCode, Links, Compose, Spaces}, "all,none,links": {Links}, "-trim": nil,
	} {
		if got, err := ParseRules(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", list, got, err, want)
		}
	}
	for _, list := range []string{"", "html", "trim,", "-none", "--trim"} {
		if _, err := ParseRules(list); !badinput.Is(err) {
			t.Errorf("%q: got %v", list, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"<b>a</b> <3 </3 <!-- x", "[h1]a[/h1][*]b[url=x]", "&amp;&#x0;&lt", "www.a.b https://", " \r\n\u2028\ufeff", "<plaintext>a<b>", "<!doctype a><?b>"} {
		f.Add(s)
	}
	k, err := newCleaner(Rules())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // texts are valid once they have been read
		}
		got, changed := k.clean(text)
		if !utf8.ValidString(got) || (changed == 0 && got != text) {
			t.Errorf("%q becomes %q, changed %b", text, got, changed)
		}
	})
}
