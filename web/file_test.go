package web_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// choices is true once a file's fields can be chosen and its rows have been counted.
const choices = `!document.querySelector("#classify-file").disabled && / rows?$/.test(document.querySelector("#classify-file").textContent)`

// opened opens the page with a file chosen.
func opened(t *testing.T, content []byte, path string) tab {
	t.Helper()
	url, _ := served(t, content)
	b := visitor(t)
	b.open(url)
	b.ready()
	b.click("#tab-file")
	b.choose("#file", path)
	return b
}

// results returns what a download of the shown results holds: the blob is read instead of saved.
func (b tab) results(button string) string {
	b.t.Helper()
	var text string
	b.eval(`new Promise((resolve) => {
		const make = URL.createObjectURL;
		URL.createObjectURL = (blob) => { blob.text().then(resolve); URL.createObjectURL = make; return make.call(URL, blob); };
		HTMLAnchorElement.prototype.click = () => {};
		document.querySelector("`+button+`").click();
	})`, &text)
	return text
}

func TestAFileOfAThousandRowsGetsTheLabelsThatThisProcessGives(t *testing.T) {
	content := bundle(t, tinyBundle)
	all := texts(1000)
	want := natively(t, content, all)
	var lines bytes.Buffer
	right := 0
	for i, text := range all {
		line, err := json.Marshal(map[string]any{"id": i, "review": text, "voted_up": i%3 == 0})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
		if want[i].Index == map[bool]int{true: 1, false: 0}[i%3 == 0] {
			right++
		}
	}
	b := opened(t, content, onDisk(t, "reviews.jsonl", lines.Bytes()))
	b.wait(choices)
	if text, label := b.text("#text-field option:checked"), b.text("#label-field option:checked"); text != "review" || label != "voted_up" {
		t.Errorf("the fields %q and %q are chosen", text, label)
	}
	if got := b.text("#classify-file"); got != "Classify 1,000 rows" {
		t.Errorf("the button says %q", got)
	}
	// What the bar shows while it runs is noted on the page itself.
	b.eval(`(() => {
		window.shares = [];
		new MutationObserver(() => shares.push(document.querySelector("#run-bar").value)).observe(document.querySelector("#run-text"), { childList: true });
	})()`, nil)
	b.click("#classify-file")
	b.wait(`document.querySelector("#result .tiles")`)
	var shares []float64
	b.eval("shares", &shares)
	moved := false
	for i, share := range shares {
		moved = moved || share > 0 && share < 1
		if i > 0 && share < shares[i-1] && shares[i-1] < 1 {
			t.Errorf("progress went from %g back to %g", shares[i-1], share)
		}
	}
	if !moved || len(shares) < 5 {
		t.Errorf("progress: %v", shares)
	}
	if got, percent := b.text(".tiles"), fmt.Sprintf("%.1f %%", 100*float64(right)/1000); !strings.Contains(got, percent) || !strings.Contains(got, "1,000") {
		t.Errorf("the figures are %q, the accuracy is %s", got, percent)
	}

	rows := strings.Split(strings.TrimSuffix(b.results("#save-jsonl"), "\n"), "\n")
	if len(rows) != 1000 {
		t.Fatalf("the download has %d rows", len(rows))
	}
	for i, row := range rows {
		var got struct {
			Line      int
			Text      string
			TrueLabel bool `json:"true_label"`
			Label     string
			Logits    []float32
			Tokens    int
		}
		if err := json.Unmarshal([]byte(row), &got); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		if got.Line != i+1 || got.Text != all[i] || got.TrueLabel != (i%3 == 0) || got.Label != want[i].Label || got.Tokens != want[i].Tokens || len(got.Logits) != 2 {
			t.Fatalf("row %d: got %+v, want %+v", i, got, want[i])
		}
	}
	records, err := csv.NewReader(strings.NewReader(b.results("#save-csv"))).ReadAll()
	if err != nil || len(records) != 1001 {
		t.Fatalf("the CSV has %d records: %v", len(records), err)
	}
	for i, record := range records[1:] {
		if record[1] != all[i] || record[3] != want[i].Label {
			t.Fatalf("record %d is %q", i, record)
		}
	}
}

