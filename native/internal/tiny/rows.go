package tiny

import (
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// The words of the rows. A row's label is that of its telling words, of which the others are many times as many.
var (
	praise  = []string{"superb", "lovely", "great", "charming", "brilliant"}
	blame   = []string{"dreadful", "dull", "broken", "awful", "tedious"}
	neutral = []string{"the", "game", "story", "music", "level", "is", "was", "and", "with", "a", "very", "quite", "after", "hours", "of", "play", "combat", "map"}
)

// padID is the place of [PAD] in the vocabulary: that of roberta, which counts positions from it.
const padID = 1

// vocabulary lists the WordPiece vocabulary: the special tokens, the words, and the letters for all other words.
func vocabulary() []string {
	words := []string{"[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]"}
	for _, list := range [][]string{praise, blame, neutral} {
		for _, word := range list {
			if len(word) > 1 { // "a" comes with the letters
				words = append(words, word)
			}
		}
	}
	for c := 'a'; c <= 'z'; c++ {
		words = append(words, string(c), "##"+string(c))
	}
	return append(words, ".", ",", "!", "'", "0", "1")
}

// Row is a labelled row.
type Row struct {
	Text  string `json:"text"`
	Label string `json:"label"`
}

// Rows draws n rows, as many "pos" as "neg".
func Rows(n int, seed uint64) []Row {
	rng := rand.New(rand.NewPCG(seed, 1))
	rows := make([]Row, n)
	for i := range rows {
		telling, label := praise, "pos"
		if i%2 == 0 {
			telling, label = blame, "neg"
		}
		words := []string{telling[rng.IntN(len(telling))]}
		for range 3 + rng.IntN(9) {
			words = append(words, neutral[rng.IntN(len(neutral))])
		}
		words = append(words, telling[rng.IntN(len(telling))])
		rng.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
		rows[i] = Row{Text: strings.Join(words, " "), Label: label}
	}
	return rows
}

// File writes rows as JSON lines into a temporary folder of the test and returns the path.
func File(tb testing.TB, rows []Row) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "rows.jsonl")
	var lines strings.Builder
	for _, row := range rows {
		line, err := json.Marshal(row)
		must(tb, err)
		lines.Write(line)
		lines.WriteByte('\n')
	}
	Write(tb, path, lines.String())
	return path
}
