package hub_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

func TestTheTokenGoesToTheHubOnly(t *testing.T) {
	h := start(t)
	gated := tinyRepo(t, tiny.Options{})
	gated.Gated = "manual"
	h.Put(gatedName, gated)
	c := client(t, h, func(config *hub.Config) { config.Token, config.TokenSource = "member", "HF_TOKEN" })
	pull(t, c, gatedName)
	api, cdn := 0, 0
	for _, r := range h.Requests() {
		switch {
		case r.CDN && r.Authorization != "":
			t.Errorf("the CDN was sent %q", r.Authorization)
		case r.CDN:
			cdn++
		case r.Authorization != "Bearer member":
			t.Errorf("%s %s carries %q", r.Method, r.Path, r.Authorization)
		default:
			api++
		}
	}
	if api == 0 || cdn == 0 {
		t.Errorf("%d requests to the hub, %d to the CDN", api, cdn)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	h := start(t)
	gated, private := tinyRepo(t, tiny.Options{}), tinyRepo(t, tiny.Options{})
	gated.Gated, private.Private = "auto", true
	h.Put(gatedName, gated)
	h.Put(privateName, private)
	h.Put(name, tinyRepo(t, tiny.Options{}))
	for _, test := range []struct {
		token, id string
		is        error
		want      string
	}{
		{"", "example-org/none", hub.ErrNotFound, "example-org/none is not on the hub " + h.URL + ", or it is private and needs HF_TOKEN"},
		{"", privateName, hub.ErrNotFound, "or it is private and needs HF_TOKEN"},
		{"reader", privateName, hub.ErrNotFound, "or it is private and the account of HF_TOKEN may not see it"},
		{"", gatedName, hub.ErrGated, "is gated: accept its terms at " + h.URL + "/example-org/gated, and set HF_TOKEN to a token of that account"},
		{"reader", gatedName, hub.ErrGated, "is gated, and the account of HF_TOKEN has no access yet: ask for it at " + h.URL + "/example-org/gated"},
		{"expired", name, nil, "refuses the token of HF_TOKEN; a new one is made at " + h.URL + "/settings/tokens"},
		{"", name + "@v9", hub.ErrNotFound, `example-org/tiny-bert: revision "v9" is not on the hub`},
		{"", name + "@" + strings.Repeat("0", 40), hub.ErrNotFound, "is not on the hub"},
		{"member", gatedName, nil, ""},
		{"member", privateName, nil, ""},
	} {
		c := client(t, h, func(config *hub.Config) { config.Token, config.TokenSource = test.token, "HF_TOKEN" })
		_, err := c.Pull(t.Context(), parseID(t, test.id), hub.PullOptions{})
		if test.want == "" {
			if err != nil {
				t.Errorf("%s with %q: %v", test.id, test.token, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !badinput.Is(err) || test.is != nil && !errors.Is(err, test.is) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with %q: got %v, want %q", test.id, test.token, err, test.want)
		}
	}
}

func TestRepositoriesOfNoUseAreRefusedBeforeMuchIsFetched(t *testing.T) {
	h := start(t)
	change := func(do func(files map[string][]byte)) fakehub.Repo {
		r := bigRepo(t)
		do(r.Files)
		return r
	}
	remove := func(names ...string) func(map[string][]byte) {
		return func(files map[string][]byte) {
			for _, name := range names {
				delete(files, name)
			}
		}
	}
	for i, test := range []struct {
		repo fakehub.Repo
		want string
	}{
		{change(remove("model.safetensors")), "no model.safetensors, only pytorch_model.bin, a Python pickle, which runs code when it is read"},
		{change(remove("model.safetensors")), "AutoModel.from_pretrained(ID).save_pretrained(DIR, safe_serialization=True)"},
		{change(remove("config.json", "pytorch_model.bin")), "no model of transformers: there is no config.json, only ONNX graphs"},
		{change(func(f map[string][]byte) { f["config.json"] = []byte(`{"model_type": "gpt2"}`) }), `model_type: "gpt2" is not supported`},
		{change(func(f map[string][]byte) { f["config.json"] = []byte(`{`) }), "config.json: want a JSON object"},
		{fakehub.Repo{Files: map[string][]byte{"adapter_config.json": []byte("{}"), "adapter_model.safetensors": nil}}, "this is a PEFT adapter"},
		{fakehub.Repo{Files: map[string][]byte{"config.json": []byte("{}"), "q4.gguf": nil}}, "no model.safetensors, only GGUF files"},
		{fakehub.Repo{Files: map[string][]byte{"config.json": []byte("{}"), "tf_model.h5": nil}}, "only weights for TensorFlow or Flax"},
		{fakehub.Repo{Files: map[string][]byte{"README.md": nil}}, "there is no config.json"},
	} {
		id := fmt.Sprintf("example-org/useless-%d", i)
		h.Put(id, test.repo)
		_, err := client(t, h, nil).Pull(t.Context(), parseID(t, id), hub.PullOptions{})
		if !badinput.Is(err) || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), id+": ") {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
	if got := asked(h, "GET", "/repos/"); got != nil {
		t.Errorf("weights were fetched: %v", got)
	}
	c := client(t, h, nil)
	if _, err := c.Pull(t.Context(), parseID(t, "example-org/useless-3"), hub.PullOptions{AnyType: true}); err != nil {
		t.Errorf("of any type: %v", err)
	}
}

func TestAnOldNameLeadsToTheNewOne(t *testing.T) {
	h, repo := start(t), tinyRepo(t, tiny.Options{})
	h.Put(name, repo)
	h.Alias("tiny-bert", name)
	c := client(t, h, nil)
	p := pull(t, c, "tiny-bert")
	sameFiles(t, p.Path, repo.Files, "model.safetensors")
	if s, err := c.Cache().Find(parseID(t, "tiny-bert"), hub.Model); err != nil || !strings.Contains(s.Dir, "models--tiny-bert") {
		t.Errorf("%+v, %v", s, err)
	}
}