func TestTheTableSearchesFiltersSortsAndTurnsPages(t *testing.T) {
	content := bundle(t, tinyBundle)
	var file strings.Builder
	w := csv.NewWriter(&file)
	_ = w.Write([]string{"Text", "Label"})
	all := texts(60)
	for i, text := range all {
		_ = w.Write([]string{text, labels[i%2]})
	}
	w.Flush()
	b := opened(t, content, onDisk(t, "some reviews.csv", []byte(file.String())))
	b.wait(choices)
	b.click("#classify-file")
	b.wait(`document.querySelector("#result .results")`)
	column := func(n int) (cells []string) {
		b.eval(fmt.Sprintf(`[...document.querySelectorAll(".results tbody tr:not(.explanation)")].map((tr) => tr.cells[%d].innerText)`, n), &cells)
		return cells
	}
	if first := column(0); len(first) != 25 || first[0] != "1" || b.text(".pager span") != "1–25 of 60" {
		t.Fatalf("the first page has rows %q, %s", first, b.text(".pager span"))
	}
	b.click(".pager button:last-child")
	b.click(".pager button:last-child")
	if last := column(0); len(last) != 10 || last[9] != "60" || !b.truth(`document.querySelector(".pager button:last-child").disabled`) {
		t.Errorf("the last page has rows %q", last)
	}
	b.click(".results th:nth-child(4) button")
	scores := column(3)
	for i := 1; i < len(scores); i++ {
		if len(scores[i]) > len(scores[i-1]) || len(scores[i]) == len(scores[i-1]) && scores[i] > scores[i-1] {
			t.Fatalf("scores by falling size: %q", scores)
		}
	}
	want := natively(t, content, all)
	positive, wrong := 0, 0
	for i, p := range want {
		positive += p.Index
		if p.Index != i%2 {
			wrong++
		}
	}
	b.eval(`(() => { const s = document.querySelector(".toolbar select"); s.value = 1; s.dispatchEvent(new Event("change")); })()`, nil)
	if got := b.text(".pager span"); positive > 0 && !strings.HasSuffix(got, fmt.Sprintf(" of %d", positive)) {
		t.Errorf("%d are positive, the page says %q", positive, got)
	}
	b.eval(`(() => { const s = document.querySelector(".toolbar select"); s.value = -1; s.dispatchEvent(new Event("change")); })()`, nil)
	b.click(".toolbar input[type=checkbox]")
	if got := b.text(".pager span"); wrong > 0 && !strings.HasSuffix(got, fmt.Sprintf(" of %d", wrong)) {
		t.Errorf("%d are wrong, the page says %q", wrong, got)
	}
	b.eval(`(() => { const s = document.querySelector(".toolbar input[type=search]"); s.value = "no text has this"; s.dispatchEvent(new Event("input")); })()`, nil)
	if got := b.text(".results tbody"); got != "No row is like that." {
		t.Errorf("an empty table says %q", got)
	}
}

func TestACancelledRunKeepsWhatIsReady(t *testing.T) {
	var file strings.Builder
	for i, text := range texts(20_000) {
		fmt.Fprintf(&file, "{\"text\": %q}\n", strings.ReplaceAll(text, "\n", " ")+fmt.Sprint(i))
	}
	b := opened(t, bundle(t, tinyBundle), onDisk(t, "many.jsonl", []byte(file.String())))
	b.wait(choices)
	b.click("#classify-file")
	b.wait(`/^[1-9][0-9,]* of 20,000 rows/.test(document.querySelector("#run-text").textContent)`)
	begun := time.Now()
	b.press(" ") // the focus is on Cancel
	b.wait(`document.querySelector("#result .tiles")`)
	took := time.Since(begun)
	var rows int
	b.eval(`Number(document.querySelector(".tiles dd").textContent.replaceAll(",", ""))`, &rows)
	if rows == 0 || rows >= 20_000 || !strings.Contains(b.text("#result"), "Stopped: these are the") {
		t.Errorf("after Cancel there are %d rows: %.200s", rows, b.text("#result"))
	}
	t.Logf("stopped after %d rows, in %v", rows, took)
	if b.truth(`document.querySelector("#classify-file").disabled`) {
		t.Error("no other run can begin")
	}
	b.click("#tab-text")
	b.enter("good")
	b.click("#classify")
	b.wait(`document.querySelector("#result .verdict")`)
}

func TestBrokenFilesAreOneLineThatNamesThePlace(t *testing.T) {
	url, _ := served(t, bundle(t, tinyBundle))
	b := visitor(t)
	b.open(url)
	b.ready()
	b.click("#tab-file")
	dir := t.TempDir()
	for _, test := range []struct{ name, content, place, want string }{
		{"a.jsonl", "{\"text\": \"good\"}\n{\"text\": \n", "#file-error", "1 row cannot be read. The first: a.jsonl:2: not JSON: "},
		{"b.csv", "text,label\ngood,1\nbad\n", "#file-error", "1 row cannot be read. The first: b.csv:3: 1 fields, but the header has 2"},
		{"c.json", `[{"text": "good"}, 7]`, "#file-error", "1 row cannot be read. The first: c.json:1: want an object, got a number"},
		{"d.json", `{"text": "good"`, "#file-error", "d.json:1: the file ends in the middle of its JSON"},
		{"e.csv", "text\n\"good", "#file-error", "e.csv:2: a quoted field does not end"},
		{"f.txt", "good\n\xff\xfe\n", "#file-error", "f.txt: not UTF-8 text"},
		{"g.jsonl", "", "#file-error", "g.jsonl: no rows in it"},
		{"h.pdf", "good", "#file-error", "h.pdf: want a file that ends in .csv, .tsv, .jsonl, .json or .txt, each also with .gz"},
		{"i.jsonl.gz", "not gzip", "#file-error", "i.jsonl.gz: broken gzip data"},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, []byte(test.content), 0o666); err != nil {
			t.Fatal(err)
		}
		b.choose("#file", path)
		b.wait(`document.querySelector("` + test.place + `").textContent.includes("` + test.name + `")`)
		if got := b.text(test.place); !strings.HasPrefix(got, test.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: the page says %q", test.name, got)
		}
	}

	// A bad row stops a run, unless it is to be passed over.
	b.choose("#file", onDisk(t, "j.jsonl", []byte("{\"text\": \"good\"}\n{\"text\": 7}\n{\"text\": \"bad\"}\n")))
	b.wait(choices + ` && document.querySelector("#file-name").textContent === "j.jsonl"`)
	b.click("#classify-file")
	b.wait(`!document.querySelector("#run-error").hidden`)
	if got := b.text("#run-error"); got != `j.jsonl:2: field "text": want a text, got a number` {
		t.Errorf("the page says %q", got)
	}
	b.click("#skip-bad")
	b.click("#classify-file")
	b.wait(`document.querySelector("#result .tiles")`)
	if got := b.text("#result"); !strings.Contains(got, "1 row could not be read and was passed over.") {
		t.Errorf("the page says %.200q", got)
	}
}
