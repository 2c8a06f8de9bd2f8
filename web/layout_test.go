package web_test

import (
	"bytes"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/web/internal/chromium"
)

func TestNothingIsWiderThanAPhone(t *testing.T) {
	content := bundle(t, tinyBundle)
	long := strings.Repeat("unbroken", 60)
	var file strings.Builder
	for _, text := range append(texts(30), long) {
		fmt.Fprintf(&file, "{\"text\": %s, \"label\": \"negative\"}\n", strings.ReplaceAll(quoted(text), "\n", " "))
	}
	url, _ := served(t, content)
	b := visitor(t)
	b.must(b.page.Resize(360, 740))
	fits := func(what string) {
		t.Helper()
		var wide []string
		b.eval(`[...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length && !e.closest(".scroll, .unseen, select, .skip") && e.getBoundingClientRect().right > 360.5).map((e) => e.tagName + "." + e.className)`, &wide)
		var width int
		b.eval(`document.documentElement.scrollWidth`, &width)
		if width > 360 || len(wide) > 0 {
			t.Errorf("%s is %d pixels wide: %q", what, width, wide)
		}
	}
	b.open(url)
	b.ready()
	fits("the page")
	b.click("#model-details summary")
	fits("the settings")
	b.enter(long + " good game")
	b.click("#classify")
	b.wait(`document.querySelector("#result .words")`)
	b.click("#result details summary")
	fits("a text's result")
	b.click("#tab-file")
	b.choose("#file", onDisk(t, long[:100]+".jsonl", []byte(file.String())))
	b.wait(choices)
	fits("a file's choices")
	b.click("#classify-file")
	b.wait(`document.querySelector("#result .results")`)
	b.click(".results .explain")
	b.wait(`document.querySelector(".explanation .words")`)
	fits("a file's result")
	b.choose("#bundle", onDisk(t, long[:100]+".safetensors", []byte(long)))
	b.wait(`!document.querySelector("#model-error").hidden`)
	fits("an error")
}

func TestColoursFollowTheSystemAndTheSwitch(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	dark := func() bool {
		t.Helper()
		picture, err := b.page.Screenshot()
		b.must(err)
		shown, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		red, green, blue, _ := shown.At(2, 2).RGBA()
		return red+green+blue < 3*0x8000
	}
	choose := func(theme string) {
		t.Helper()
		b.click(`#theme input[value="` + theme + `"] + span`)
	}
	for _, test := range []struct {
		system bool
		theme  string
		want   bool
	}{{false, "auto", false}, {true, "auto", true}, {true, "light", false}, {false, "light", false}, {false, "dark", true}, {true, "dark", true}} {
		b.must(b.page.PreferDark(test.system))
		choose(test.theme)
		if got := dark(); got != test.want {
			t.Errorf("system dark %v, switch %s: dark %v", test.system, test.theme, got)
		}
	}
	b.must(b.page.PreferDark(false))
	b.open(url) // the choice outlives the visit
	if !dark() || !b.truth(`document.querySelector("#theme input[value=dark]").checked`) {
		t.Error("the next visit has forgotten the choice")
	}
}

// contrast is the contrast ratio of WCAG 2 between the text of each visible element and what is behind it, the least of all.
const contrast = `(() => {
	const rgb = (c) => { const m = c.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] ?? 1]; };
	const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => { let layers = []; for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); layers.push(c); if (c[3] === 1) break; } return layers.reverse().reduce((under, c) => under.map((v, i) => c[3] * c[i] + (1 - c[3]) * v), [255, 255, 255]); };
	let least = { ratio: 99 };
	for (const e of document.querySelectorAll("body *")) {
		const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
		if (!own || !e.getClientRects().length || e.closest(".unseen, .skip, svg") || e.disabled) continue;
		const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < least.ratio) least = { ratio, what: e.tagName + "." + e.className + " " + e.textContent.slice(0, 30) };
	}
	return least;
})()`

