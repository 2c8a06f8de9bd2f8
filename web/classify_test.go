package web_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
)

// classifyHere runs texts through the page's own engine and returns what the program said of them.
const classifyHere = `(async () => {
	const { Engine } = await import(new URL("engine/engine.js", document.querySelector("script[type=module]").src));
	const model = JSON.parse(document.querySelector("#config").textContent).model;
	const engine = await Engine.open({ ...model, url: new URL(model.url, location).href }, { kernels: %q });
	const { results } = await engine.classify(%s);
	const { kernels } = engine;
	engine.close();
	return { kernels, results: results.map((r) => ({ ...r, logits: Array.from(r.logits) })) };
})()`

// tolerance is how far logits of two machines may lie apart, as a part of the largest.
const tolerance = 1e-4

func TestChromiumComputesWhatThisProcessComputes(t *testing.T) {
	content := bundle(t, tinyBundle)
	all := texts(100)
	want := natively(t, content, all)
	url, _ := served(t, content)
	b := visitor(t)
	b.open(url)
	b.ready()
	var list []string
	for _, text := range all {
		list = append(list, quoted(text))
	}
	for _, kernels := range []string{"relaxed", "simd128", "generic"} {
		var got struct {
			Kernels string
			Results []struct {
				Label     string
				Score     float64
				Scores    map[string]float64
				Logits    []float64
				Tokens    int
				Truncated bool
			}
		}
		b.eval(fmt.Sprintf(classifyHere, kernels, "["+strings.Join(list, ",")+"]"), &got)
		if got.Kernels != kernels || len(got.Results) != len(want) {
			t.Fatalf("%s: %d results by the kernels %s", kernels, len(got.Results), got.Kernels)
		}
		worst, scale := 0.0, largest(want)
		for i, w := range want {
			g := got.Results[i]
			if g.Label != w.Label || g.Tokens != w.Tokens || g.Truncated != w.Truncated || len(g.Logits) != len(w.Logits) || len(g.Scores) != len(labels) {
				t.Fatalf("%s, text %d: got %+v, want %+v", kernels, i, g, w)
			}
			for j, logit := range w.Logits {
				worst = max(worst, math.Abs(g.Logits[j]-float64(logit)))
			}
		}
		if math.IsNaN(worst) || worst > tolerance*scale {
			t.Errorf("%s: logits differ by %g, where the largest is %g", kernels, worst, scale)
		}
	}
}

// largest returns the largest absolute logit.
func largest(predictions []encoder.Prediction) float64 {
	most := 0.0
	for _, p := range predictions {
		for _, logit := range p.Logits {
			most = max(most, math.Abs(float64(logit)))
		}
	}
	return most
}

func TestATextIsClassifiedAndItsWordsExplained(t *testing.T) {
	content := bundle(t, tinyBundle)
	url, _ := served(t, content)
	b := visitor(t)
	b.open(url)
	b.ready()
	const text = "not a good game refund"
	want := natively(t, content, []string{text})[0]
	b.enter(text)
	b.click("#classify")
	b.wait(`document.querySelector("#result .words")`)
	if got := b.text(".verdict .label"); got != want.Label {
		t.Errorf("the page says %q, this process %q", got, want.Label)
	}
	if got, percent := b.text(".verdict .score"), fmt.Sprintf("%.1f %%", 100*want.Score); got != percent {
		t.Errorf("the page says %q, this process %q", got, percent)
	}
	if got := b.text("#result .words"); got != text {
		t.Errorf("the explanation shows %q", got)
	}
	var effects []string
	b.eval(`[...document.querySelectorAll("#result .words + details tbody tr")].map((tr) => tr.textContent)`, &effects)
	without := natively(t, content, []string{"not a good game"})[0]
	index := want.Index
	effect := 100 * (want.Scores[index] - without.Scores[index])
	shown := fmt.Sprintf("refund%s%.1f", map[bool]string{true: "−", false: "+"}[effect < 0], math.Abs(effect))
	if len(effects) != 5 || math.Abs(effect) > 0.1 && !strings.Contains(strings.Join(effects, "\n"), shown) {
		t.Errorf("words and effects: %q, want five and %q among them", effects, shown)
	}
	if status := b.text("#status"); !strings.Contains(status, want.Label) {
		t.Errorf("whoever listens hears %q", status)
	}
}

func TestLinesAreClassifiedAsTextsOfTheirOwn(t *testing.T) {
	content := bundle(t, tinyBundle)
	url, _ := served(t, content)
	b := visitor(t)
	b.open(url)
	b.ready()
	b.enter("a good game\n\n  awful bugs  \nfun")
	b.click("#by-line")
	b.click("#classify")
	b.wait(`document.querySelectorAll("#result .results tbody tr:not(.explanation)").length === 3`)
	for i, p := range natively(t, content, []string{"a good game", "awful bugs", "fun"}) {
		var cells []string
		b.eval(fmt.Sprintf(`[...document.querySelectorAll(".results tbody tr:not(.explanation)")[%d].cells].map((td) => td.innerText)`, i), &cells)
		if cells[2] != p.Label || cells[3] != fmt.Sprintf("%.1f %%", 100*p.Score) {
			t.Errorf("row %d shows %q, want %s %f", i, cells, p.Label, p.Score)
		}
	}
}

func TestAnEmptyTextIsNotSent(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	b.enter(" \n ")
	b.click("#classify")
	b.wait(`!document.querySelector("#run-error").hidden`)
	if got := b.text("#run-error"); got != "There is no text to classify yet." {
		t.Errorf("the page says %q", got)
	}
}
