package prompt

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/fakellm"
)

func TestNoMoreRequestsRunAtOnceThanAreAllowed(t *testing.T) {
	for _, parallel := range []int{1, 3, 8} {
		s := serve(t, func(*fakellm.Request) fakellm.Behaviour { return fakellm.Slow(20*time.Millisecond, fakellm.Answer) })
		c := asking(t, s, 120)
		c.ChunkSize, c.Parallel = 5, parallel
		mustRun(t, c)
		if most := s.MostAtOnce(); most != parallel {
			t.Errorf("%d requests ran at once, want %d", most, parallel)
		}
	}
}

func TestTheResultDoesNotDependOnHowManyRunAtOnce(t *testing.T) {
	var first []byte
	for _, parallel := range []int{1, 7} {
		s := serve(t, moody)
		c := asking(t, s, 120)
		c.ChunkSize, c.Parallel = 6, parallel
		mustRun(t, c)
		got := readFile(t, c.Out, PredictionsFile)
		if first == nil {
			first = got
		}
		if string(got) != string(first) {
			t.Errorf("%d at once: the predictions differ", parallel)
		}
	}
}

func TestAWaitThatTheServerAsksForHoldsAllRequestsBack(t *testing.T) {
	var mu sync.Mutex
	var refused time.Time
	early := 0
	s := serve(t, func(r *fakellm.Request) fakellm.Behaviour {
		mu.Lock()
		defer mu.Unlock()
		if r.Number == 4 {
			refused = time.Now()
			return busy(429, "1")
		}
		// Those that were on their way may still come in.
		if since := time.Since(refused); !refused.IsZero() && since > 200*time.Millisecond && since < 900*time.Millisecond {
			early++
		}
		return fakellm.Slow(80*time.Millisecond, fakellm.Answer)
	})
	c := asking(t, s, 200)
	c.ChunkSize, c.Parallel = 5, 4
	r := mustRun(t, c)
	if early > 0 || r.Tally.Retries != 1 || len(s.Requests()) != 41 {
		t.Errorf("%d requests came during the pause, %d retries, %d requests", early, r.Tally.Retries, len(s.Requests()))
	}
}

func TestTheFormatIsNegotiatedOnceForAllRequests(t *testing.T) {
	var log logged
	s := serve(t, fakellm.Without("json_schema", "json_object"))
	c := asking(t, s, 90)
	c.Logger = log.logger()
	r := mustRun(t, c)
	formats := map[string]int{}
	for _, sent := range s.Requests() {
		formats[sent.Format.Type]++
	}
	// Two chunks may be on their way with a format before the first refusal is known.
	if formats[""] != 6 || formats["json_schema"] > 2 || formats["json_object"] > 2 || r.Format != PlainText {
		t.Errorf("formats sent: %v, in the end %s", formats, r.Format)
	}
	if got := log.String(); strings.Count(got, "the server refuses the format of answers") != 2 {
		t.Errorf("the log is %s", got)
	}
	c.Format, c.Task = JSONSchema, "Anew."
	if _, err := Run(t.Context(), c); err == nil {
		t.Error("a format that was demanded is given up")
	}
}

func TestAReplyWithoutEndIsNotReadToTheEnd(t *testing.T) {
	const endless = 256 << 20
	s := serve(t, once(fakellm.Huge(endless)))
	r := mustRun(t, asking(t, s, 15))
	if sent := s.Padding(); r.Tally.Retries != 1 || sent > endless/4 {
		t.Errorf("%d retries, %d bytes were read of a reply that may have %d", r.Tally.Retries, sent, maxReply)
	}
}

func TestTheTallyAddsUp(t *testing.T) {
	price := func(v float64) *float64 { return &v }
	var y tally
	for i := range 40 {
		y.add(&Exchange{Model: []string{"b", "a"}[i%2], Tries: 1 + i%2, Seconds: float64(40 - i), Usage: &Usage{Prompt: 1000, Cached: 400, Completion: 10}}, i < 10, i != 3)
	}
	y.add(&Exchange{Tries: 1, Seconds: 100}, false, true)
	y.add(&Exchange{Tries: 1, Failure: failureTooLong}, false, false)
	got := y.sum(Prices{Prompt: price(2), Cached: price(0.5), Completion: price(10)})
	want := Tally{
		Requests: 42, Reused: 10, Unusable: 2, Retries: 20, Usage: Usage{40_000, 16_000, 400}, WithoutUsage: 1,
		Latency: Latency{Median: 21, P95: 39, Max: 100, Sum: 920},
	}
	cost := got.Cost
	got.Cost = nil
	if got != want || cost == nil || *cost < 0.0599999 || *cost > 0.0600001 {
		t.Errorf("got %+v, cost %v; want %+v, 0.06", got, *cost, want)
	}
	if y.sum(Prices{}).Cost != nil {
		t.Error("a cost without prices")
	}
	if c := y.sum(Prices{Prompt: price(2)}).Cost; *c < 0.0799999 || *c > 0.0800001 {
		t.Errorf("a cost of %v without a price of its own for what is cached, want 0.08", *c)
	}
	if len(y.models) != 2 || y.models[0] != "a" {
		t.Errorf("models %v", y.models)
	}
}
