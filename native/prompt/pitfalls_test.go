package prompt

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/fakellm"
)

// once misbehaves on the first request and never again.
func once(b fakellm.Behaviour) func(r *fakellm.Request) fakellm.Behaviour { return times(1, b) }

func times(n int, b fakellm.Behaviour) func(r *fakellm.Request) fakellm.Behaviour {
	return func(r *fakellm.Request) fakellm.Behaviour {
		if r.Number <= n {
			return b
		}
		return nil
	}
}

// about misbehaves whenever one of the texts has this in it.
func about(part string, b fakellm.Behaviour) func(r *fakellm.Request) fakellm.Behaviour {
	return func(r *fakellm.Request) fakellm.Behaviour {
		if slices.ContainsFunc(r.Texts, func(text string) bool { return strings.Contains(text, part) }) {
			return b
		}
		return nil
	}
}

func say(from, to string) fakellm.Behaviour {
	return fakellm.Say(func(proper string) string { return strings.Replace(proper, from, to, 1) })
}

func prefix(before, behind string) fakellm.Behaviour {
	return fakellm.Say(func(proper string) string { return before + proper + behind })
}

func busy(status int, after string) fakellm.Behaviour { return fakellm.Busy(status, after) }

// TestEveryPitfallEndsWithAnAnswerForEachText asks about 30 reviews, in two chunks, one after the other.
func TestEveryPitfallEndsWithAnAnswerForEachText(t *testing.T) {
	const twoChunks = 2
	for name, c := range map[string]struct {
		behave             func(r *fakellm.Request) fakellm.Behaviour
		requests, unusable int // that came in, and answers that had no use
	}{
		"nothing is wrong":                     {nil, twoChunks, 0},
		"prose around the object, once":        {once(prefix("Here are the labels:\n", "\nAnything else?")), twoChunks + 1, 1},
		"a fence":                              {times(99, prefix("```json\n", "\n```")), twoChunks, 0},
		"thoughts before":                      {times(99, prefix("<think>Number 1 sounds bad.</think>\n", "")), twoChunks, 0},
		"a label too few":                      {once(say(`"7": "negative", `, "")), twoChunks + 1, 1},
		"a label too many":                     {once(say("}", `, "16": "positive"}`)), twoChunks + 1, 1},
		"a number twice":                       {once(say(`"7"`, `"6"`)), twoChunks + 1, 1},
		"an unknown label":                     {once(say(`negative"`, `neutral"`)), twoChunks + 1, 1},
		"an answer cut off":                    {once(fakellm.CutOff), twoChunks + 2, 1}, // asked again in halves at once
		"a refusal":                            {once(fakellm.Refuse), twoChunks + 2, 1},
		"a filter of answers":                  {once(fakellm.Filter), twoChunks + 2, 1},
		"an empty answer":                      {once(fakellm.Say(func(string) string { return "" })), twoChunks + 1, 1},
		"unusable twice":                       {times(2, prefix("Sure! ", "")), twoChunks + 3, 2}, // two attempts, then halves
		"busy with a time in seconds":          {once(busy(429, "1")), twoChunks + 1, 0},
		"busy without a time":                  {times(3, busy(429, "")), twoChunks + 3, 0},
		"busy with a nonsense time":            {once(busy(429, "soon")), twoChunks + 1, 0},
		"overloaded":                           {once(busy(503, "0")), twoChunks + 1, 0},
		"overloaded, with a status of its own": {once(busy(529, "")), twoChunks + 1, 0},
		"an internal error":                    {times(3, fakellm.Body(500, "text/plain", "oops")), twoChunks + 3, 0},
		"a bad gateway with a page":            {once(fakellm.Body(502, "text/html", "<html>Bad Gateway</html>")), twoChunks + 1, 0},
		"a page with 200":                      {once(fakellm.Page), twoChunks + 1, 0},
		"nothing with 200":                     {once(fakellm.Body(200, "application/json", "")), twoChunks + 1, 0},
		"no choices":                           {once(fakellm.Body(200, "application/json", `{"object": "chat.completion", "choices": []}`)), twoChunks + 1, 0},
		"an error with 200":                    {once(fakellm.Body(200, "application/json", `{"error": {"code": 502, "message": "Provider returned error"}}`)), twoChunks + 1, 0},
		"a connection that breaks off":         {once(fakellm.Drop), twoChunks + 1, 0},
		"a connection that is closed":          {times(3, fakellm.Hang), 5, 0},
		"a reply without end":                  {once(fakellm.Huge(64 << 20)), twoChunks + 1, 0},
		"a slow reply":                         {once(fakellm.Slow(time.Minute, fakellm.Answer)), twoChunks + 1, 0},
		"a stream that nobody wanted":          {times(99, fakellm.Stream("", false)), twoChunks, 0},
		"a stream that breaks off":             {once(fakellm.Stream("", true)), twoChunks + 1, 0},
		"a stream that fails":                  {once(fakellm.Stream("overloaded", false)), twoChunks + 1, 0},
		"no tokens named":                      {times(99, fakellm.NoUsage), twoChunks, 0},
		"no schemas":                           {fakellm.Without("json_schema"), twoChunks + 1, 0},
		"no response_format at all":            {fakellm.Without("json_schema", "json_object"), twoChunks + 2, 0},
		"schemas that break the server":        {withoutGrammar, twoChunks + 1, 0},
		"a format refused, without name":       {unnamed400, twoChunks + 2, 0},
		"a context that is too short": {func(r *fakellm.Request) fakellm.Behaviour {
			if len(r.Texts) > 8 {
				return fakellm.Fail(400, "context_length_exceeded", "messages", "This model's maximum context length is 512 tokens.")
			}
			return nil
		}, twoChunks * 3, twoChunks},
		"a limit of tokens a minute": {func(r *fakellm.Request) fakellm.Behaviour {
			if len(r.Texts) > 8 {
				return fakellm.Fail(429, "rate_limit_exceeded", "", "Request too large for tiny-chat on tokens per min (TPM): Limit 500, Requested 612.")
			}
			return nil
		}, twoChunks * 3, twoChunks},
		"a body that is too large": {func(r *fakellm.Request) fakellm.Behaviour {
			if len(r.Texts) > 8 {
				return fakellm.Body(413, "text/html", "<html>Request Entity Too Large</html>")
			}
			return nil
		}, twoChunks * 3, twoChunks},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.behave)
			settings := asking(t, s, 30)
			settings.Parallel = 1
			if strings.Contains(name, "slow") {
				settings.Timeout = 200 * time.Millisecond
			}
			r := mustRun(t, settings)
			checkAccuracy(t, r, rightOf(30))
			if got := len(s.Requests()); got != c.requests || r.Tally.Unusable != c.unusable || len(r.Unanswered) != 0 {
				t.Errorf("%d requests, %d unusable answers, %d rows without one; want %d, %d, 0", got, r.Tally.Unusable, len(r.Unanswered), c.requests, c.unusable)
			}
			if c.unusable == 0 && r.Tally.Requests+r.Tally.Retries > c.requests || r.Tally.Requests < twoChunks {
				t.Errorf("the tally counts %d requests and %d retries of %d", r.Tally.Requests, r.Tally.Retries, c.requests)
			}
		})
	}
}