func TestTextStandsOutInBothColours(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	b.click("#model-details summary")
	b.enter("a very good game, not boring")
	b.click("#classify")
	b.wait(`document.querySelector("#result .words")`)
	b.choose("#bundle", onDisk(t, "broken.safetensors", nil))
	b.wait(`!document.querySelector("#model-error").hidden`)
	for _, dark := range []bool{false, true} {
		b.must(b.page.PreferDark(dark))
		var least struct {
			Ratio float64
			What  string
		}
		b.eval(contrast, &least)
		if least.Ratio < 4.5 {
			t.Errorf("dark %v: %s has a contrast of %.2f, want 4.5", dark, least.What, least.Ratio)
		}
	}
}

func TestThePageIsUsableByKeyboardAlone(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	focus := func() (id string) {
		b.eval(`document.activeElement.id || document.activeElement.textContent.trim().slice(0, 40)`, &id)
		return id
	}
	b.press(chromium.Tab)
	if got := focus(); got != "Skip to the text" {
		t.Errorf("the first stop is %q", got)
	}
	b.press(chromium.Enter)
	for _, want := range []string{"tab-text", "text"} {
		b.press(chromium.Tab)
		if got := focus(); got != want {
			t.Errorf("the focus is on %q, want %q", got, want)
		}
	}
	if !b.truth(`getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
		t.Error("the focus cannot be seen")
	}
	b.press("a good game")
	b.must(b.page.Press(chromium.Enter, chromium.Control))
	b.wait(`document.querySelector("#result .verdict")`)

	b.must(b.page.Press(chromium.Tab, chromium.Shift))
	b.press(chromium.ArrowRight)
	if got := focus(); got != "tab-file" || !b.truth(`document.querySelector("#panel-text").hidden && !document.querySelector("#panel-file").hidden`) {
		t.Errorf("the arrow leads to %q", got)
	}
	b.press(chromium.Tab)
	if got := focus(); got != "file" {
		t.Errorf("behind the tabs comes %q", got)
	}
	b.choose("#file", onDisk(t, "two.txt", []byte("good\nbad\n")))
	b.wait(choices)
	if got := focus(); got != "text-field" {
		t.Errorf("after a file has been chosen the focus is on %q", got)
	}
	for range 2 {
		b.press(chromium.Tab)
	}
	if got := focus(); got != "classify-file" {
		t.Errorf("behind the fields comes %q", got)
	}
	b.press(chromium.Enter)
	b.wait(`document.querySelector("#result .results")`)
	if got := focus(); got != "result-title" {
		t.Errorf("after the run the focus is on %q", got)
	}
	for stops := 0; focus() != "Explain"; stops++ {
		if stops == 12 {
			t.Fatalf("no way to the rows: the focus is on %q", focus())
		}
		b.press(chromium.Tab)
	}
	b.press(chromium.Space)
	b.wait(`document.querySelector(".explanation:not([hidden]) .words") && document.activeElement.getAttribute("aria-expanded") === "true"`)
}

func TestEverythingThatTakesInputHasAName(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	b.click("#tab-file")
	b.choose("#file", onDisk(t, "two.csv", []byte("text,label\ngood,1\nbad,0\n")))
	b.wait(choices)
	b.click("#classify-file")
	b.wait(`document.querySelector("#result .results")`)
	var nameless []string
	b.eval(`[...document.querySelectorAll("button, input, select, textarea, progress, [role=region], [role=img], table")].filter((e) =>
		!(e.labels?.length || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.caption || (e.tagName === "BUTTON" && e.textContent.trim()) || e.closest("figure")))
		.map((e) => e.outerHTML.slice(0, 80))`, &nameless)
	if len(nameless) > 0 {
		t.Errorf("without a name: %q", nameless)
	}
	if !b.truth(`new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size === document.querySelectorAll("[id]").length`) {
		t.Error("an id stands twice")
	}
}
