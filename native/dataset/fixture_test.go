package dataset

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/data"
)

// file writes a file into a fresh folder and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// rowsOf reads rows back: "text|label" of each.
func rowsOf(t *testing.T, path string) []string {
	t.Helper()
	r, err := data.Open(path, data.Options{AllowEmpty: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows := []string{}
	for {
		row, err := r.Next()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row.Text+"|"+labelText(row.Label))
	}
}

// jsonLines reads JSON lines.
func jsonLines[T any](t *testing.T, path string) []T {
	t.Helper()
	var list []T
	for line := range strings.Lines(read(t, path)) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		list = append(list, v)
	}
	return list
}

var vocabulary = strings.Fields("the game is great fun bad boring love hate best worst buy refund play story music graphics crash bug price sale friend hour")

// reviews returns JSON lines of rows with all that Build looks for: empty texts, duplicates, near ones, versions, no labels.
func reviews(n int, seed uint64) string {
	rng := rand.New(rand.NewPCG(seed, 2))
	texts := []string{"", "  \n", "Great game", "great  GAME", "worst game ever made, refund it"}
	var out strings.Builder
	for i := range n {
		text := ""
		switch rng.IntN(5) {
		case 0:
			text = texts[rng.IntN(len(texts))]
		case 1:
			words := strings.Fields(texts[rng.IntN(len(texts))])
			if len(words) > 2 {
				words[rng.IntN(len(words))] = vocabulary[rng.IntN(len(vocabulary))]
			}
			text = strings.Join(words, " ")
		default:
			for range 1 + rng.IntN(30) {
				text += " " + vocabulary[rng.IntN(len(vocabulary))]
			}
		}
		if len(texts) < 40 {
			texts = append(texts, text)
		}
		label := fmt.Sprintf(`,"voted_up":%v`, rng.IntN(3) > 0)
		if rng.IntN(20) == 0 {
			label = ""
		}
		quoted, _ := json.Marshal(text)
		fmt.Fprintf(&out, `{"recommendationid":"%d","appid":%d,"timestamp_updated":%d,"review":%s%s,"author":{"steamid":"%d"}}`+"\n",
			rng.IntN(9*n/10), 10*(i%7), rng.IntN(1000), quoted, label, i)
	}
	return out.String()
}

// count returns the number of rows under a name.
func count(list []Count, name string) int {
	for _, c := range list {
		if c.Name == name {
			return c.Rows
		}
	}
	return 0
}
