package data

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

// checkReader reads hostile bytes to their end, once stopping at the first bad row and once skipping them.
func checkReader(t *testing.T, name string, content []byte, format Format) {
	for _, skip := range []bool{false, true} {
		o := Options{Format: format, SkipBad: skip, NeedLabel: skip, MaxRowBytes: 1 << 12, MaxDepth: 8}
		r, err := NewReader(name, strings.NewReader(string(content)), o)
		good, last := 0, 0
		for err == nil {
			var row Row
			if row, err = r.Next(); err != nil {
				break
			}
			if good++; row.Line < last || row.Line < 1 {
				t.Fatalf("row %d is on line %d, the one before on %d", good, row.Line, last)
			}
			last = row.Line
			if !utf8.ValidString(row.Text) || row.Text == "" && row.InputIDs == nil {
				t.Fatalf("a text that cannot be used: %q", row.Text)
			}
			if skip && row.Label.Kind == NoLabel {
				t.Fatal("a row without the label that was asked for")
			}
			if good > len(content)+1 {
				t.Fatal("more rows than bytes")
			}
		}
		if err == io.EOF {
			continue
		}
		if !badinput.Is(err) || !strings.Contains(err.Error(), name+":") || strings.Contains(err.Error(), "\n") {
			t.Fatalf("want one line that names the file, got %q", err)
		}
		var row *RowError
		if errors.As(err, &row) && (row.Line < 1 || row.Line > 1+strings.Count(string(content), "\n")) {
			t.Fatalf("line %d of a file that has fewer: %v", row.Line, err)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		"{\"text\":\"a\",\"label\":true}\n{\"text\":\"b\",\"label\":0}\n", `[{"text":"a","label":"x"},{"text":"\ud83d"}]`,
		`{"success":1,"reviews":[{"review":"gg","voted_up":true}],"cursor":"x"}`, `{"text":["a","b"],"label":[1,0]}`,
		`{"input_ids":[[1,2],[3]],"attention_mask":[[1,0],[1]]}`, "{\"text\":\"a\"}{\"text\":\"b\"}", `{"a":[],"b":[[[]]]}`, "[", "{", "\"", "{\"a\\",
		"[{\"text\":\"a\"} ,\n3]x", "\xef\xbb\xbf[1e9]", `{"text":"a","text":"b"}`, "[[[[[[[[[[]]]]]]]]]]", "\x1f\x8b\x08", "}", "[}", `{"text" "a"}`,
		`{"response":{"query_summary":{},"reviews":[{"review":"gg","voted_up":true}],"cursor":"x"}}{"response":{}}`, `[{"response":{"reviews":[{"review":"a"}]}},{"reviews":[]}]`,
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, content []byte, lines bool) {
		if lines {
			checkReader(t, "f.jsonl", content, JSONL)
		} else {
			checkReader(t, "f.json", content, JSON)
		}
	})
}

func FuzzTable(f *testing.F) {
	for _, s := range []string{
		"text,label\na,1\n\"b\nc\",0\n", "text\tlabel\na \"b\" c\t1\n", "text,label\n\"a,1\nb,0\n", "text,label\na\"b,1\n,,\n", "\"", "text\n\n\r\n\"\"\n",
		"input_ids,label\n\"[1,2]\",x\n[1\n", "text,,\na,b,c\n", "\xff,text\n", "text,text\n", "te\"xt\n",
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, content []byte, tabs bool) {
		if tabs {
			checkReader(t, "f.tsv", content, TSV)
		} else {
			checkReader(t, "f.csv", content, CSV)
		}
	})
}
