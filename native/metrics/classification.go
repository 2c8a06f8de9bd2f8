package metrics

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Scores are precision, recall and F1, each from 0 to 1.
type Scores struct {
	Precision Float `json:"precision"`
	Recall    Float `json:"recall"`
	F1        Float `json:"f1"`
}

// ClassScores are one class's scores.
type ClassScores struct {
	Label string `json:"label"`
	Scores
	Support   int `json:"support"`   // rows of this class
	Predicted int `json:"predicted"` // rows predicted to be of it
}

// Classification is what scikit-learn's classification_report says.
type Classification struct {
	Classes  []ClassScores `json:"classes"`
	Micro    Scores        `json:"micro_avg"`
	Macro    Scores        `json:"macro_avg"`
	Weighted Scores        `json:"weighted_avg"`
	// MicroIsAccuracy says that the classes cover every row, so that all micro averages are the accuracy, under which name
	// Text then shows them.
	MicroIsAccuracy bool `json:"micro_is_accuracy"`
	// NoneRight says that not one row is predicted right, listed class or not. scikit-learn then counts in floats and
	// prints a support of 9 as 9.0, and so does Text.
	NoneRight bool `json:"none_right,omitempty"`
}

// ClassifyOptions says which classes are reported and how. The zero value reports every class that occurs, by number.
type ClassifyOptions struct {
	Labels []int    // classes in the order of the report; nil: those of truth and predictions, sorted
	Names  []string // one for each of them; nil: their numbers
	// ZeroDivision is the value of a score whose denominator is 0, scikit-learn's zero_division: 0, 1, or NaN, which is
	// left out of averages.
	ZeroDivision float64
}

// Classify compares predicted classes with true ones.
func Classify(truth, predicted []int, o ClassifyOptions) (*Classification, error) {
	if len(truth) != len(predicted) {
		return nil, fmt.Errorf("metrics: %d true classes, %d predictions", len(truth), len(predicted))
	}
	if len(truth) == 0 {
		return nil, ErrNoRows
	}
	occurring := map[int]bool{}
	for i := range truth {
		occurring[truth[i]], occurring[predicted[i]] = true, true
	}
	labels := o.Labels
	if labels == nil {
		labels = slices.Sorted(maps.Keys(occurring))
	}
	if o.Names != nil && len(o.Names) != len(labels) {
		return nil, fmt.Errorf("metrics: %d names for %d classes", len(o.Names), len(labels))
	}
	at := make(map[int]int, len(labels))
	for i, label := range labels {
		if _, twice := at[label]; twice {
			return nil, fmt.Errorf("metrics: class %d is listed twice", label)
		}
		at[label] = i
	}
	counts := make([]counts, len(labels))
	noneRight := true
	for i := range truth {
		noneRight = noneRight && truth[i] != predicted[i]
		t, inT := at[truth[i]]
		p, inP := at[predicted[i]]
		if inT {
			counts[t].truth++
		}
		if inP {
			counts[p].predicted++
		}
		if inT && inP && t == p {
			counts[t].right++
		}
	}
	c := summarize(counts, o.ZeroDivision)
	c.MicroIsAccuracy, c.NoneRight = true, noneRight
	for label := range occurring {
		if _, listed := at[label]; !listed {
			c.MicroIsAccuracy = false
		}
	}
	for i, label := range labels {
		c.Classes[i].Label = strconv.Itoa(label)
		if o.Names != nil {
			c.Classes[i].Label = o.Names[i]
		}
	}
	return c, nil
}

// counts are the rows of a class: by truth, by prediction, by both.
type counts struct{ truth, predicted, right int }

func (c counts) scores(zeroDivision float64) Scores {
	ratio := func(a, b int) Float {
		if b == 0 {
			return Float(zeroDivision)
		}
		return Float(float64(a) / float64(b))
	}
	return Scores{ratio(c.right, c.predicted), ratio(c.right, c.truth), ratio(2*c.right, c.truth+c.predicted)}
}

func summarize(classes []counts, zeroDivision float64) *Classification {
	c := &Classification{Classes: make([]ClassScores, len(classes))}
	var all counts
	var precision, recall, f1, support []float64
	for i, n := range classes {
		s := n.scores(zeroDivision)
		c.Classes[i] = ClassScores{Scores: s, Support: n.truth, Predicted: n.predicted}
		precision, recall, f1 = append(precision, float64(s.Precision)), append(recall, float64(s.Recall)), append(f1, float64(s.F1))
		support = append(support, float64(n.truth))
		all = counts{all.truth + n.truth, all.predicted + n.predicted, all.right + n.right}
	}
	c.Micro = all.scores(zeroDivision)
	c.Macro = Scores{Float(average(precision, nil)), Float(average(recall, nil)), Float(average(f1, nil))}
	c.Weighted = Scores{Float(average(precision, support)), Float(average(recall, support)), Float(average(f1, support))}
	return c
}

// isNaN spares conversions.
func isNaN(f Float) bool { return math.IsNaN(float64(f)) }
