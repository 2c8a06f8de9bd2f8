package tables

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// lines are rows given as JSON lines.
func lines(text string) Rows {
	return func(use func(row []byte) error) error {
		for line := range strings.Lines(text) {
			if err := use([]byte(line)); err != nil {
				return err
			}
		}
		return nil
	}
}

const someRows = `{"id": "18446744073709551615", "who": {"hours": 3, "deep": {"x": null}}, "up": true, "score": "0.25", "text": "a \"b\",\n\u00e9"}
{"id": "2", "who": {"hours": 9007199254740993}, "up": false, "score": 0, "text": "", "new": [1, {"a": 2}], "mixed": 1}
{"id": "3", "who": {}, "up": null, "score": "1e-3", "text": "c\r\nd", "mixed": "two", "big": 1e999}
`

// table lays rows out.
func table(t *testing.T, l Layout, rows Rows) []Column {
	t.Helper()
	columns, missing, err := l.Columns(rows)
	if err != nil || missing != nil {
		t.Fatalf("missing %v, error %v", missing, err)
	}
	return columns
}

func TestColumnsAreThoseOfAllRowsWithTypesThatFitThem(t *testing.T) {
	l := Layout{First: []string{"text", "never", "id"}, Numbers: []string{"score"}}
	want := []Column{{"text", Text}, {"id", Text}, {"who.hours", Int}, {"who.deep.x", Text}, {"up", Bool}, {"score", Float}, {"new", Text}, {"mixed", Text}, {"big", Text}}
	if got := table(t, l, lines(someRows)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	l.Numbers = nil
	if got := table(t, l, lines(someRows)); got[5] != (Column{"score", Text}) {
		t.Errorf("without Numbers: %v", got[5])
	}
	if got := table(t, l, lines("")); !reflect.DeepEqual(got, []Column{{"text", Text}, {"never", Text}, {"id", Text}}) {
		t.Errorf("without rows: %v", got)
	}
	got, missing, err := Layout{Fields: []string{"up", "nothing", "id"}}.Columns(lines(someRows))
	if want := []Column{{"up", Bool}, {"nothing", Text}, {"id", Text}}; err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(missing, []string{"nothing"}) {
		t.Errorf("fields: %v, missing %v, error %v", got, missing, err)
	}
}

func TestCSVHasWhatTheRowsHave(t *testing.T) {
	var out bytes.Buffer
	if err := WriteCSV(&out, table(t, Layout{}, lines(someRows)), lines(someRows)); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&out).ReadAll()
	want := [][]string{
		{"id", "who.hours", "who.deep.x", "up", "score", "text", "new", "mixed", "big"},
		{"18446744073709551615", "3", "", "true", "0.25", "a \"b\",\né", "", "", ""},
		{"2", "9007199254740993", "", "false", "0", "", `[1, {"a": 2}]`, "1", ""},
		{"3", "", "", "", "1e-3", "c\nd", "", "two", "1e999"}, // the reader makes one character of a line's end
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
}

func TestJSONLinesHaveTheColumnsThatTheirRowHas(t *testing.T) {
	columns, _, err := Layout{Fields: []string{"text", "who.hours", "nothing", "up"}}.Columns(lines(someRows))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteJSONL(&out, columns, lines(someRows)); err != nil {
		t.Fatal(err)
	}
	want := `{"text":"a \"b\",\n\u00e9","who.hours":3,"up":true}
{"text":"","who.hours":9007199254740993,"up":false}
{"text":"c\r\nd","up":null}
`
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
}

func TestParquetHasWhatTheRowsHave(t *testing.T) {
	var text strings.Builder
	const count = 1000
	for range count {
		text.WriteString(someRows)
	}
	l := Layout{Numbers: []string{"score"}}
	var out bytes.Buffer
	if err := WriteParquet(&out, table(t, l, lines(text.String())), lines(text.String())); err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID    *string  `parquet:"id,optional"`
		Hours *int64   `parquet:"who.hours,optional"`
		X     *string  `parquet:"who.deep.x,optional"`
		Up    *bool    `parquet:"up,optional"`
		Score *float64 `parquet:"score,optional"`
		Text  *string  `parquet:"text,optional"`
		New   *string  `parquet:"new,optional"`
		Mixed *string  `parquet:"mixed,optional"`
		Big   *string  `parquet:"big,optional"`
	}
	in := parquet.NewGenericReader[row](bytes.NewReader(out.Bytes()))
	defer in.Close()
	rows := make([]row, 3*count)
	for n := 0; n < len(rows); {
		k, err := in.Read(rows[n:])
		if n += k; err != nil && (err != io.EOF || n < len(rows)) {
			t.Fatalf("after %d rows: %v", n, err)
		}
	}
	want := []string{
		`{"ID":"18446744073709551615","Hours":3,"X":null,"Up":true,"Score":0.25,"Text":"a \"b\",\né","New":null,"Mixed":null,"Big":null}`,
		`{"ID":"2","Hours":9007199254740993,"X":null,"Up":false,"Score":0,"Text":"","New":"[1, {\"a\": 2}]","Mixed":"1","Big":null}`,
		`{"ID":"3","Hours":null,"X":null,"Up":null,"Score":0.001,"Text":"c\r\nd","New":null,"Mixed":"two","Big":"1e999"}`,
	}
	for i, r := range rows {
		if got, err := json.Marshal(r); err != nil || string(got) != want[i%3] {
			t.Fatalf("row %d: %s, %v; want %s", i, got, err, want[i%3])
		}
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, field := range f.Schema().Fields() {
		names = append(names, field.Name())
	}
	if got := strings.Join(names, " "); got != "id who.hours who.deep.x up score text new mixed big" {
		t.Errorf("columns in the order %s", got)
	}
}

func TestNoRowsMakeAnEmptyTable(t *testing.T) {
	columns := []Column{{"a", Text}, {"b", Int}}
	var out bytes.Buffer
	if err := WriteCSV(&out, columns, lines("")); err != nil || out.String() != "a,b\n" {
		t.Errorf("CSV: %q, %v", out.String(), err)
	}
	out.Reset()
	if err := WriteParquet(&out, columns, lines("")); err != nil {
		t.Fatal(err)
	}
	if f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len())); err != nil || f.NumRows() != 0 {
		t.Errorf("Parquet: %v", err)
	}
}

