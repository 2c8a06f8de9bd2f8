package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// element is an element of the page with its attributes.
type element struct {
	name  string
	attrs map[string]string
}

var voidElement = regexp.MustCompile("(<meta [^>]*)>")

// parsePage reads a page as XML, which it is but for its void elements, so that an unbalanced tag or a stray < is an error.
func parsePage(t *testing.T, page []byte) (elements []element, text string) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(voidElement.ReplaceAll(page, []byte("$1/>"))))
	decoder.Entity = xml.HTMLEntity
	var b strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return elements, b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			attrs := map[string]string{}
			for _, a := range e.Attr {
				attrs[a.Name.Local] = a.Value
			}
			elements = append(elements, element{e.Name.Local, attrs})
		case xml.CharData:
			b.Write(e)
		}
	}
}

// hostile is what a review may hold.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style></title></svg><iframe src=//a.example>`, `' onload='alert(1)`,
	"\x00\x1b[31mred\x07", "\u202etxt.exe", "\xff\xfe broken", "{{.Title}}", "]]>", "&lt;b&gt;&amp;", "line one\n\n\nline two", "\u2028",
}

func TestHostileTextsStayTexts(t *testing.T) {
	for _, text := range hostile {
		r := reviewRun(t)
		r.Metrics = measured(t, 100, text, "b"+text, "plain")
		r.Title, r.Version, r.Model, r.Method, r.Device, r.ModelType = text, text, text, text, text, text
		r.Data[0].Name, r.Data[0].Role, r.Labels[0].Label = text, text, text
		r.Settings = Settings{{text, text}}
		r.Mistakes = []Mistake{{text, text, text, text, 0.9}}
		files := written(t, r)
		elements, shown := parsePage(t, files[PageFile])
		for _, e := range elements {
			checkElement(t, text, e)
		}
		if want := printable(text); !strings.Contains(strings.Join(strings.Fields(shown), " "), want) {
			t.Errorf("%q: the page does not show %q", text, want)
		}
		for _, name := range []string{ConfusionSVG, CalibrationSVG} {
			checkSVG(t, text, string(files[name]))
		}
		for _, c := range string(files[TextFile]) {
			if c < ' ' && c != '\n' || c >= 0x202a && c <= 0x202e {
				t.Errorf("%q: report.txt has %U", text, c)
			}
		}
	}
}

// checkElement finds what would run, load or lead anywhere.
func checkElement(t *testing.T, text string, e element) {
	t.Helper()
	if slices.Contains([]string{"script", "img", "image", "iframe", "link", "a", "object", "embed", "base", "form", "use", "foreignObject"}, e.name) {
		t.Errorf("%q: the page has the element %s", text, e.name)
	}
	for name := range e.attrs {
		if strings.HasPrefix(name, "on") || name == "src" || name == "href" || name == "action" {
			t.Errorf("%q: %s has the attribute %s", text, e.name, name)
		}
	}
}

func TestThePageNeedsNothingElse(t *testing.T) {
	page := written(t, reviewRun(t))[PageFile]
	elements, _ := parsePage(t, page)
	count := map[string]int{}
	for _, e := range elements {
		checkElement(t, "", e)
		count[e.name]++
	}
	if count["svg"] != 6 || count["table"] != 2 || count["h1"] != 1 || count["style"] != 1 {
		t.Errorf("elements: %v", count)
	}
	for _, bad := range []string{"http:", "https:", "url(", "@import", "ZgotmplZ"} {
		if strings.Contains(string(page), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, want := range []string{"prefers-color-scheme: dark", "@media print", "width=device-width", "default-src 'none'"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestThePageLeavesOutWhatIsNotKnown(t *testing.T) {
	elements, text := parsePage(t, written(t, Run{})[PageFile])
	for _, e := range elements {
		if e.name == "h2" && e.attrs["id"] != "run" {
			t.Errorf("an empty run has the heading %s", e.attrs["id"])
		}
	}
	for _, name := range []string{"Measures", "By label", "Surest mistakes", "Settings", "What asking took", "Mind this"} {
		if strings.Contains(text, name) {
			t.Errorf("an empty run has the section %s", name)
		}
	}
}

func TestARunThatKnowsLabelsOnlySaysNothingOfProbabilities(t *testing.T) {
	files := written(t, askedRun(t))
	_, page := parsePage(t, files[PageFile])
	for name, text := range map[string]string{PageFile: page, TextFile: string(files[TextFile])} {
		for _, unwanted := range []string{"ROC AUC", "Log loss", "Calibration", "Surest", "–", "Training", "final weights", "nothing was logged"} {
			if strings.Contains(text, unwanted) {
				t.Errorf("%s speaks of %s", name, unwanted)
			}
		}
		for _, wanted := range []string{"2 of 8 test rows have no answer, or one that is none of the labels. They count as wrong.", "Mistakes", "What asking took", "prompt_tokens", "(no answer)", "62.50%"} {
			if !strings.Contains(text, wanted) {
				t.Errorf("%s lacks %q", name, wanted)
			}
		}
	}
	want := strings.Join([]string{"          negative  positive  no answer", "negative         2         1          1", "positive         0         3          1"}, "\n")
	if !strings.Contains(string(files[TextFile]), want) {
		t.Errorf("report.txt lacks the matrix with the unanswered:\n%s", files[TextFile])
	}
	for _, want := range []string{`"asked": {`, `"prompt_tokens": 812`, `"outside": [`, `"log_loss": null`, `"score": null`} {
		if !strings.Contains(string(files[JSONFile]), want) {
			t.Errorf("report.json lacks %s", want)
		}
	}
}

func TestFiguresInThePageFollowItsColours(t *testing.T) {
	page := string(written(t, reviewRun(t))[PageFile])
	_, body, _ := strings.Cut(page, "</style>")
	if found := regexp.MustCompile(`(?i)(fill|stroke)[:=]"?#[0-9a-f]+`).FindString(body); found != "" {
		t.Errorf("a figure has the fixed colour %s", found)
	}
	light, rest, _ := strings.Cut(pageStyle, "prefers-color-scheme: dark")
	dark, print, _ := strings.Cut(rest, "@media print")
	seen := map[string]bool{}
	for _, r := range roles {
		if seen[r.hex()] {
			t.Errorf("two roles are %s", r.hex())
		}
		seen[r.hex()] = true
		if !strings.Contains(light, "--"+r.name+": "+strings.ToLower(r.hex())+";") {
			t.Errorf("the style sheet's %s is not %s", r.name, r.hex())
		}
		for name, palette := range map[string]string{"dark": dark, "print": print} {
			if !strings.Contains(palette, "--"+r.name+": #") {
				t.Errorf("the %s palette lacks %s", name, r.name)
			}
		}
	}
}

func FuzzUntrustedTextIsOneHarmlessLine(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line := printable(text)
		if strings.ContainsAny(line, "\n\r\x00\x1b\u202e\u2066") || printable(line) != line {
			t.Errorf("%q becomes %q", text, line)
		}
		var back struct {
			Attr string `xml:"a,attr"`
			Text string `xml:",chardata"`
		}
		if err := xml.Unmarshal([]byte(`<x a="`+xmlText(text)+`">`+xmlText(text)+`</x>`), &back); err != nil || back.Text != line || back.Attr != line {
			t.Errorf("%q reads back as %q and %q, want %q: %v", text, back.Text, back.Attr, line, err)
		}
		if short := clip(line, 9); len([]rune(short)) > 9 {
			t.Errorf("%q is clipped to %q", line, short)
		}
	})
}
