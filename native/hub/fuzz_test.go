package hub

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lorica-go/lorica/native/internal/retry"
)

// fuzzClient is a client that nothing is asked of.
func fuzzClient(t testing.TB) *Client {
	c := Default()
	c.Cache = t.TempDir()
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func FuzzModelJSON(f *testing.F) {
	f.Add([]byte(`{"id": "org/name", "sha": "1111111111111111111111111111111111111111", "gated": "auto", "tags": ["base_model:finetune:a/b", "license:mit"],
		"config": {"model_type": "bert", "architectures": ["BertForMaskedLM"]}, "cardData": {"license": "mit", "base_model": "a/b"},
		"siblings": [{"rfilename": "config.json", "size": 5}, {"rfilename": "model.safetensors"}], "safetensors": {"parameters": {"F32": 7, "I64": 512}},
		"createdAt": "2024-02-19T11:06:12.000Z"}`))
	f.Add([]byte(`{"safetensors": {"parameters": {"F32": 9223372036854775807, "F16": 9223372036854775807}}, "cardData": [], "config": 7}`))
	f.Add([]byte(`{"siblings": [{"rfilename": "../../x"}, {"rfilename": "model.safetensors.index.json"}]}`))
	client := fuzzClient(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var m apiModel
		if json.Unmarshal(text, &m) != nil {
			return
		}
		i := client.newInfo(&m)
		i.quickVerdict()
		if i.Parameters != nil && i.Parameters.Total < 0 {
			t.Errorf("%d parameters", i.Parameters.Total)
		}
		need, err := needed(m.names(), Model)
		if (err == nil) == (need == nil) {
			t.Errorf("needed: %v, %v", need, err)
		}
		for _, name := range need {
			if !filepath.IsLocal(name) || strings.Contains(name, "/") {
				t.Errorf("needs %q", name)
			}
		}
		if _, err := json.Marshal(i); err != nil {
			t.Error(err)
		}
	})
}

func FuzzHeadersOfAFile(f *testing.F) {
	f.Add("1111111111111111111111111111111111111111", `"abc"`, "12", `W/"x"`, "bytes 0-99/1234", `<https://huggingface.co/api/models?cursor=x>; rel="next"`)
	f.Add("", `"../x"`, "-1", "", "bytes 5-4/3", `<::>; rel=next`)
	client := fuzzClient(f)
	f.Fuzz(func(t *testing.T, commit, linked, size, etag, extent, link string) {
		header := http.Header{"Content-Length": {size}, "Etag": {etag}, "Content-Range": {extent}, "Link": {link}, headerCommit: {commit}, "X-Linked-Etag": {linked}, "X-Linked-Size": {size}}
		r := &response{Response: &http.Response{Header: header}}
		r.note()
		file := &remoteFile{name: "x", commit: "1111111111111111111111111111111111111111"}
		if file.describe(r) == nil && (!filepath.IsLocal(file.etag) || strings.ContainsAny(file.etag, `/\:`) || file.size < -1) {
			t.Errorf("accepted %+v", file)
		}
		if first, size, err := contentRange(header); err == nil && (first < 0 || size >= 0 && size <= first) {
			t.Errorf("%q: %d of %d", extent, first, size)
		}
		if next, err := client.nextPage(header); err == nil && next != "" {
			u, err := url.Parse(next)
			if err != nil || !sameOrigin(u, client.endpoint) {
				t.Errorf("%q leads to %q", link, next)
			}
		}
		header.Set("Retry-After", size)
		header.Set("RateLimit", extent)
		if wait := retry.WaitAsked(header, time.Unix(1e9, 0)); wait < 0 {
			t.Errorf("%q, %q: wait %s", size, extent, wait)
		}
		if s := plain(link); strings.ContainsAny(s, "\n\r\x00") || len(s) > 210 || utf8.ValidString(link) && !utf8.ValidString(s) {
			t.Errorf("%q", s)
		}
	})
}

func FuzzModelArgument(f *testing.F) {
	for _, s := range []string{"org/name", "org/name@refs/pr/1", "name@" + strings.Repeat("1", 40), "a/b/../../c", "a/b@..", "a--b", "@", "a/b@CON"} {
		f.Add(s)
	}
	cache := Cache{Dir: f.TempDir()}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			return
		}
		if id.String() != s && s != id.Name+"@" {
			t.Errorf("%q became %q", s, id)
		}
		for _, path := range []string{cache.model(id), cache.refPath(id)} {
			relative, err := filepath.Rel(cache.Dir, path)
			if err != nil || !filepath.IsLocal(relative) || !strings.HasPrefix(relative, "models--") {
				t.Errorf("%q leads to %s", s, path)
			}
		}
	})
}
