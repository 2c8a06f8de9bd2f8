package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// labelled makes a set of texts; those that begin with "good" are of class 1.
func labelled(t *testing.T, texts ...string) *Set {
	t.Helper()
	labels, err := NewLabels("negative", "positive")
	if err != nil {
		t.Fatal(err)
	}
	s := &Set{File: "reviews.jsonl", Labels: labels}
	for i, text := range texts {
		class := 0
		if strings.HasPrefix(strings.ToLower(text), "good") {
			class = 1
		}
		s.Rows, s.Classes = append(s.Rows, Row{Line: i + 1, Text: text}), append(s.Classes, class)
	}
	return s
}

func TestASampleHasAsManyRowsOfEachClassAndDependsOnTheSeedAlone(t *testing.T) {
	var texts []string
	for i := range 40 {
		texts = append(texts, fmt.Sprintf("%s number %d", []string{"good", "bad", "awful"}[i%3], i))
	}
	s := labelled(t, texts...)
	different := 0
	for seed := range uint64(20) {
		rows, err := s.Sample(4, seed)
		if err != nil {
			t.Fatal(err)
		}
		if counts := s.Select(rows).Counts(); !slices.Equal(counts, []int{4, 4}) {
			t.Errorf("seed %d: %v rows of each class", seed, counts)
		}
		if sorted := slices.Compact(slices.Sorted(slices.Values(rows))); len(sorted) != 8 {
			t.Errorf("seed %d: rows %v occur twice", seed, rows)
		}
		again, err := s.Sample(4, seed)
		if err != nil || !slices.Equal(rows, again) {
			t.Errorf("seed %d: got %v, then %v, %v", seed, rows, again, err)
		}
		if other, _ := s.Sample(4, seed+1); !slices.Equal(rows, other) {
			different++
		}
	}
	if different < 19 {
		t.Errorf("only %d of 20 seeds draw other rows than the next", different)
	}
}

func TestASampleHasNoTextTwiceAndNoEmptyOne(t *testing.T) {
	s := labelled(t, "good", "GOOD ", "good  ", "bad", "Bad", " ", "worse", "good game")
	for seed := range uint64(20) {
		rows, err := s.Sample(2, seed)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, row := range rows {
			seen[normalize(&s.Rows[row])] = true
		}
		if len(seen) != 4 || seen[""] {
			t.Errorf("seed %d: drew %v", seed, seen)
		}
	}
}

func TestAClassWithTooFewTextsCannotBeSampled(t *testing.T) {
	s := labelled(t, "good", "GOOD", "bad", "worse")
	_, err := s.Sample(2, 1)
	want := `reviews.jsonl: 1 different texts have the label "positive", fewer than the 2 to be drawn`
	if err == nil || !badinput.Is(err) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if rows, err := s.Sample(0, 1); err != nil || len(rows) != 0 {
		t.Errorf("none wanted: got %v, %v", rows, err)
	}
	s.Classes = nil
	if _, err := s.Sample(2, 1); !badinput.Is(err) {
		t.Errorf("without labels: got %v", err)
	}
}
