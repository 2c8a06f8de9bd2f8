package data

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/shared"
)

// show writes rows in a form that tables of tests can hold: line:text=label, joined by |.
func show(rows []Row) string {
	var parts []string
	for _, r := range rows {
		s := fmt.Sprintf("%d:%s", r.Line, r.Text)
		if r.InputIDs != nil {
			s = fmt.Sprintf("%d:%v%v", r.Line, r.InputIDs, r.TokenTypeIDs)
		}
		if r.Label.Kind != NoLabel {
			s += "=" + r.Label.String()
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "|")
}

func readAll(name, content string, o Options) ([]Row, int, error) {
	r, err := NewReader(name, strings.NewReader(content), o)
	if err != nil {
		return nil, 0, err
	}
	var rows []Row
	for row, err := range r.Rows() {
		if err != nil {
			return rows, r.Skipped(), err
		}
		rows = append(rows, row)
	}
	return rows, r.Skipped(), nil
}

func TestReaderUnderstandsWhatPeopleHave(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		opts          Options
		want          string
	}{
		"JSON lines with byte order mark, CRLF and blank lines": {"a.jsonl", "\ufeff\r\n{\"review\":\"good\",\"voted_up\":true}\r\n\n{\"review\":\"bad\",\"voted_up\":false}", Options{},
			"2:good=true|4:bad=false"},
		"JSON lines called .json": {"a.json", "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\",\"label\":0}\n", Options{}, "1:a=1|2:b=0"},
		"an array of rows":        {"a.json", "[\n{\"text\":\"a\",\n\"label\":1},\n{\"text\":\"b\",\"label\":0}\n]\n", Options{}, "2:a=1|4:b=0"},
		"an empty array":          {"a.json", " [ ] ", Options{}, ""},
		"an empty file":           {"a.json", "", Options{}, ""},
		"rows in a member": {"a.json", `{"version":1,"x":[1,[2,"]"]],"data":[{"text":"a"},{"text":"b"}],"y":{"text":"no"}}`, Options{},
			"1:a|1:b"},
		"a Steam answer": {"a.json", `{"success":1,"query_summary":{"num_reviews":1},"reviews":[{"author":{"steamid":"1"},"review":"gg","voted_up":true,"reactions":[]}],"cursor":"A=="}`, Options{},
			"1:gg=true"},
		"a Steam answer without reviews": {"a.json", `{"success":1,"query_summary":{"num_reviews":0},"reviews":[],"cursor":"*"}`, Options{}, ""},
		"an empty array in a member":     {"a.json", `{"data":[],"cursor":"*"}`, Options{}, ""},
		"columns":                        {"a.json", `{"text":["a","b"],"label":[1,0],"id":[7,8]}`, Options{}, "1:a=1|1:b=0"},
		"columns of token ids":           {"a.json", `{"input_ids":[[1,2],[3]],"label":["x","y"]}`, Options{}, `1:[1 2][]="x"|1:[3][]="y"`},
		"a single row":                   {"a.json", `{"text":"a","label":1,"reactions":[{"text":"no"}]}`, Options{}, "1:a=1"},
		"objects one after another":      {"", "{\n\"text\":\"a\"\n}\n{\n\"text\":\"b\"}", Options{}, "3:a|4:b"},
		"CSV": {"a.csv", "id,review,label\n1,\"two\nlines, \"\"quoted\"\"\",pos\n\n2,fine,neg\n", Options{},
			"2:two\nlines, \"quoted\"=\"pos\"|5:fine=\"neg\""},
		"CSV with CRLF and byte order mark": {"a.csv", "\ufefftext,label\r\na,1\r\n", Options{}, `2:a="1"`},
		"TSV with bare quotation marks":     {"a.tsv", "sentence\tlabel\nthe \"best\" film\t1\n", Options{}, `2:the "best" film="1"`},
		"TSV of unknown name":               {"", "text\tlabel\na, b\t1\n", Options{}, `2:a, b="1"`},
		"CSV of unknown name":               {"", "text,label\na,1\n", Options{}, `2:a="1"`},
		"JSON lines of unknown name":        {"", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", Options{}, "1:a|2:b"},
		"a named format wins":               {"a.txt", "text,label\na,1\n", Options{Format: CSV}, `2:a="1"`},
		"named columns": {"a.csv", "text,body,label,stars\na,b,0,5\n", Options{TextField: "body", LabelField: "stars"},
			`2:b="5"`},
		"columns in another letter case": {"a.csv", "Review,Label\na,1\n", Options{}, `2:a="1"`},
		"a number as text":               {"a.jsonl", `{"text":10,"label":1.0}`, Options{}, "1:10=1"},
		"escapes and surrogate pairs":    {"a.jsonl", `{"te\u0078t":"\ud83d\ude00 \u00e9\n\"","label":"a\tb"}`, Options{}, "1:😀 é\n\"=\"a\\tb\""},
		"empty texts when allowed":       {"a.jsonl", `{"text":" "}`, Options{AllowEmpty: true}, "1: "},
		"no label where none is needed":  {"a.jsonl", "{\"text\":\"a\",\"label\":null}\n{\"text\":\"b\"}", Options{}, "1:a|2:b"},
		"token ids": {"a.jsonl", `{"input_ids":[101,7,102],"token_type_ids":[0,0,1],"label":1}`, Options{},
			"1:[101 7 102][0 0 1]=1"},
		"padded token ids": {"a.jsonl", `{"input_ids":[101,7,0,0],"token_type_ids":[0,1,0,0],"attention_mask":[1,1,0,0]}`, Options{},
			"1:[101 7][0 1]"},
		"token ids in a table": {"a.csv", "input_ids,label\n\"[1, 2]\",x\n", Options{}, `2:[1 2][]="x"`},
	} {
		for _, zipped := range []bool{false, true} {
			file, content := c.file, c.content
			if zipped {
				var b bytes.Buffer
				w := gzip.NewWriter(&b)
				_, _ = io.WriteString(w, content)
				_ = w.Close()
				file, content = file+".gz", b.String()
			}
			rows, _, err := readAll(file, content, c.opts)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if got := show(rows); got != c.want {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
	}
}

func TestErrorsNameFileLineAndCause(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		opts          Options
		want          string
	}{
		"a label of the wrong type": {"r.jsonl", "{\"text\":\"a\",\"voted_up\":true}\n{\"text\":\"b\",\"voted_up\":{}}", Options{NeedLabel: true},
			`r.jsonl:2: field "voted_up": want a bool, a label name or 0/1, got object`},
		"a fractional label":      {"r.jsonl", `{"text":"a","label":0.5}`, Options{NeedLabel: true}, `r.jsonl:1: field "label": want a bool, a label name or 0/1, got 0.5`},
		"a null label":            {"r.jsonl", `{"text":"a","label":null}`, Options{NeedLabel: true}, `r.jsonl:1: field "label": want a bool, a label name or 0/1, got null`},
		"an empty label":          {"r.csv", "text,label\na,\n", Options{NeedLabel: true}, `r.csv:2: field "label": the label is empty`},
		"no label column":         {"r.csv", "text,stars\na,1\n", Options{NeedLabel: true}, `r.csv:2: no label field (looked for label, voted_up); columns here: text, stars`},
		"no text column":          {"r.jsonl", `{"body":"a","label":1}`, Options{}, `r.jsonl:1: no text field (looked for text, review, reviews, sentence); columns here: body, label`},
		"no such column":          {"r.csv", "text,label\na,1\n", Options{TextField: "body"}, `r.csv:2: no field "body"; columns here: text, label`},
		"a text that goes amiss":  {"r.jsonl", "{\"text\":\"a\"}\n\n{\"txt\":\"b\"}", Options{}, `r.jsonl:3: no field "text"; columns here: txt`},
		"a text of another type":  {"r.jsonl", `{"text":["a"]}`, Options{}, `r.jsonl:1: field "text": want a text, got array`},
		"an empty text":           {"r.jsonl", `{"text":"\t "}`, Options{}, `r.jsonl:1: field "text": the text is empty`},
		"bad JSON":                {"r.jsonl", "{\"text\":\"a\"}\n{\"text\":}", Options{}, `r.jsonl:2: bad JSON at byte 9: invalid character '}' looking for beginning of value`},
		"a row that is no object": {"r.jsonl", "[1]", Options{}, `r.jsonl:1: want a JSON object, got array`},
		"a field twice":           {"r.jsonl", `{"text":"a","te\u0078t":"b"}`, Options{}, `r.jsonl:1: field "text" stands twice`},
		"deep nesting":            {"r.jsonl", `{"text":"a","x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}", Options{}, `r.jsonl:1: JSON is nested deeper than 64`},
		"invalid UTF-8":           {"r.jsonl", "{\"text\":\"a\xff\"}", Options{}, `r.jsonl:1: invalid UTF-8 at byte 11 (0xff)`},
		"invalid UTF-8 in CSV":    {"r.csv", "text\n\xff\n", Options{}, `r.csv:2: field "text": invalid UTF-8 at byte 1 (0xff)`},
		"half a surrogate pair":   {"r.jsonl", `{"text":"\ud83d"}`, Options{}, `r.jsonl:1: field "text": half a surrogate pair: \ud83d`},
		"a surrogate pair askew":  {"r.jsonl", `{"text":"\ud83d\u0041"}`, Options{}, `r.jsonl:1: field "text": half a surrogate pair: \ud83d`},
		"a long row":              {"r.jsonl", `{"text":"` + strings.Repeat("a", 100) + `"}`, Options{MaxRowBytes: 50}, `r.jsonl:1: the row is larger than 50 bytes`},
		"a long row in an array":  {"r.json", "[\n{\"text\":\"" + strings.Repeat("a", 100) + `"}]`, Options{MaxRowBytes: 50}, `r.json:2: row 1: the row is larger than 50 bytes`},
		"an open quotation mark":  {"r.csv", "text,label\n\"a,1\n" + strings.Repeat("b,0\n", 100_000), Options{MaxRowBytes: 1000}, `the row is larger than 1000 bytes (a quotation mark that is never closed?)`},
		"a bare quotation mark":   {"r.csv", "text,label\na\"b,1\n", Options{}, `r.csv:2: a quotation mark inside a field that is not quoted`},
		"too many columns":        {"r.csv", "text,label\na,1\nb,c,0\n", Options{}, `r.csv:3: want 2 columns as in the header, got 3`},
		"a column twice":          {"r.csv", "text,text\na,1\n", Options{}, `r.csv:1: header: column "text" stands twice`},
		"a row of an array":       {"r.json", "[{\"text\":\"a\"},\n{\"text\":null}]", Options{}, `r.json:2: row 2: field "text": want a text, got null`},
		"an array cut short":      {"r.json", "[{\"text\":\"a\"},\n{\"te", Options{}, `r.json:2: the file ends inside a value`},
		"an array not closed":     {"r.json", "[{\"text\":\"a\"}\n", Options{}, `r.json:2: the file ends where an array's next row or its ] should stand`},
		"a missing comma":         {"r.json", "[{\"text\":\"a\"}\n{\"text\":\"a\"}]", Options{}, `r.json:2: want an array's next row or its ], got '{'`},
		"a comma too many":        {"r.json", "[{\"text\":\"a\"},]", Options{}, `r.json:1: a comma before ']'`},
		"something after the end": {"r.json", "[{\"text\":\"a\"}] x", Options{}, `r.json:1: unexpected 'x' after the end of the JSON value`},
		"two arrays of rows":      {"r.json", `{"a":[{"text":"a"}],"b":[{"text":"b"}]}`, Options{}, `r.json:1: two arrays of rows: "a" and "b"`},
		"no rows in an object":    {"r.json", `{"a":1,"b":{"text":"x"}}`, Options{}, `r.json:1: neither an array of rows nor a row; members here: a, b`},
		"columns of two lengths":  {"r.json", `{"text":["a","b"],"label":[1]}`, Options{}, `r.json:1: columns of different length: "text" has 2 values, "label" has 1`},
		"no JSON at all":          {"r.json", `text`, Options{}, `r.json:1: want a JSON array or object, got 't'`},
		"token ids out of range":  {"r.jsonl", `{"input_ids":[1,-2]}`, Options{}, `r.jsonl:1: field "input_ids"[1]: -2 is no token id`},
		"token ids of other type": {"r.jsonl", `{"input_ids":["a"]}`, Options{}, `r.jsonl:1: field "input_ids"[0]: want an integer, got string`},
		"uneven token types":      {"r.jsonl", `{"input_ids":[1,2],"token_type_ids":[0]}`, Options{}, `r.jsonl:1: field "token_type_ids" has 1 entries, "input_ids" has 2`},
		"a mask with holes":       {"r.jsonl", `{"input_ids":[1,2],"attention_mask":[0,1]}`, Options{}, `r.jsonl:1: field "attention_mask": only zeros at the end are understood, got 0 at 0`},
		"UTF-16":                  {"r.csv", "\xff\xfet\x00", Options{}, `r.csv: the file is UTF-16; save it as UTF-8`},
		"a damaged gzip":          {"r.jsonl.gz", "\x1f\x8b\x08\x00", Options{}, `r.jsonl.gz: gzip: unexpected EOF`},
	} {
		_, _, err := readAll(c.file, c.content, c.opts)
		switch {
		case err == nil:
			t.Errorf("%s: no error", name)
		case !strings.HasSuffix(err.Error(), c.want) || !strings.HasPrefix(err.Error(), c.file+":"):
			t.Errorf("%s:\n got %s\nwant %s", name, err, c.want)
		case !badinput.Is(err):
			t.Errorf("%s: %v is not a bad input error", name, err)
		}
	}
}

func TestSkipBadCountsLogsAndGoesOn(t *testing.T) {
	var log bytes.Buffer
	o := Options{SkipBad: true, NeedLabel: true, MaxRowBytes: 60, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	for file, content := range map[string]string{
		"a.jsonl": "{\"txt\":\"first\"}\n{\"text\":\"a\",\"label\":1}\n{bad\n{\"text\":\"" + strings.Repeat("x", 200_000) + "\",\"label\":0}\n{\"text\":\"b\",\"label\":0}\n",
		"a.json":  "[{\"text\":1},{\"text\":\"a\",\"label\":1},7,{\"text\":\"" + strings.Repeat("x", 200_000) + "\"},{\"text\":\"b\",\"label\":0}]",
		"a.csv":   "text,label\na\"b,1\na,1\n\"b\"x,0\nq,w,e\nb,0\n",
	} {
		log.Reset()
		rows, skipped, err := readAll(file, content, o)
		if err != nil || len(rows) != 2 || skipped != 3 || rows[0].Text != "a" || rows[1].Text != "b" {
			t.Errorf("%s: rows %q, %d skipped, error %v; want a and b, 3 skipped", file, show(rows), skipped, err)
		}
		if got := strings.Count(log.String(), "skipped a bad row"); got != 3 {
			t.Errorf("%s: %d lines in the log, want 3:\n%s", file, got, &log)
		}
	}
	_, _, err := readAll("a.jsonl", "{\"a\":1}\n{\"a\":2}\n", o)
	if want := "no usable row in 2; the first bad one: a.jsonl:1: no text field"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("no good row at all: got %v, want %s...", err, want)
	}
}

func TestARowOfTenMegabytesIsRead(t *testing.T) {
	big := strings.Repeat("word ", 2<<20)
	for file, content := range map[string]string{
		"a.jsonl": "{\"text\":\"a\"}\n{\"text\":\"" + big + "\"}\n{\"text\":\"b\"}\n",
		"a.json":  "[{\"text\":\"a\"},{\"text\":\"" + big + "\"},{\"text\":\"b\"}]",
		"a.csv":   "text,label\na,1\n\"" + big + "\",0\nb,1\n",
	} {
		rows, _, err := readAll(file, content, Options{})
		if err != nil || len(rows) != 3 || rows[1].Text != big || rows[2].Text != "b" {
			t.Errorf("%s: %d rows, error %v", file, len(rows), err)
		}
	}
}

func TestFilesThatCannotBeReadAreBadInput(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none.jsonl"), dir} {
		_, err := LoadTexts(path, Options{})
		if !badinput.Is(err) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want a bad input error that names it", path, err)
		}
	}
	empty := filepath.Join(dir, "empty.csv")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadTexts(empty, Options{}); !badinput.Is(err) || err.Error() != empty+": no rows" {
		t.Errorf("an empty file: got %v", err)
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	for i := range 1000 {
		fmt.Fprintf(w, "{\"text\":\"review %d\"}\n", i*i)
	}
	_ = w.Close()
	short := filepath.Join(dir, "short.jsonl.gz")
	if err := os.WriteFile(short, zipped.Bytes()[:zipped.Len()/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadTexts(short, Options{}); !badinput.Is(err) || !errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "\n") {
		t.Errorf("a file cut short: got %v, want one line that says so", err)
	}
	failing := io.MultiReader(strings.NewReader("{\"text\":\"a\"}\n"), brokenReader{})
	s, err := LoadTexts("-", Options{Stdin: failing, Format: JSONL})
	if !errors.Is(err, io.ErrNoProgress) || !badinput.Is(err) || !strings.HasPrefix(err.Error(), "stdin:2: ") {
		t.Errorf("a failing stdin: got %v, %v", s, err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

func TestRealReviewFilesAreReadWhole(t *testing.T) {
	for _, c := range []struct {
		path           []string
		rows, positive int
	}{
		{[]string{"data", "steam-101games-2019", "reviews.jsonl"}, 22044, 16170},
		{[]string{"data", "sst2-glue", "train.tsv"}, 67349, 37569},
		{[]string{"data", "sst2-glue", "dev.tsv"}, 872, 444},
		{[]string{"data", "steam-api", "raw-objects-2019.jsonl"}, 2080, -1},
		{[]string{"data", "steam-api", "sample-appreviews-2026-09.json"}, 1, 1},
	} {
		s, err := Load(shared.Path(t, c.path...), nil, Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		if counts := s.Counts(); s.Len() != c.rows || c.positive >= 0 && counts[1] != c.positive {
			t.Errorf("%s: %d rows, counts %v; want %d, %d positive", s.File, s.Len(), counts, c.rows, c.positive)
		}
	}
}

func BenchmarkReadJSONLines(b *testing.B) {
	raw, err := os.ReadFile(shared.Path(b, "data", "steam-101games-2019", "reviews.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		r, err := NewReader("reviews.jsonl", bytes.NewReader(raw), Options{NeedLabel: true})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range r.Rows() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
