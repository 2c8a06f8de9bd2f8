package report

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorica-go/lorica/native/compare"
	"github.com/lorica-go/lorica/native/inspect"
	"github.com/lorica-go/lorica/native/metrics"
)

// comparisonOf compares made-up candidates, each a little worse than the one before, on rows of these labels. The last one tells
// no scores, and all but it are dressed up as models.
func comparisonOf(t *testing.T, rows int, labels []string, text string, names ...string) *compare.Result {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 8))
	dir := t.TempDir()
	contents := make([]strings.Builder, len(names)+1)
	line := func(to *strings.Builder, value any) {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		to.Write(append(raw, '\n'))
	}
	for i := range rows {
		truth := i % len(labels)
		line(&contents[0], map[string]any{"text": fmt.Sprintf("%s %d", text, i), "label": labels[truth]})
		for k := range names {
			logits := make([]float64, len(labels))
			for c := range logits {
				logits[c] = random.NormFloat64() * (0.8 + 0.3*float64(k))
			}
			logits[truth] += 2
			if k < len(names)-1 {
				line(&contents[k+1], map[string]any{"logits": logits})
			} else {
				line(&contents[k+1], map[string]any{"label": labels[metrics.Argmax(logits)]})
			}
		}
	}
	c := compare.Default()
	c.Labels, c.Version, c.Data, c.Resamples = labels, "0.1.0", filepath.Join(dir, "rows.jsonl"), 200
	for k := range contents {
		path := c.Data
		if k > 0 {
			path = filepath.Join(dir, fmt.Sprintf("p%d.jsonl", k))
			c.Candidates = append(c.Candidates, compare.Candidate{Name: names[k-1], Path: path})
		}
		if err := os.WriteFile(path, []byte(contents[k].String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r, err := compare.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	r.Data.File = "rows.jsonl"
	for k, o := range r.Outcomes {
		o.Path = o.Name
		if k == len(names)-1 {
			break
		}
		o.Tokens, o.Truncated = 40*rows, k
		o.Model = &inspect.Model{Type: "bert", Format: "folder", Bytes: 91_100_000, Parameters: inspect.Parameters{Total: 22_713_986, Trainable: 56_066}}
		ratio := metrics.Float(1 + 0.5*float64(k))
		o.Speed = &compare.Speed{Device: "cpu (avx2)", Threads: 2, TextsPerSecond: 137 / float64(ratio), TokensPerSecond: 8250 / float64(ratio),
			Texts: rows, Tokens: 40 * rows, Seconds: 3, Ratio: compare.Ratio{Median: ratio, Low: ratio, High: ratio}}
	}
	return r
}

// writtenComparison returns the files of a comparison.
func writtenComparison(t *testing.T, r *compare.Result) map[string][]byte {
	t.Helper()
	var m memory
	names, err := WriteComparison(&m, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, ok := m.files[name]; !ok {
			t.Errorf("%s was told of and not written", name)
		}
	}
	if len(names) != len(m.files) {
		t.Errorf("%d files, %d names", len(m.files), len(names))
	}
	return m.files
}

var two = []string{"negative", "positive"}

func TestTheComparisonPageNeedsNothingElseAndShowsAll(t *testing.T) {
	files := writtenComparison(t, comparisonOf(t, 400, two, "a review", "large", "small", "answers"))
	elements, text := parsePage(t, files[ComparisonPage])
	count := map[string]int{}
	for _, e := range elements {
		checkElement(t, "", e)
		count[e.name]++
	}
	// Scores, differences, labels, calibration of all and of two, speed, three matrices.
	if count["svg"] != 10 || count["table"] != 6 || count["h1"] != 1 || count["style"] != 1 || count["details"] < 5 {
		t.Errorf("elements: %v", count)
	}
	for _, want := range []string{
		"Comparison on rows.jsonl", "400 rows: 200 negative, 200 positive", "is better than", "McNemar's p", "after Holm", "Macro F1", "95% interval",
		"22,713,986", "56,066", "91.1 MB", "× 1.50", "Best temperature", "Rows with different answers", "Only large is right: ", "labelled", "a review ", "seed 42",
		"lorica 0.1.0",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, bad := range []string{"http:", "https:", "url(", "@import", "ZgotmplZ", "NaN"} {
		if strings.Contains(string(files[ComparisonPage]), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	_, body, _ := strings.Cut(string(files[ComparisonPage]), "</style>")
	if found := regexp.MustCompile(`(?i)(fill|stroke)[:=]"?#[0-9a-f]+`).FindString(body); found != "" {
		t.Errorf("a figure has the fixed colour %s", found)
	}
	for _, name := range []string{scoresSVG, pairsSVG, labelsSVG, reliabilitySVG, speedSVG} {
		checkSVG(t, name, string(files[name]))
		if !strings.Contains(string(files[ComparisonMarkdown]), "]("+name+")") {
			t.Errorf("the Markdown does not show %s", name)
		}
	}
	var back map[string]any
	if err := json.Unmarshal(files[ComparisonJSON], &back); err != nil || len(back["candidates"].([]any)) != 3 || len(back["pairs"].([]any)) != 3 {
		t.Errorf("JSON: %v", err)
	}
}

func TestComparisonsOfAnySizeAreShown(t *testing.T) {
	var many []string
	for k := range 12 {
		many = append(many, fmt.Sprintf("candidate %d with a name that is quite long", k))
	}
	var labels []string
	for k := range 45 {
		labels = append(labels, fmt.Sprintf("label %d of a long list of labels", k))
	}
	for name, r := range map[string]*compare.Result{
		"two candidates":    comparisonOf(t, 60, two, "x", "a", "b"),
		"one row":           comparisonOf(t, 1, two, "x", "a", "b"),
		"many candidates":   comparisonOf(t, 100, two, "x", many...),
		"eight candidates":  comparisonOf(t, 100, two, "x", many[:8]...),
		"many labels":       comparisonOf(t, 200, labels, "x", "a", "b"),
		"thirteen labels":   comparisonOf(t, 200, labels[:13], "x", "a", "b"),
		"a long first text": comparisonOf(t, 10, two, strings.Repeat("very long ", 500), "a", "b"),
	} {
		files := writtenComparison(t, r)
		elements, _ := parsePage(t, files[ComparisonPage])
		for _, e := range elements {
			checkElement(t, name, e)
		}
		for file, content := range files {
			if strings.HasSuffix(file, ".svg") {
				checkSVG(t, name+", "+file, string(content))
			}
		}
		for _, table := range ComparisonTables(r) {
			for _, row := range table.Rows {
				if len(row) != len(table.Header) {
					t.Errorf("%s: %s: a row of %d cells, %d columns", name, table.Title, len(row), len(table.Header))
				}
			}
		}
		if _, ok := files[labelsSVG]; ok != (len(r.Outcomes) <= maxLines) {
			t.Errorf("%s: a figure of labels: %v", name, ok)
		}
	}
}

func TestHostileTextsStayTextsInComparisons(t *testing.T) {
	for _, text := range hostile {
		if !utf8.ValidString(text) { // JSON files have no such texts
			continue
		}
		r := comparisonOf(t, 20, []string{"a" + text + "z", "b" + text + "z"}, text, "x", "y")
		r.Outcomes[0].Name, r.Outcomes[0].Path, r.Outcomes[0].Adapter, r.Version = text, text, text, text
		r.Pairs[0].A, r.Data.File, r.Data.RowList, r.Notes = text, text, text, []string{text}
		r.Outcomes[0].Model.Type, r.Outcomes[0].Speed.Device = text, text
		for i := range r.Differences {
			r.Differences[i].ID = text
		}
		files := writtenComparison(t, r)
		elements, shown := parsePage(t, files[ComparisonPage])
		for _, e := range elements {
			checkElement(t, text, e)
		}
		if want := printable(text); !strings.Contains(strings.Join(strings.Fields(shown), " "), want) {
			t.Errorf("%q: the page does not show %q", text, want)
		}
		for name, content := range files {
			if strings.HasSuffix(name, ".svg") {
				checkSVG(t, text, string(content))
			}
		}
		for _, c := range string(files[ComparisonMarkdown]) {
			if c < ' ' && c != '\n' || c >= 0x202a && c <= 0x202e || c == '<' {
				t.Errorf("%q: the Markdown has %U", text, c)
			}
		}
	}
}

func TestMarkdownShowsTextsAsTheyAre(t *testing.T) {
	for text, want := range map[string]string{
		"plain, 87.5% (it's)": "plain, 87.5% (it's)",
		"a|b":                 `a\|b`,
		"*bold* _x_ `code`":   "\\*bold\\* \\_x\\_ \\`code\\`",
		"[a](b) ![c](d)":      `\[a\](b) !\[c\](d)`,
		"<b> &amp;":           `&lt;b\> &amp;amp;`,
		"# title":             `\# title`,
		"- item":              `\- item`,
		"12. item":            `12\. item`,
		"12.5":                "12.5",
		"3)":                  `3\)`,
		"~~gone~~":            `\~\~gone\~\~`,
		"two\nlines":          "two lines",
		"a#b-c+d=e":           "a#b-c+d=e",
	} {
		if got := markdownText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestMarkdownTablesMarkTheBest(t *testing.T) {
	r := comparisonOf(t, 400, two, "x", "large", "small")
	markdown := Markdown(r, 3)
	for _, want := range []string{
		"# Comparison on rows.jsonl\n", "|  | large | small |\n| --- | ---: | ---: |\n", "| Accuracy | **9", "## Rows with different answers: 3 of ",
		"* line ", "; ✗ large: ", ", ✓ small: ", "* Made by: lorica 0.1.0\n",
	} {
		if !strings.Contains(markdown, want) {
			t.Errorf("the Markdown lacks %q:\n%s", want, markdown)
		}
	}
	if strings.Contains(markdown, "](") || strings.Contains(Markdown(r, 0), "Rows with different") {
		t.Error("figures or differences that are not wanted")
	}
}

func TestOnlyWhatIsBestIsMarked(t *testing.T) {
	r := comparisonOf(t, 400, two, "x", "large", "small", "answers")
	r.Outcomes[1].Report.MCC = r.Outcomes[0].Report.MCC
	for _, o := range r.Outcomes {
		o.Report.CohenKappa = 0.5
	}
	for _, table := range ComparisonTables(r) {
		for _, row := range table.Rows {
			var best []int
			for k, c := range row {
				if c.Best {
					best = append(best, k)
				}
			}
			switch row[0].Text {
			case "Accuracy", "Macro F1", "Log loss":
				if !slices.Equal(best, []int{1}) {
					t.Errorf("%s: best are the columns %v", row[0].Text, best)
				}
			case "MCC":
				if !slices.Equal(best, []int{1, 2}) {
					t.Errorf("MCC: best are the columns %v", best)
				}
			case "Parameters", "Best temperature", "Texts/s", "Cohen's kappa":
				if best != nil {
					t.Errorf("%s: best are the columns %v", row[0].Text, best)
				}
			}
		}
	}
}

func TestManyPairsAreSummedUp(t *testing.T) {
	var names []string
	for k := range 6 {
		names = append(names, fmt.Sprint("c", k))
	}
	r := comparisonOf(t, 300, two, "x", names...)
	_, _, words := ComparisonWords(r)
	better := 0
	for i := range r.Pairs {
		if r.Pairs[i].Better() != "" {
			better++
		}
	}
	if last := words[len(words)-1]; len(words) > maxSentences+1 || last != fmt.Sprintf("Of 15 pairs, %d differ by more than chance explains.", better) {
		t.Errorf("%d sentences, the last %q", len(words), last)
	}
}
