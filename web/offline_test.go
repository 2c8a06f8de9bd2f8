package web_test

import (
	"strings"
	"testing"
)

func TestTheSecondVisitNeedsNoServer(t *testing.T) {
	content := bundle(t, tinyBundle)
	url, stop := served(t, content)
	b := visitor(t)
	b.open(url)
	b.ready()
	b.wait(`document.documentElement.dataset.offline === "ready"`)
	b.wait(`navigator.serviceWorker.controller`)
	stop()
	b.open(url)
	b.ready()
	b.enter("not a good game")
	b.click("#classify")
	b.wait(`document.querySelector("#result .words")`)
	if got, want := b.text(".verdict .label"), natively(t, content, []string{"not a good game"})[0].Label; got != want {
		t.Errorf("without the server the page says %q, want %q", got, want)
	}
	b.click("#model-details summary")
	if got := b.text("#model-table"); !strings.Contains(got, "kept here since an earlier visit") {
		t.Errorf("the model's facts are %q", got)
	}
	b.click("#tab-file") // whose modules and worker have not been asked for yet
	b.choose("#file", onDisk(t, "two.txt", []byte("good\nbad\n")))
	b.wait(choices)
	b.click("#classify-file")
	b.wait(`document.querySelector("#result .tiles")`)
}

func TestANewModelOfTheServerIsTaken(t *testing.T) {
	var now swapped
	url, _ := serving(t, &now)
	now.serve(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	b.wait(`navigator.serviceWorker.controller`)
	now.serve(t, bundle(t, otherBundle))
	b.open(url)
	b.ready()
	b.enter("good")
	b.click("#classify")
	b.wait(`document.querySelector("#result .verdict")`)
	p := natively(t, bundle(t, otherBundle), []string{"good"})[0]
	var score string
	b.eval(`document.querySelector(".verdict").innerText`, &score)
	if !strings.Contains(score, p.Label) {
		t.Errorf("the page says %q, the new model %s", score, p.Label)
	}
	b.wait(`navigator.storage.getDirectory().then((d) => d.getDirectoryHandle("lorica-models")).then(async (d) => { let n = 0; for await (const _ of d.keys()) n++; return n === 1; })`)
}

func TestABrokenCopyOfTheModelIsFetchedAgain(t *testing.T) {
	content := bundle(t, tinyBundle)
	url, _ := served(t, content)
	b := visitor(t)
	b.open(url)
	b.ready()
	b.wait(`navigator.serviceWorker.controller`)
	b.eval(`(async () => {
		const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("lorica-models");
		for await (const name of folder.keys()) {
			const stream = await (await folder.getFileHandle(name)).createWritable({ keepExistingData: true });
			await stream.write({ type: "write", position: 0, data: new Uint8Array(100) });
			await stream.close();
		}
	})()`, nil)
	b.open(url)
	b.ready()
}

func TestWhatIsKeptCanBeRemoved(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	b.wait(`navigator.serviceWorker.controller`)
	b.click("#model-details summary")
	b.click("#forget")
	b.wait(`document.querySelector("#offline").textContent.startsWith("Nothing is kept")`)
	if !b.truth(`(async () => (await caches.keys()).length === 0 && (await navigator.serviceWorker.getRegistrations()).length === 0)()`) {
		t.Error("something is still kept")
	}
}
