package predictions

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// setOf are rows on the lines 1, 3, 5 and so on, with ids where there are.
func setOf(n int, ids ...string) *data.Set {
	s := &data.Set{File: "d.jsonl"}
	for i := range n {
		row := data.Row{Line: 2*i + 1}
		if ids != nil {
			row.ID = ids[i]
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// file makes predictions of "row,line,id" each; row -1 and line 0 are unknown. They stand on the lines 1, 2, 3 of their file.
func file(predictions ...string) *File {
	f := &File{Name: "p.jsonl"}
	for i, text := range predictions {
		parts := strings.Split(text, ",")
		p := Prediction{Line: i + 1, Label: data.IntValue(0), Score: math.NaN(), ID: parts[2]}
		_, _ = fmt.Sscan(parts[0], &p.Row)
		_, _ = fmt.Sscan(parts[1], &p.AtLine)
		f.Predictions = append(f.Predictions, p)
	}
	return f
}

func TestPredictionsFindTheirRows(t *testing.T) {
	for _, c := range []struct {
		name    string
		file    *File
		set     *data.Set
		numbers []int
		want    string // lines of the predictions, 0 for none
	}{
		{"in order", file("-1,0,", "-1,0,"), setOf(2), nil, "1 2"},
		{"in order with lines", file("-1,1,", "-1,3,"), setOf(2), nil, "1 2"},
		{"by row", file("2,0,", "0,0,", "1,0,"), setOf(3), nil, "2 3 1"},
		{"by row, one missing", file("2,0,", "0,0,"), setOf(3), nil, "2 0 1"},
		{"by row, with lines", file("1,3,", "0,1,"), setOf(2), nil, "2 1"},
		{"by id", file("-1,0,c", "-1,0,a", "-1,0,b"), setOf(3, "a", "b", "c"), nil, "2 3 1"},
		{"by id, against the row numbers", file("0,0,c", "0,0,a"), setOf(3, "a", "b", "c"), nil, "2 0 1"},
		{"in the order of the row list", file("-1,0,", "-1,0,"), setOf(4), []int{3, 1}, "1 2"},
		{"in the order of the file, which is longer", file("-1,0,", "-1,0,", "-1,0,", "-1,0,"), setOf(4), []int{3, 1}, "4 2"},
		{"by row of the row list", file("1,0,", "0,0,"), setOf(4), []int{3, 1}, "2 1"},
		{"by row of the row list, as its lines say", file("1,3,", "0,7,"), setOf(4), []int{3, 1}, "2 1"},
		{"by row of the file", file("1,0,", "0,0,", "3,0,", "2,0,"), setOf(4), []int{3, 1}, "3 1"},
		{"by row of the file, as its lines say", file("1,3,", "0,1,"), setOf(4), []int{3, 1}, "0 1"},
		{"by row of the file, a row taken twice", file("1,3,", "3,7,"), setOf(4), []int{3, 1, 3}, "2 1 2"},
		{"by id, with a row list", file("-1,0,c", "-1,0,a", "-1,0,b"), setOf(3, "a", "b", "c"), []int{2}, "1"},
		{"a row list that is in order", file("-1,0,", "-1,0,"), setOf(2), []int{0, 1}, "1 2"},
		{"a row list of all in another order, lines known", file("-1,3,", "-1,1,"), setOf(2), []int{1, 0}, "1 2"},
	} {
		matched, err := c.file.Match(&Target{All: c.set, Numbers: c.numbers}, len(c.file.Predictions))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, p := range matched {
			if p == nil {
				p = &Prediction{}
			}
			got = append(got, fmt.Sprint(p.Line))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", c.name, got, c.want)
		}
	}
}

func TestPredictionsForOtherRowsAreRefused(t *testing.T) {
	skipped := setOf(2)
	skipped.Skipped = 1
	for _, c := range []struct {
		name    string
		file    *File
		set     *data.Set
		numbers []int
		all     int // 0: as many as there are
		want    string
	}{
		{"too few", file("-1,0,"), setOf(2), nil, 0, `p.jsonl: 1 predictions for the 2 rows of d.jsonl; give each its row number in a field "row", or an id`},
		{"too many", file("-1,0,", "-1,0,"), setOf(1), nil, 5, "p.jsonl: 5 predictions for the 1 rows of d.jsonl"},
		{"too many of a part", file("-1,0,", "-1,0,", "-1,0,"), setOf(4), []int{0, 1}, 0, "p.jsonl: 3 predictions for 2 of the 4 rows of d.jsonl"},
		{"a row twice", file("0,0,", "1,0,", "0,0,"), setOf(3), nil, 0, "p.jsonl:3: a second prediction for line 1 of d.jsonl; the first is on line 1"},
		{"a row of the file twice", file("0,0,", "3,0,", "0,0,"), setOf(4), []int{1, 2}, 0, "p.jsonl:3: a second prediction for line 1 of d.jsonl; the first is on line 1"},
		{"a row out of range", file("0,0,", "2,0,"), setOf(2), nil, 0, "p.jsonl:2: row 2, counted from 0, of the 2 rows of d.jsonl"},
		{"a row of the file out of range", file("4,0,", "0,0,"), setOf(4), []int{1, 2}, 0, "p.jsonl:1: row 4, counted from 0, of the 4 rows of d.jsonl"},
		{"some rows without number", file("0,0,", "-1,0,"), setOf(2), nil, 0, "p.jsonl:2: some predictions have a row number, others have none"},
		{"some rows with number", file("-1,0,", "1,0,"), setOf(2), nil, 0, "p.jsonl:2: some predictions have a row number, others have none"},
		{"another line", file("0,1,", "1,4,"), setOf(2), nil, 0, "p.jsonl:2: the prediction is for line 4, the row in its place is line 3 of d.jsonl"},
		{"an id twice", file("-1,0,a", "-1,0,a"), setOf(2, "a", "b"), nil, 0, "p.jsonl:2: a second prediction for line 1 of d.jsonl; the first is on line 1"},
		{"an unknown id", file("-1,0,a", "-1,0,x"), setOf(2, "a", "b"), nil, 0, `p.jsonl:2: no row of d.jsonl has the id "x"`},
		{"an id twice in the data", file("-1,0,a"), setOf(2, "a", "a"), nil, 0, `d.jsonl:3: the id "a" is that of line 1, too`},
		{"skipped rows", file("-1,0,", "-1,0,"), skipped, nil, 0, "since 1 bad rows of d.jsonl were skipped"},
		{"a row list of all in another order", file("-1,0,", "-1,0,"), setOf(2), []int{1, 0}, 0, "whether these predictions stand in the order of d.jsonl or in that of the row list cannot be told"},
	} {
		all := c.all
		if all == 0 {
			all = len(c.file.Predictions)
		}
		matched, err := c.file.Match(&Target{All: c.set, Numbers: c.numbers}, all)
		if err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v; want %q", c.name, matched, err, c.want)
		}
	}
}
