package data

import (
	"math"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// BalancedWeights is scikit-learn's class_weight="balanced": n / (classes * count) for each class, so that every class
// weighs the same in the loss. counts are rows per class; a class without rows has no such weight and is an error.
func BalancedWeights(counts []int, l *Labels) ([]float64, error) {
	n := 0
	for id, c := range counts {
		if c == 0 {
			return nil, badinput.Errorf("class weights: no row has the label %q", l.Name(id))
		}
		n += c
	}
	weights := make([]float64, len(counts))
	for id, c := range counts {
		weights[id] = float64(n) / float64(len(counts)*c)
	}
	return weights, nil
}

// ParseClassWeights reads "balanced"; a list with a weight for each class in the order of their ids, such as "1,2.5";
// or one by names, such as "neg=1,pos=2.5". Weights are finite and not negative, and one at least is above 0.
// Empty text or "none" gives nil: no weights.
func ParseClassWeights(spec string, counts []int, l *Labels) ([]float64, error) {
	switch spec = strings.TrimSpace(spec); spec {
	case "", "none":
		return nil, nil
	case "balanced":
		return BalancedWeights(counts, l)
	}
	parts := strings.Split(spec, ",")
	if len(parts) != l.Len() {
		return nil, badinput.Errorf("class weights: %d weights for %d classes (%s)", len(parts), l.Len(), l)
	}
	weights := make([]float64, l.Len())
	given := make([]bool, l.Len())
	sum := 0.0
	for i, part := range parts {
		id, number := i, part
		if at := strings.LastIndexByte(part, '='); at >= 0 {
			var err error
			if id, err = l.ID(NameValue(strings.TrimSpace(part[:at]))); err != nil {
				return nil, badinput.Errorf("class weights: %w", err)
			}
			number = part[at+1:]
		}
		w, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || w < 0 || math.IsInf(w, 0) || math.IsNaN(w) {
			return nil, badinput.Errorf("class weights: %q: want a number from 0", strings.TrimSpace(number))
		}
		if given[id] {
			return nil, badinput.Errorf("class weights: two weights for %q", l.Name(id))
		}
		weights[id], given[id] = w, true
		sum += w
	}
	if sum == 0 {
		return nil, badinput.Errorf("class weights: all are 0")
	}
	return weights, nil
}
