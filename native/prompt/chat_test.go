package prompt

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/fakellm"
)

func TestARequestSaysWhatTheSettingsSay(t *testing.T) {
	s := serve(t, nil)
	c := asking(t, s, 20)
	c.Parallel, c.MaxTokens, c.Extra = 1, 300, json.RawMessage(`{ "top_p": 0.9, "reasoning_effort": "low" }`)
	mustRun(t, c)
	var got map[string]any
	sent := s.Requests()[0]
	if err := json.Unmarshal(sent.Body, &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "messages")
	delete(got, "response_format")
	want := map[string]any{"model": "tiny-chat", "stream": false, "temperature": 0.0, "seed": 42.0, "max_tokens": 300.0, "top_p": 0.9, "reasoning_effort": "low"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	if sent.Path != "/v1/chat/completions" || len(sent.Messages) != 2 || sent.Messages[0].Role != "system" || !strings.Contains(sent.Messages[0].Content, DefaultTask) ||
		!strings.Contains(sent.Messages[0].Content, `["negative","positive"]`) || sent.Messages[1].Role != "user" || len(sent.Texts) != 15 {
		t.Errorf("sent %s to %s", sent.Body, sent.Path)
	}
	c.Temperature, c.Seed, c.MaxTokens, c.Extra, c.Format = nil, nil, 0, json.RawMessage(` {} `), PlainText
	before := len(s.Requests())
	mustRun(t, c)
	if body := string(s.Requests()[before].Body); !strings.HasPrefix(body, `{"model":"tiny-chat","messages":[{`) || !strings.HasSuffix(body, `}],"stream":false}`) {
		t.Errorf("with everything left to the server: sent %s", body)
	}
}

func TestTheSchemaAdmitsEachNumberOnceWithALabel(t *testing.T) {
	s := serve(t, nil)
	c := asking(t, s, 20)
	c.Labels = []string{"negative", `"so" good`}
	s.Label = func(string) string { return "negative" }
	mustRun(t, c)
	for i, n := range []int{15, 5} {
		sent := s.Requests()[slices.IndexFunc(s.Requests(), func(r *fakellm.Request) bool { return len(r.Texts) == n })]
		if sent.Format.Type != "json_schema" || !sent.Format.Schema.Strict || sent.Format.Schema.Name == "" {
			t.Fatalf("request %d has the format %+v", i, sent.Format)
		}
		var schema struct {
			Type       string
			Properties map[string]struct {
				Type string
				Enum []string
			}
			Required             []string
			AdditionalProperties *bool
		}
		if err := json.Unmarshal(sent.Format.Schema.Schema, &schema); err != nil {
			t.Fatal(err)
		}
		if schema.Type != "object" || schema.AdditionalProperties == nil || *schema.AdditionalProperties || len(schema.Properties) != n || len(schema.Required) != n || schema.Required[n-1] != []string{"15", "5"}[i] {
			t.Errorf("the schema of %d texts is %s", n, sent.Format.Schema.Schema)
		}
		for _, number := range schema.Required {
			if p := schema.Properties[number]; p.Type != "string" || !slices.Equal(p.Enum, c.Labels) {
				t.Errorf("number %s may be %+v", number, p)
			}
		}
		// Models write keys in the schema's order, which a map would not keep.
		if ten, two := strings.Index(string(sent.Format.Schema.Schema), `"10"`), strings.Index(string(sent.Format.Schema.Schema), `"2"`); n > 9 && ten < two {
			t.Error("10 stands before 2")
		}
	}
}

func TestAnUnusableAnswerIsAskedForAgainWithWhatIsWrongAndAnotherSeed(t *testing.T) {
	s := serve(t, once(say(`"7": "negative", `, "")))
	c := asking(t, s, 15)
	mustRun(t, c)
	first, second := s.Requests()[0], s.Requests()[1]
	if *first.Seed != 42 || *second.Seed != 43 {
		t.Errorf("the seeds are %d and %d", *first.Seed, *second.Seed)
	}
	m := second.Messages
	if len(m) != 4 || !slices.Equal(m[:2], first.Messages) || m[2].Role != "assistant" || !strings.Contains(m[2].Content, `"6"`) || m[3].Role != "user" ||
		!strings.Contains(m[3].Content, "number 7 is missing") || !strings.Contains(m[3].Content, "from 1 to 15") {
		t.Errorf("the second request has %+v", m)
	}
}

func TestCompletionsOfAllServersAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want completion
	}{
		"OpenAI": {`{"model": "m-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "{}", "refusal": null}, "finish_reason": "stop"}],
			"usage": {"prompt_tokens": 90, "completion_tokens": 9, "total_tokens": 99, "prompt_tokens_details": {"cached_tokens": 64}}}`,
			completion{Model: "m-1", Content: "{}", Finish: "stop", Usage: &Usage{90, 64, 9}}},
		"no details":          {`{"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": null}}`, completion{Content: "a", Usage: &Usage{3, 0, 1}}},
		"no usage":            {`{"choices": [{"message": {"content": "a"}}], "usage": null}`, completion{Content: "a"}},
		"usage of nothing":    {`{"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": 0, "completion_tokens": 0}}`, completion{Content: "a"}},
		"negative usage":      {`{"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": -5, "completion_tokens": 9}}`, completion{Content: "a"}},
		"more cached than is": {`{"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}}}`, completion{Content: "a", Usage: &Usage{3, 3, 1}}},
		"a refusal":           {`{"choices": [{"message": {"content": null, "refusal": "No."}, "finish_reason": "stop"}]}`, completion{Refusal: "No.", Finish: "stop"}},
		"parts":               {`{"choices": [{"message": {"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "{\"1\""}, {"type": "text", "text": ": 1}"}]}}]}`, completion{Content: `{"1": 1}`}},
		"reasoning aside":     {`{"choices": [{"message": {"content": "a", "reasoning_content": "hm"}}]}`, completion{Content: "a"}},
		"an error of null":    {`{"choices": [{"message": {"content": "a"}}], "error": null}`, completion{Content: "a"}},
		"a stream": {"data: {\"model\": \"m\", \"choices\": [{\"delta\": {\"role\": \"assistant\", \"content\": null}}]}\n\ndata: {\"choices\": [{\"delta\": {\"content\": \"{\"}}, {\"index\": 1, \"delta\": {\"content\": \"x\"}}]}\r\n\r\nevent: x\n" +
			"data: {\"choices\": [{\"delta\": {\"content\": \"}\"}, \"finish_reason\": \"stop\"}]}\n\ndata: {\"choices\": [], \"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 1}}\n\ndata: [DONE]\n\n",
			completion{Model: "m", Content: "{}", Finish: "stop", Usage: &Usage{3, 0, 1}}},
		"a stream without [DONE]": {"data: {\"choices\": [{\"delta\": {\"content\": \"a\"}, \"finish_reason\": \"length\"}]}", completion{Content: "a", Finish: "length"}},
		"fields never heard":      {`{"x": [[[]]], "choices": [{"message": {"content": "a", "tool_calls": []}, "logprobs": null}]}`, completion{Content: "a"}},
	} {
		got, err := parseCompletion([]byte(c.body))
		if err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestErrorsOfAllServersAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
		code   string
	}{
		"OpenAI":         {404, `{"error": {"message": "The model 'x' does not exist", "type": "invalid_request_error", "param": null, "code": "model_not_found"}}`, "the server answers 404 Not Found: The model 'x' does not exist", "model_not_found"},
		"a text":         {400, `{"error": "model \"x\" not found"}`, `the server answers 400 Bad Request: model "x" not found`, ""},
		"a message":      {400, `{"object": "error", "message": "too hot", "code": 40001}`, "the server answers 400 Bad Request: too hot", ""},
		"a detail":       {422, `{"detail": [{"loc": ["body"]}]}`, `the server answers 422 Unprocessable Entity: [{"loc": ["body"]}]`, ""},
		"FastAPI":        {422, `{"detail": [{"type": "missing", "loc": ["body", "messages", 0], "msg": "Field required", "input": {"model": "x"}}, {"loc": ["body", "n"], "msg": "too large"}]}`, "the server answers 422 Unprocessable Entity: messages.0: Field required; n: too large", ""},
		"plain text":     {500, "upstream\nis gone", "the server answers 500 Internal Server Error: upstream is gone", ""},
		"a page":         {502, "<html><h1>Bad Gateway</h1>", "the server answers 502 Bad Gateway", ""},
		"nothing":        {503, "", "the server answers 503 Service Unavailable", ""},
		"an odd status":  {529, `{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}`, "the server answers 529: Overloaded", ""},
		"a code only":    {429, `{"error": {"code": "slow_down"}}`, "the server answers 429 Too Many Requests: slow_down", "slow_down"},
		"a number":       {0, `{"error": {"code": 429, "message": "Rate limited"}}`, "the server answers 429 Too Many Requests: Rate limited", "429"},
		"no number":      {0, `{"error": {"message": "Hm"}}`, "the server answers with an error: Hm", ""},
		"a long message": {400, `{"error": {"message": "` + strings.Repeat("x", 1000) + `"}}`, "the server answers 400 Bad Request: " + strings.Repeat("x", 300) + "...", ""},
	} {
		if got := parseFailure(c.status, []byte(c.body)); got.Error() != c.want || got.code != c.code {
			t.Errorf("%s: got %q, code %q; want %q, %q", name, got, got.code, c.want, c.code)
		}
	}
}

