package bigram

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/optimize"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Texts are texts as vectors, ready to be learnt from with any C.
type Texts struct {
	vectorizer *vectorizer
	rows       [][]entry
	positive   []bool
}

// Model is a trained classifier.
type Model struct {
	vectorizer *vectorizer
	weights    []float64 // one a feature
	intercept  float64
}

// NewTexts learns the features of texts. positive says of each which class it has; both must occur.
func NewTexts(texts []string, positive []bool) (*Texts, error) {
	if len(texts) != len(positive) {
		return nil, fmt.Errorf("bigram: %d texts, %d classes", len(texts), len(positive))
	}
	n := 0
	for _, p := range positive {
		if p {
			n++
		}
	}
	if n == 0 || n == len(positive) {
		return nil, badinput.Errorf("all %d texts have the same label", len(texts))
	}
	v := newVectorizer(texts)
	if len(v.idf) == 0 {
		return nil, badinput.Errorf("no word stands in %d of the %d texts", minTexts, len(texts))
	}
	return &Texts{v, v.vectors(texts), positive}, nil
}

// Features is how many words and pairs of words are features.
func (t *Texts) Features() int { return len(t.vectorizer.idf) }

// Train finds the weights w and the intercept b with the least |w|²/2 + C Σ ln(1 + exp(-y (w·x + b))), y being 1 or -1: a
// larger C follows the texts more closely. The same texts give the same bits.
func (t *Texts) Train(c float64) (*Model, error) {
	if !(c > 0) || math.IsInf(c, 0) {
		return nil, fmt.Errorf("bigram: C of %v: want a number above 0", c)
	}
	o := objective{t, 1 / (c * float64(len(t.rows)))}
	settings := optimize.Settings{GradientThreshold: gradientThreshold, MajorIterations: maxIterations, Converger: optimize.NeverTerminate{}}
	method := &optimize.LBFGS{Linesearcher: &optimize.MoreThuente{}}
	start := make([]float64, t.Features()+1)
	result, err := optimize.Minimize(optimize.Problem{Func: o.value, Grad: o.gradient}, start, &settings, method)
	if err == nil && result.Status != optimize.GradientThreshold {
		err = errors.New(result.Status.String())
	}
	if err != nil {
		return nil, fmt.Errorf("bigram: C of %v: %w", c, err)
	}
	return &Model{t.vectorizer, result.X[:t.Features()], result.X[t.Features()]}, nil
}

const (
	// gradientThreshold ends the search: no part of the gradient of objective is larger. scikit-learn's is 1e-4.
	gradientThreshold = 1e-7
	maxIterations     = 2000
)

// objective is the mean loss of a text, and the squared weights divided so that the least lies where that of Train does.
type objective struct {
	*Texts
	decay float64
}

// value is the objective at x, whose last element is the intercept.
func (o *objective) value(x []float64) float64 {
	weights, intercept := x[:len(x)-1], x[len(x)-1]
	loss := 0.0
	for i, row := range o.rows {
		loss += softplus(-o.sign(i) * score(row, weights, intercept))
	}
	squares := 0.0
	for _, w := range weights {
		squares += w * w
	}
	return loss/float64(len(o.rows)) + o.decay*squares/2
}

// gradient fills g with the objective's gradient at x.
func (o *objective) gradient(g, x []float64) {
	last := len(x) - 1
	for i, w := range x[:last] {
		g[i] = o.decay * w
	}
	g[last] = 0
	n := float64(len(o.rows))
	for i, row := range o.rows {
		y := o.sign(i)
		slope := -y / (1 + math.Exp(y*score(row, x[:last], x[last]))) / n
		for _, e := range row {
			g[e.feature] += slope * e.value
		}
		g[last] += slope
	}
}

func (o *objective) sign(row int) float64 {
	if o.positive[row] {
		return 1
	}
	return -1
}

// softplus is ln(1 + exp(x)) without overflow.
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func score(row []entry, weights []float64, intercept float64) float64 {
	s := intercept
	for _, e := range row {
		s += weights[e.feature] * e.value
	}
	return s
}

// Score is the logit of the positive class against the negative one.
func (m *Model) Score(text string) float64 {
	return score(m.vectorizer.vector(text), m.weights, m.intercept)
}