// withoutGrammar is a server that fails on schemas with 500, as llama.cpp does on some.
func withoutGrammar(r *fakellm.Request) fakellm.Behaviour {
	if r.Format.Type == "json_schema" {
		return fakellm.Fail(500, "server_error", "", "failed to parse grammar")
	}
	return nil
}

// unnamed400 is a server that refuses unknown fields without saying which.
func unnamed400(r *fakellm.Request) fakellm.Behaviour {
	if r.Format.Type != "" {
		return fakellm.Body(http.StatusUnprocessableEntity, "application/json", `{"detail": [{"type": "extra_forbidden", "loc": ["body"], "msg": "Extra inputs are not permitted"}]}`)
	}
	return nil
}

func TestATextThatNeverGetsAnAnswerIsWrongAndListed(t *testing.T) {
	for name, c := range map[string]struct {
		behave func(r *fakellm.Request) fakellm.Behaviour
		reason string
	}{
		"the model refuses":    {about("review 11", fakellm.Refuse), "the model refuses: I'm sorry, I can't assist with that."},
		"a filter of answers":  {about("review 11", fakellm.Filter), "the server's filter stopped the answer"},
		"a filter of requests": {about("review 11", fakellm.Fail(400, "content_filter", "prompt", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.")), "content management policy"},
		"always prose":         {about("review 11", prefix("I think: ", "")), "the answer is not in the required form: it does not begin with the JSON object"},
		"always another label": {about("review 11", fakellm.Say(func(p string) string { return strings.ReplaceAll(p, "positive", "Mixed") })), `is none of the labels`},
		"always cut off":       {about("review 11", fakellm.CutOff), "the answer was cut off at the limit of tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.behave)
			settings := asking(t, s, 30)
			r := mustRun(t, settings)
			if len(r.Unanswered) != 1 || r.Unanswered[0].Row != 11 || r.Unanswered[0].Line != 12 || r.Unanswered[0].Label != "positive" || !strings.Contains(r.Unanswered[0].Reason, c.reason) {
				t.Errorf("without an answer: %+v; want row 11 with %q", r.Unanswered, c.reason)
			}
			checkAccuracy(t, r, rightOf(30)-1)
			if !slices.Equal(r.Report.Outside, []int{0, 1}) || r.Report.MicroIsAccuracy {
				t.Errorf("the report has %v outside the labels", r.Report.Outside)
			}
			// Again: nothing is asked, and everything is as before.
			before := len(s.Requests())
			again := mustRun(t, settings)
			if n := len(s.Requests()) - before; n != 0 || len(again.Unanswered) != 1 {
				t.Errorf("the finished run, made again, sends %d requests", n)
			}
			settings.RetryUnanswered = true
			s.Behave = nil
			if healed := mustRun(t, settings); len(healed.Unanswered) != 0 || len(s.Requests())-before != 1 {
				t.Errorf("asked again about what had no answer: %d requests, %+v", len(s.Requests())-before, healed.Unanswered)
			}
			settings.RetryUnanswered = false
			if kept := mustRun(t, settings); len(kept.Unanswered) != 0 || len(s.Requests())-before != 1 {
				t.Error("the later answer is not kept")
			}
		})
	}
}

func TestAModelThatNeverAnswersIsFoundOutSoon(t *testing.T) {
	s := serve(t, func(*fakellm.Request) fakellm.Behaviour { return prefix("Of course! ", "") })
	c := asking(t, s, 600)
	c.Parallel = 1
	_, err := Run(t.Context(), c)
	if !errors.Is(err, errUnanswerable) || !strings.Contains(err.Error(), "of 30; the first: the answer is not in the required form") {
		t.Errorf("got %v", err)
	}
	if n := len(s.Requests()); n > 2*58 { // of a chunk of 15: at most 29 questions, twice each
		t.Errorf("%d requests", n)
	}
}

func TestErrorsThatWillNotPassEndTheRunAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		behave   func(r *fakellm.Request) fakellm.Behaviour
		want     string
		requests int
	}{
		"a wrong key":             {times(99, fakellm.Fail(401, "invalid_api_key", "", "Incorrect API key")), "401 Unauthorized: Incorrect API key (no key was sent: OPENAI_API_KEY is not set)", 1},
		"no access":               {times(99, fakellm.Fail(403, "", "", "Not yours")), "403 Forbidden: Not yours", 1},
		"no such model":           {times(99, fakellm.Fail(404, "model_not_found", "", "The model does not exist")), `404 Not Found: The model does not exist (asked at http://`, 1},
		"no money":                {times(99, fakellm.Fail(429, "insufficient_quota", "", "You exceeded your current quota, please check your plan and billing details.")), "429 Too Many Requests: You exceeded", 1},
		"no money, otherwise":     {times(99, fakellm.Fail(402, "", "", "Insufficient Balance")), "402 Payment Required: Insufficient Balance", 1},
		"a field it dislikes":     {times(99, fakellm.Fail(400, "unsupported_value", "temperature", "'temperature' does not support 0 with this model.")), "400 Bad Request: 'temperature' does not support 0", 1},
		"a field too many":        {times(99, fakellm.Body(422, "application/json", `{"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}`)), "422 Unprocessable Entity: seed: Extra inputs are not permitted", 1},
		"a redirection":           {times(99, redirect), "307 Temporary Redirect: it is at https://elsewhere.example/v1 now", 1},
		"down for good":           {times(99, busy(503, "")), "503 Service Unavailable: Rate limit reached", 4},
		"pages for good":          {times(99, fakellm.Page), "the reply is no chat completion: it is a page: <!DOCTYPE html>", 4},
		"a stream for good":       {times(99, fakellm.Body(200, "text/event-stream", "data: {\"choices\": []}\n\n")), "the reply is no chat completion: its stream ends too early", 4},
		"a wait of an hour":       {times(99, busy(429, "3600")), "it wants a wait of 1h0m0s, which is more than 5s", 1},
		"replies without end":     {times(99, fakellm.Huge(5<<20)), "the reply is longer than 4194304 bytes", 4},
		"all formats refused":     {times(99, fakellm.Fail(400, "", "", "no")), "400 Bad Request: no", 3},
		"a reply of a wrong kind": {times(99, fakellm.Body(200, "application/json", `{"choices": "many"}`)), "the reply is no chat completion: json: cannot unmarshal string", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.behave)
			settings := asking(t, s, 60)
			settings.Parallel = 1
			r, err := Run(t.Context(), settings)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, %v; want %q", r, err, c.want)
			}
			if n := len(s.Requests()); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

func redirect(w http.ResponseWriter, _ *fakellm.Request) {
	w.Header().Set("Location", "https://elsewhere.example/v1?token=made-up")
	w.WriteHeader(http.StatusTemporaryRedirect)
}
