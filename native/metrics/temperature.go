package metrics

import "math"

// The range of inverse temperatures that FitTemperature looks at.
const (
	minBeta = 0.01
	maxBeta = 100
)

// Temperature is the result of temperature scaling (Guo et al. 2017): dividing logits by Temperature makes their softmax as
// honest as one number can.
type Temperature struct {
	Temperature Float `json:"temperature"`
	Beta        Float `json:"beta"`     // its inverse, from 0.01 to 100
	AtBound     bool  `json:"at_bound"` // no minimum between the bounds: the nearer bound was taken
	NLLBefore   Float `json:"nll_before"`
	NLLAfter    Float `json:"nll_after"`
	ECEAfter    Float `json:"ece_after"`
}

// FitTemperature finds the inverse temperature beta in [0.01, 100] that minimises the mean negative log-likelihood of
// softmax(beta * logits), as the root of its derivative, which rises with beta. Fit it on rows that were not trained on.
// Errors are those of Evaluate.
func FitTemperature[F Real](logits [][]F, truth []int, classes int) (*Temperature, error) {
	if len(truth) == 0 {
		return nil, ErrNoRows
	}
	if _, err := NewConfusion(truth, truth, classes); err != nil {
		return nil, err
	}
	p, err := Softmax(logits, classes) // checks shapes and values
	if err != nil {
		return nil, err
	}
	if p.Rows() != len(truth) {
		return nil, errLengths(p.Rows(), len(truth))
	}
	f := &scaling[F]{logits, truth}
	t := &Temperature{NLLBefore: Float(f.nll(1))}
	low, high := float64(minBeta), float64(maxBeta)
	beta := 0.0
	switch {
	case f.slope(low) >= 0:
		beta, t.AtBound = low, true
	case f.slope(high) <= 0:
		beta, t.AtBound = high, true
	default:
		for { // halving until no float64 lies between
			beta = low + (high-low)/2
			if beta <= low || beta >= high {
				break
			}
			if f.slope(beta) < 0 {
				low = beta
			} else {
				high = beta
			}
		}
	}
	t.Beta, t.Temperature, t.NLLAfter = Float(beta), Float(1/beta), Float(f.nll(beta))
	t.ECEAfter = f.ece(beta)
	return t, nil
}

// scaling evaluates softmax(beta * logits).
type scaling[F Real] struct {
	logits [][]F
	truth  []int
}

// exps fills e with exp(beta * (logit - largest)) and returns their sum and the largest logit.
func (s *scaling[F]) exps(row int, beta float64, e []float64) (total, top float64) {
	l := s.logits[row]
	top = float64(l[Argmax(l)])
	for k, v := range l {
		e[k] = math.Exp(beta * (float64(v) - top))
		total += e[k]
	}
	return total, top
}

// slope is the derivative of the mean NLL: the mean over rows of the expected logit less the true class's.
func (s *scaling[F]) slope(beta float64) float64 {
	terms, e := make([]float64, len(s.truth)), make([]float64, len(s.logits[0]))
	for row, t := range s.truth {
		total, _ := s.exps(row, beta, e)
		own := float64(s.logits[row][t])
		for k, v := range s.logits[row] {
			terms[row] += e[k] / total * (float64(v) - own)
		}
	}
	return mean(terms)
}

func (s *scaling[F]) nll(beta float64) float64 {
	terms, e := make([]float64, len(s.truth)), make([]float64, len(s.logits[0]))
	for row, t := range s.truth {
		total, top := s.exps(row, beta, e)
		terms[row] = math.Log(total) - beta*(float64(s.logits[row][t])-top)
	}
	return mean(terms)
}

func (s *scaling[F]) ece(beta float64) Float {
	confidence, right := make([]float64, len(s.truth)), make([]bool, len(s.truth))
	e := make([]float64, len(s.logits[0]))
	for row, t := range s.truth {
		total, _ := s.exps(row, beta, e)
		best := Argmax(e)
		confidence[row], right[row] = e[best]/total, best == t
	}
	return Calibrate(confidence, right).ECE
}
