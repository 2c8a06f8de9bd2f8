package bigram

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// minTexts is in how many texts a word or a pair has to stand to be a feature.
const minTexts = 2

// entry is a value of a sparse vector.
type entry struct {
	feature int32
	value   float64
}

// vectorizer turns texts into vectors: of each feature's count c the value (1 + ln c) idf, the whole brought to length 1.
type vectorizer struct {
	features map[string]int32
	idf      []float64 // ln((1 + texts) / (1 + texts with the feature)) + 1
}

// newVectorizer learns the features of texts, in the order of their bytes.
func newVectorizer(texts []string) *vectorizer {
	in := map[string]int{}
	for _, text := range texts {
		for feature := range count(text) {
			in[feature]++
		}
	}
	maps.DeleteFunc(in, func(_ string, n int) bool { return n < minTexts })
	names := slices.Sorted(maps.Keys(in))
	v := &vectorizer{features: make(map[string]int32, len(names)), idf: make([]float64, len(names))}
	for i, name := range names {
		v.features[name] = int32(i)
		v.idf[i] = math.Log(float64(1+len(texts))/float64(1+in[name])) + 1
	}
	return v
}

// vector is a text's, its entries in the order of the features. A text without any feature has none.
func (v *vectorizer) vector(text string) []entry {
	var entries []entry
	for name, n := range count(text) {
		if i, ok := v.features[name]; ok {
			entries = append(entries, entry{i, (1 + math.Log(float64(n))) * v.idf[i]})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.feature, b.feature) })
	squares := 0.0
	for _, e := range entries {
		squares += e.value * e.value
	}
	for i := range entries {
		entries[i].value /= math.Sqrt(squares)
	}
	return entries
}

// vectors are those of texts.
func (v *vectorizer) vectors(texts []string) [][]entry {
	all := make([][]entry, len(texts))
	for i, text := range texts {
		all[i] = v.vector(text)
	}
	return all
}