func TestRowsThatCannotBeReadAreErrors(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1)
	var wide strings.Builder
	for i := range maxColumns + 1 {
		fmt.Fprintf(&wide, "{\"c%d\": 1}\n", i)
	}
	for name, text := range map[string]string{"no object": "[1]", "no JSON": "{", "half a row": `{"a": 1`, "deep": deep, "wide": wide.String(), "nothing": "{}"} {
		if _, _, err := (Layout{}).Columns(lines(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	failing := func(func([]byte) error) error { return errors.New("the disk is gone") }
	for name, write := range map[string]func(io.Writer, []Column, Rows) error{"CSV": WriteCSV, "JSONL": WriteJSONL, "Parquet": WriteParquet} {
		if err := write(io.Discard, []Column{{"a", Text}}, failing); err == nil || err.Error() != "the disk is gone" {
			t.Errorf("%s: %v", name, err)
		}
		if err := write(io.Discard, []Column{{"a", Int}}, lines("[]")); err == nil {
			t.Errorf("%s: a row that is no object is taken", name)
		}
	}
}

func FuzzRowsBecomeTablesOrErrors(f *testing.F) {
	f.Add([]byte(someRows))
	f.Add([]byte(`{"a,\"b": {"": -0.0}, "a": "\ud800", "n": null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows := lines(string(text))
		columns, _, err := Layout{Numbers: []string{"a"}}.Columns(rows)
		if err != nil {
			return
		}
		var csvText, parquetFile bytes.Buffer
		if err := errors.Join(WriteCSV(&csvText, columns, rows), WriteJSONL(io.Discard, columns, rows), WriteParquet(&parquetFile, columns, rows)); err != nil {
			t.Fatalf("%v, columns %v", err, columns)
		}
		count := int64(0)
		if err := rows(func([]byte) error { count++; return nil }); err != nil {
			t.Fatal(err)
		}
		file, err := parquet.OpenFile(bytes.NewReader(parquetFile.Bytes()), int64(parquetFile.Len()))
		if err != nil || file.NumRows() != count {
			t.Fatalf("%v, columns %v", err, columns)
		}
	})
}
