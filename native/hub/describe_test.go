package hub_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

func describe(t *testing.T, c *hub.Client, id string) *hub.Info {
	t.Helper()
	i, err := c.Describe(t.Context(), parseID(t, id))
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return i
}

// elements counts the elements of weights by type, for comparison.
func elements(t *testing.T, files ...[]byte) map[string]int64 {
	t.Helper()
	n := map[string]int64{}
	for _, content := range files {
		f, err := safetensors.Parse(content)
		if err != nil {
			t.Fatal(err)
		}
		for _, tensor := range f.Tensors() {
			n[tensor.DType.String()] += int64(tensor.Len())
		}
	}
	return n
}

func TestADescriptionSaysWhatTheHubAndTheFilesSay(t *testing.T) {
	h, repo := start(t), bigRepo(t)
	repo.Downloads, repo.Likes, repo.Tags = 1234567, 89, []string{"en", "exbert"}
	commit := h.Put(name, repo)
	c := client(t, h, nil)
	i := describe(t, c, name)
	stored := elements(t, repo.Files["model.safetensors"])["F32"]
	if i.ID != name || i.Commit != commit || i.URL != h.URL+"/"+name || i.Author != "example-org" || i.Task != "fill-mask" || i.Library != "transformers" ||
		!i.Created.Equal(repo.Created) || !i.Modified.Equal(repo.Modified) || i.Downloads != 1234567 || i.Likes != 89 || i.Licence != "mit" ||
		!slices.Contains(i.Tags, "exbert") || i.ModelType != "bert" || i.Gated != "" || i.Private || i.Specialised != "" || i.Cached != "" {
		t.Errorf("got %+v", i)
	}
	if !i.Trainable || i.WhyNot != "" {
		t.Errorf("not trainable: %s", i.WhyNot)
	}
	if p := i.Parameters; p == nil || !p.Headers || p.Total != stored || p.ByType["F32"] != stored {
		t.Errorf("parameters %+v, the file has %d", p, stored)
	}
	all, need := int64(0), int64(0)
	for file, content := range repo.Files {
		at := slices.IndexFunc(i.Files, func(f hub.File) bool { return f.Name == file })
		if at < 0 || i.Files[at].Bytes != int64(len(content)) {
			t.Errorf("%s: %d bytes, got %+v", file, len(content), i.Files)
			continue
		}
		all += int64(len(content))
		if i.Files[at].Needed {
			need += int64(len(content))
		}
	}
	if i.Bytes(false) != all || i.Bytes(true) != need || need >= all || need < int64(len(repo.Files["model.safetensors"])) {
		t.Errorf("%d bytes, %d needed; got %d and %d", all, need, i.Bytes(false), i.Bytes(true))
	}
	if got := asked(h, "GET", "/repos/"); len(got) != 1 || !strings.HasSuffix(got[0], " bytes=0-131071") {
		t.Errorf("of the weights more than the header was asked for: %v", got)
	}
	p := pull(t, c, name)
	if i := describe(t, c, name); i.Cached != p.Path {
		t.Errorf("cached in %q, want %q", i.Cached, p.Path)
	}
}

func TestParametersOfWeightsInPartsAreCountedFromTheirHeaders(t *testing.T) {
	h, repo := start(t), tinyRepo(t, tiny.Options{})
	whole, err := safetensors.Parse(repo.Files["model.safetensors"])
	if err != nil {
		t.Fatal(err)
	}
	repo.Files["model-00001-of-00002.safetensors"], repo.Files["model-00002-of-00002.safetensors"] = inTwo(t, whole)
	repo.Files["model.safetensors.index.json"] = index(t, whole)
	want := elements(t, repo.Files["model.safetensors"])["F32"]
	delete(repo.Files, "model.safetensors")
	h.Put(name, repo)
	i := describe(t, client(t, h, nil), name)
	if i.Parameters == nil || i.Parameters.Total != want || !i.Trainable {
		t.Errorf("got %+v, trainable %v %s; want %d", i.Parameters, i.Trainable, i.WhyNot, want)
	}
	var need []string
	for _, f := range i.Files {
		if f.Needed {
			need = append(need, f.Name)
		}
	}
	if got := strings.Join(need, " "); got != "config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json tokenizer_config.json vocab.txt" {
		t.Errorf("needed: %s", got)
	}
}

// inTwo divides the tensors of a file among two.
func inTwo(t *testing.T, whole *safetensors.File) (first, second []byte) {
	t.Helper()
	var parts [2][]safetensors.TensorSpec
	for n, name := range whole.Names() {
		tensor, _ := whole.Tensor(name)
		values, err := tensor.LoadFloat32()
		if err != nil {
			t.Fatal(err)
		}
		parts[n%2] = append(parts[n%2], safetensors.TensorSpec{Name: name, DType: safetensors.F32, Shape: tensor.Shape, Float32: values})
	}
	return written(t, parts[0]), written(t, parts[1])
}

