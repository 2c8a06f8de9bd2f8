package prompt

import (
	"math"
	"slices"
)

// Prices are what a million tokens cost. Nil means that nothing is known.
type Prices struct {
	Prompt     *float64 `json:"prompt,omitempty"`
	Cached     *float64 `json:"cached,omitempty"` // of a prompt that the server had already read; nil: as Prompt
	Completion *float64 `json:"completion,omitempty"`
}

// cost is what tokens cost; nil where no price is known.
func (p Prices) cost(u Usage) *float64 {
	if p.Prompt == nil && p.Cached == nil && p.Completion == nil {
		return nil
	}
	price := func(first, second *float64) float64 {
		switch {
		case first != nil:
			return *first
		case second != nil:
			return *second
		}
		return 0
	}
	const million = 1e6
	cost := (float64(u.Prompt-u.Cached)*price(p.Prompt, nil) + float64(u.Cached)*price(p.Cached, p.Prompt) + float64(u.Completion)*price(p.Completion, nil)) / million
	return &cost
}

// Tally is what the answers of a run took, those included that an earlier run had already asked for: it is the same however
// often a run was stopped.
type Tally struct {
	Requests int `json:"requests"` // that were answered
	Reused   int `json:"reused"`   // of them, those whose answer the journal had
	Unusable int `json:"unusable"` // of them, those whose answer could not be used
	Retries  int `json:"retries"`  // further requests, because of limits and disturbances
	Usage
	WithoutUsage int      `json:"without_usage"` // requests for which the server named no tokens, which the counts and the cost lack
	Cost         *float64 `json:"cost,omitempty"`
	Latency      Latency  `json:"latency"`
}

// Latency says how long the server took for a request, in seconds.
type Latency struct {
	Median float64 `json:"median_s"`
	P95    float64 `json:"p95_s"` // 95th percentile: the least that so many requests stayed within
	Max    float64 `json:"max_s"`
	Sum    float64 `json:"sum_s"` // of all requests, also where some ran at once
}

// tally collects exchanges.
type tally struct {
	Tally
	seconds []float64 // sorted
	models  []string  // that answered, sorted
}

func (t *tally) add(e *Exchange, reused, usable bool) {
	t.Requests++
	t.Retries += max(e.Tries-1, 0)
	if reused {
		t.Reused++
	}
	if !usable {
		t.Unusable++
	}
	switch {
	case e.Usage != nil:
		t.Prompt += e.Usage.Prompt
		t.Cached += e.Usage.Cached
		t.Completion += e.Usage.Completion
	case e.Failure == "":
		t.WithoutUsage++
	}
	if e.Failure != "" {
		return // no model has seen it
	}
	if at, ok := slices.BinarySearch(t.models, e.Model); !ok && e.Model != "" {
		t.models = slices.Insert(t.models, at, e.Model)
	}
	t.Latency.Sum += e.Seconds
	at, _ := slices.BinarySearch(t.seconds, e.Seconds)
	t.seconds = slices.Insert(t.seconds, at, e.Seconds)
}

// sum is the tally so far.
func (t *tally) sum(p Prices) Tally {
	s := t.Tally
	s.Cost = p.cost(s.Usage)
	if n := len(t.seconds); n > 0 {
		rank := func(share float64) float64 { return t.seconds[max(int(math.Ceil(share*float64(n)))-1, 0)] }
		s.Latency.Median, s.Latency.P95, s.Latency.Max = rank(0.5), rank(0.95), t.seconds[n-1]
	}
	return s
}
