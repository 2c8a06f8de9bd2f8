package web_test

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestABrokenBundleIsToldAndTheOldModelStays(t *testing.T) {
	content := bundle(t, tinyBundle)
	url, _ := served(t, content)
	b := visitor(t)
	b.open(url)
	b.ready()
	changed := bytes.Clone(bundle(t, otherBundle))
	for i := len(changed) / 2; i < len(changed); i++ {
		changed[i] = 0x3d // weights that are numbers, but not those that answered the probes
	}
	for _, test := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"short.safetensors", content[:len(content)/2], "short.safetensors: "},
		{"empty.safetensors", nil, "empty.safetensors: "},
		{"text.safetensors", []byte("this is no bundle at all"), "text.safetensors: "},
		{"changed.safetensors", changed, "changed.safetensors: "},
	} {
		b.choose("#bundle", onDisk(t, test.name, test.content))
		b.wait(`document.querySelector("#model-error").textContent.startsWith("` + test.name + `")`)
		got := b.text("#model-error")
		if !strings.HasPrefix(got, test.want) || !strings.HasSuffix(got, " The page goes on with tiny.") || strings.Contains(got, "\n") || len(got) > 300 {
			t.Errorf("%s: the page says %q", test.name, got)
		}
		t.Log(got)
	}
	b.enter("good")
	b.click("#classify")
	b.wait(`document.querySelector("#result .verdict")`)
	if got, want := b.text(".verdict .label"), natively(t, content, []string{"good"})[0].Label; got != want {
		t.Errorf("the old model says %q, want %q", got, want)
	}
}

func TestABundleOfTheUserTakesThePlaceOfTheServedModel(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	other := bundle(t, otherBundle)
	b.choose("#bundle", onDisk(t, "mine.safetensors", other))
	b.wait(`document.querySelector("#model-name").textContent === "mine"`)
	b.click("#model-details summary")
	if got := b.text("#model-table"); !strings.Contains(got, "computes what its maker did") {
		t.Errorf("the probes of the bundle are not told of: %q", got)
	}
	b.enter("good")
	b.click("#classify")
	b.wait(`document.querySelector("#result .verdict")`)
	p := natively(t, other, []string{"good"})[0]
	if got := b.text(".verdict .label"); got != p.Label {
		t.Errorf("the page says %q, want %q", got, p.Label)
	}
	b.click("#served")
	b.wait(`document.querySelector("#model-name").textContent === "tiny"`)
}

func TestAPageWithoutAModelAsksForOne(t *testing.T) {
	url, _ := served(t, nil)
	b := visitor(t)
	b.open(url)
	b.wait(`!document.querySelector("#model-none").hidden`)
	if !b.truth(`document.querySelector("#classify").disabled`) {
		t.Error("texts can be classified without a model")
	}
	b.choose("#bundle", onDisk(t, "mine.safetensors", bundle(t, otherBundle)))
	b.ready()
}

func TestMoreWorkersHaveWeightsOfTheirOwn(t *testing.T) {
	content := bundle(t, tinyBundle)
	url, _ := served(t, content)
	b := visitor(t)
	b.open(url)
	b.ready()
	var results []string
	b.eval(`(async () => {
		const { Engine } = await import(new URL("engine/engine.js", document.querySelector("script[type=module]").src));
		const model = JSON.parse(document.querySelector("#config").textContent).model;
		const engine = await Engine.open({ ...model, url: new URL(model.url, location).href });
		const one = engine.memory;
		await engine.setWorkers(3);
		const found = await Promise.all(["good", "bad", "fun", "awful", "love", "hate"].map((text) => engine.classify([text])));
		const told = [String(engine.workers), String(engine.memory > 2 * one), ...found.map(({ results: [r] }) => r.label)];
		await engine.setWorkers(1);
		told.push(String(engine.workers));
		engine.close();
		return told;
	})()`, &results)
	want := []string{"3", "true"}
	for _, p := range natively(t, content, []string{"good", "bad", "fun", "awful", "love", "hate"}) {
		want = append(want, p.Label)
	}
	if got := strings.Join(results, " "); got != strings.Join(append(want, "1"), " ") {
		t.Errorf("got %s, want %s 1", got, strings.Join(want, " "))
	}
}

func TestAResultOfAClosedModelSaysSo(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	b.enter("a good game\nawful bugs")
	b.click("#by-line")
	b.click("#classify")
	b.wait(`document.querySelector("#result .results")`)
	b.choose("#bundle", onDisk(t, "mine.safetensors", bundle(t, otherBundle)))
	b.wait(`document.querySelector("#model-name").textContent === "mine"`)
	b.click(".results .explain")
	b.wait(`!document.querySelector("#run-error").hidden`)
	if got := b.text("#run-error"); got != "another model has been opened since" {
		t.Errorf("the page says %q", got)
	}
}

func TestAServerThatStopsInTheMiddleIsTold(t *testing.T) {
	content := bundle(t, tinyBundle)
	whole := handler(t, content)
	url, _ := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/model/") {
			whole.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		_, _ = w.Write(content[:len(content)/2])
		panic(http.ErrAbortHandler)
	}))
	b := visitor(t)
	b.open(url)
	b.wait(`!document.querySelector("#model-error").hidden`)
	if got := b.text("#model-error"); !strings.HasPrefix(got, "tiny: the download broke off after ") || !b.truth(`document.querySelector("#classify").disabled`) {
		t.Errorf("the page says %q", got)
	}
	b.forgive("net::ERR_")
	b.choose("#bundle", onDisk(t, "mine.safetensors", content))
	b.ready()
}