// index is the index of the files that inTwo makes.
func index(t *testing.T, whole *safetensors.File) []byte {
	t.Helper()
	placed := map[string]string{}
	for n, name := range whole.Names() {
		placed[name] = []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}[n%2]
	}
	text, err := json.Marshal(map[string]any{"metadata": map[string]any{}, "weight_map": placed})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestALongHeaderIsReadWhole(t *testing.T) {
	h, repo := start(t), tinyRepo(t, tiny.Options{})
	names := make([]string, 3000)
	for i := range names {
		names[i] = strings.Repeat("long", 20) + string(rune('a'+i%26)) + strings.Repeat("x", i%700)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	repo.Files["model.safetensors"] = weights(t, names...)
	h.Put(name, repo)
	i := describe(t, client(t, h, nil), name)
	if want := int64(1000 * len(names)); i.Parameters == nil || i.Parameters.Total != want {
		t.Errorf("got %+v, want %d", i.Parameters, want)
	}
	if i.Trainable || !strings.Contains(i.WhyNot, "bert.embeddings") {
		t.Errorf("trainable %v: %s", i.Trainable, i.WhyNot)
	}
}

func TestADescriptionSaysWhyAModelCannotBeTrained(t *testing.T) {
	h := start(t)
	for what, test := range map[string]struct {
		change func(r *fakehub.Repo)
		want   string
	}{
		"of an unknown type":    {func(r *fakehub.Repo) { r.Files["config.json"] = []byte(`{"model_type": "gpt2"}`) }, `"gpt2" is not supported`},
		"without configuration": {func(r *fakehub.Repo) { delete(r.Files, "config.json") }, "no config.json"},
		"with relative positions": {func(r *fakehub.Repo) {
			r.Files["config.json"] = []byte(strings.Replace(string(r.Files["config.json"]), `{`, `{"position_embedding_type": "relative_key",`, 1))
		}, "position_embedding_type"},
		"a pickle":           {func(r *fakehub.Repo) { delete(r.Files, "model.safetensors") }, "Python pickle"},
		"of damaged weights": {func(r *fakehub.Repo) { r.Files["model.safetensors"] = []byte("garbage, not weights") }, "model.safetensors: byte 0: a header of"},
		"with an unsafe index": {func(r *fakehub.Repo) {
			delete(r.Files, "model.safetensors")
			r.Files["model.safetensors.index.json"] = []byte(`{"weight_map":{"a":"../x.safetensors"}}`)
		}, "no plain name"},
		"of other shapes": {func(r *fakehub.Repo) {
			r.Files["config.json"] = []byte(strings.Replace(string(r.Files["config.json"]), `"hidden_size": 32`, `"hidden_size": 64`, 1))
		}, "shape"},
		"without a tokenizer":    {func(r *fakehub.Repo) { delete(r.Files, "vocab.txt") }, "no tokenizer"},
		"of a bad tokenizer":     {func(r *fakehub.Repo) { r.Files["tokenizer.json"] = []byte(`{"model": {"type": "Wonder"}}`) }, "tokenizer.json"},
		"whose terms come first": {func(r *fakehub.Repo) { r.Gated = "auto" }, "is gated: accept its terms"},
	} {
		t.Run(what, func(t *testing.T) {
			repo := tinyRepo(t, tiny.Options{})
			test.change(&repo)
			h.Put(name, repo)
			i := describe(t, client(t, h, nil), name)
			if i.Trainable || !strings.Contains(i.WhyNot, test.want) {
				t.Errorf("trainable: %v, why not: %q; want %q", i.Trainable, i.WhyNot, test.want)
			}
		})
	}
}

func TestEveryFamilyIsSaidToBeTrainable(t *testing.T) {
	h := start(t)
	for _, kind := range tiny.Families {
		if !slices.Contains(encoder.ModelTypes(), kind) {
			t.Fatalf("%s is no model type", kind)
		}
		for _, head := range []bool{true, false} {
			h.Put(name, tinyRepo(t, tiny.Options{Type: kind, Head: head}))
			if i := describe(t, client(t, h, nil), name); !i.Trainable || i.ModelType != kind {
				t.Errorf("%s, head %v: %s", kind, head, i.WhyNot)
			}
		}
	}
}

func TestAConnectionThatFailsIsNoFaultOfTheModel(t *testing.T) {
	h := start(t)
	h.Put(name, tinyRepo(t, tiny.Options{}))
	for what, fault := range map[string]fakehub.Fault{
		"the configuration": {Path: "config.json", Method: "GET", Status: 503}, "the weights": {OnCDN: true, Status: 500}, "their description": {Path: "model.safetensors", Method: "HEAD", Status: 502},
		"the tokenizer": {Path: "vocab.txt", Status: 503}, "the tokenizer, refused": {Path: "vocab.txt", Status: 403},
	} {
		h.Mend()
		h.Fault(fault)
		i, err := client(t, h, nil).Describe(t.Context(), parseID(t, name))
		if err == nil || !strings.Contains(err.Error(), " answers ") {
			t.Errorf("%s: %+v, %v", what, i, err)
		}
	}
	h.Mend()
	if _, err := client(t, h, nil).Describe(t.Context(), parseID(t, "example-org/none")); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestCardsWrittenByHandAreReadAsFarAsTheyGo(t *testing.T) {
	h := start(t)
	commit := h.Put(name, tinyRepo(t, tiny.Options{}))
	body := `{"id": "example-org/tiny-bert", "sha": "` + commit + `", "tags": ["license:apache-2.0", 7], "gated": true, "cardData": {"license": ["mit", "bsd"], "license_name": 3,
		"language": "en", "base_model": {"a": 1}}, "config": {"model_type": ["x"], "architectures": "BertModel"}, "safetensors": {"parameters": {"F32": -1}},
		"siblings": [{"rfilename": "README.md"}], "createdAt": "2024-02-19T11:06:12.000Z"}`
	h.Fault(fakehub.Fault{Path: "/api/models", Status: 200, Header: map[string]string{"Content-Type": "application/json"}, Body: body})
	i := describe(t, client(t, h, nil), name)
	if i.Licence != "mit, bsd" || len(i.Languages) != 1 || i.BaseModels != nil || i.ModelType != "" || len(i.Architectures) != 1 || i.Parameters != nil || i.Gated != "auto" ||
		i.Files[0].Bytes != -1 || i.Author != "example-org" {
		t.Errorf("got %+v", i)
	}
}
