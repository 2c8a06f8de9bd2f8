package prompt

import (
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/data"
)

func labelsOf(t testing.TB, names ...string) *data.Labels {
	t.Helper()
	l, err := data.NewLabels(names...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAnAnswerIsOneObjectWithALabelForEachNumber(t *testing.T) {
	labels := labelsOf(t, "negative", "positive")
	const plain = `{"1": "positive", "2": "negative", "3": "positive"}`
	for name, c := range map[string]struct{ answer, want string }{
		"as asked for":               {plain, ""},
		"in another order":           {`{"3": "positive", "1": "positive", "2": "negative"}`, ""},
		"white space around":         {"\n\t " + plain + "\r\n", ""},
		"white space without end":    {plain + strings.Repeat("\n", 10_000), ""},
		"a fence":                    {"```json\n" + plain + "\n```", ""},
		"a fence without a name":     {"```\n" + plain + "```\n", ""},
		"thoughts":                   {"<think>\nThe first {is} good.\n</think>\n\n" + plain, ""},
		"thoughts and a fence":       {"<think></think>```JSON\n" + plain + "\n```", ""},
		"escapes":                    {`{"\u0031": "posi\u0074ive", "2": "negative", "3": "positive"}`, ""},
		"nothing":                    {" \n", "it is empty"},
		"prose before":               {"Here you are: " + plain, "it does not begin with the JSON object"},
		"prose behind":               {plain + "\nI hope this helps!", "something stands behind the JSON object"},
		"prose before a fence":       {"Sure!\n```json\n" + plain + "\n```", "it does not begin with the JSON object"},
		"a fence of another kind":    {"```python\n" + plain + "\n```", "it does not begin with the JSON object"},
		"a fence without end":        {"```json\n" + plain, "it does not begin with the JSON object"},
		"thoughts without end":       {"<think>" + plain, "it does not begin with the JSON object"},
		"two objects":                {plain + plain, "something stands behind the JSON object"},
		"an array":                   {`["positive", "negative", "positive"]`, "it does not begin with the JSON object"},
		"a label too few":            {`{"1": "positive", "3": "positive"}`, "number 2 is missing"},
		"two labels too few":         {`{"2": "positive"}`, "the numbers 1, 3 are missing"},
		"no label":                   {`{}`, "the numbers 1, 2, 3 are missing"},
		"a label too many":           {`{"1": "positive", "2": "negative", "3": "positive", "4": "positive"}`, `the key "4" is none of the numbers from 1 to 3`},
		"a number twice":             {`{"1": "positive", "2": "negative", "2": "positive", "3": "positive"}`, "number 2 occurs twice"},
		"a number twice, escaped":    {`{"1": "positive", "\u0031": "negative", "2": "positive", "3": "positive"}`, "number 1 occurs twice"},
		"zero":                       {`{"0": "positive", "1": "negative", "2": "positive"}`, `the key "0" is none of the numbers from 1 to 3`},
		"a number with a zero":       {`{"01": "positive", "2": "negative", "3": "positive"}`, `the key "01" is none of the numbers from 1 to 3`},
		"a number with a sign":       {`{"+1": "positive", "2": "negative", "3": "positive"}`, `the key "+1" is none of the numbers from 1 to 3`},
		"a key that is no number":    {`{"labels": {"1": "positive"}}`, `the key "labels" is none of the numbers from 1 to 3`},
		"an unknown label":           {`{"1": "positive", "2": "mixed", "3": "positive"}`, `the value of number 2, "mixed", is none of the labels`},
		"another case":               {`{"1": "Positive", "2": "negative", "3": "positive"}`, `the value of number 1, "Positive", is none of the labels`},
		"a label with a blank":       {`{"1": "positive ", "2": "negative", "3": "positive"}`, `the value of number 1, "positive ", is none of the labels`},
		"a label that is no string":  {`{"1": 1, "2": "negative", "3": "positive"}`, "the value of number 1 is not a string"},
		"a label that is an object":  {`{"1": {"label": "positive"}, "2": "negative", "3": "positive"}`, "the value of number 1 is not a string"},
		"null":                       {`{"1": null, "2": "negative", "3": "positive"}`, "the value of number 1 is not a string"},
		"cut off in a label":         {plain[:40], "the JSON object ends too early"},
		"cut off behind a label":     {`{"1": "positive"`, "the JSON object ends too early"},
		"cut off behind the brace":   {`{`, "the JSON object ends too early"},
		"a comma too many":           {`{"1": "positive", "2": "negative", "3": "positive",}`, "the JSON object is broken"},
		"single quotes":              {`{'1': 'positive', '2': 'negative', '3': 'positive'}`, "the JSON object is broken"},
		"no comma":                   {`{"1": "positive" "2": "negative"}`, "the JSON object is broken"},
		"a comment":                  {`{"1": "positive", // good` + "\n" + `"2": "negative", "3": "positive"}`, "the JSON object is broken"},
		"a number without quotes":    {`{1: "positive", 2: "negative", 3: "positive"}`, "the JSON object is broken"},
		"an answer from another one": {`{"1": "positive"}{"2": "negative", "3": "positive"}`, "something stands behind the JSON object"},
	} {
		classes, err := ParseAnswer(c.answer, 3, labels)
		switch {
		case c.want == "" && (err != nil || !slices.Equal(classes, []int{1, 0, 1})):
			t.Errorf("%s: got %v, %v", name, classes, err)
		case c.want != "" && (err == nil || err.Error() != c.want):
			t.Errorf("%s: got %v, %v; want %s", name, classes, err, c.want)
		}
	}
}

func TestWhatIsWrittenAsAnAnswerIsReadAsOne(t *testing.T) {
	labels := labelsOf(t, `"so" & so`, "ja\nnein", "très bien", "</think>")
	want := []int{3, 0, 1, 2, 2, 1, 0, 3, 3, 3, 1}
	got, err := ParseAnswer(FormatAnswer(want, labels), len(want), labels)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func FuzzParseAnswer(f *testing.F) {
	for _, seed := range []string{`{"1": "positive", "2": "negative"}`, "```json\n{}\n```", `<think>x</think>{"1":`, `{"2": "negative", "1": "negative"} x`} {
		f.Add(seed, 2)
	}
	labels := labelsOf(f, "negative", "positive")
	f.Fuzz(func(t *testing.T, answer string, n int) {
		if n < 1 || n > 100 {
			return
		}
		classes, err := ParseAnswer(answer, n, labels)
		if err != nil {
			return
		}
		for _, class := range classes {
			if class != 0 && class != 1 {
				t.Errorf("class %d", class)
			}
		}
		again, err := ParseAnswer(FormatAnswer(classes, labels), n, labels)
		if err != nil || !slices.Equal(again, classes) {
			t.Errorf("%q gives %v, which reads back as %v, %v", answer, classes, again, err)
		}
	})
}