func FuzzParseCompletion(f *testing.F) {
	f.Add([]byte(`{"choices": [{"message": {"content": [{"type": "text", "text": "a"}]}}], "usage": {"prompt_tokens": 1e3}}`))
	f.Add([]byte(`{"error": {"code": 502, "message": "x"}, "choices": []}`))
	f.Add([]byte(`<html>`))
	f.Add([]byte("data: {\"choices\": [{\"delta\": {\"content\": \"a\"}, \"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := parseCompletion(body)
		var failure *statusError
		switch {
		case err != nil && !errors.Is(err, errNoCompletion) && !errors.As(err, &failure):
			t.Errorf("an error of another kind: %v", err)
		case err == nil && c.Usage != nil && (c.Usage.Prompt < 0 || c.Usage.Completion < 0 || c.Usage.Cached < 0 || c.Usage.Cached > c.Usage.Prompt):
			t.Errorf("usage %+v", c.Usage)
		}
		_ = parseFailure(500, body).Error()
	})
}

func FuzzParseExchange(f *testing.F) {
	f.Add([]byte(`{"v":1,"key":"ab","attempt":1,"count":2,"rows":[0,1],"content":"{\"1\": \"positive\", \"2\": \"negative\"}","usage":{"prompt_tokens":3},"seconds":1.5}`))
	f.Add([]byte(`{"v":1,"key":"ab","attempt":1,"count":99999999,"content":"{}"}`))
	labels := labelsOf(f, "negative", "positive")
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := parseExchange(line)
		if err != nil {
			return
		}
		if e.Count > 1000 {
			return // find refuses what is not as long as the question, which has 1,000 texts at most
		}
		if classes, wrong := e.judge(labels); wrong == nil && len(classes) != e.Count {
			t.Errorf("%d classes for %d texts", len(classes), e.Count)
		}
	})
}
