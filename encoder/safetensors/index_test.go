package safetensors

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// shard returns a file with one-byte tensors of these names.
func shard(names ...string) []byte {
	var entries []string
	for i, name := range names {
		entries = append(entries, fmt.Sprintf(`%q:{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}`, name, i, i+1))
	}
	return fileOf("{"+strings.Join(entries, ",")+"}", []byte(strings.Repeat("x", len(names)))...)
}

// openFrom opens shards that lie in memory.
func openFrom(shards map[string][]byte) func(string) (*File, error) {
	return func(name string) (*File, error) {
		src, ok := shards[name]
		if !ok {
			return nil, badinput.Errorf("open: %w", fs.ErrNotExist)
		}
		return Parse(src)
	}
}

const twoShards = `{"metadata":{"total_size":3,"nested":[{"a":[null,true,-1.5e+3,"\n"]}]},
	"weight_map":{"a":"model-1.safetensors","c":"model-1.safetensors","b":"model-2.safetensors"}}`

func TestASetPresentsItsShardsAsOneNameSpace(t *testing.T) {
	index, err := ParseIndex([]byte(twoShards))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"model-1.safetensors", "model-2.safetensors"}; !slices.Equal(index.Files(), want) {
		t.Errorf("files %q, want %q", index.Files(), want)
	}
	set, err := OpenSet(index, openFrom(map[string][]byte{"model-1.safetensors": shard("c", "a"), "model-2.safetensors": shard("b")}))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(set.Names(), want) {
		t.Errorf("names %q, want %q", set.Names(), want)
	}
	for _, name := range set.Names() {
		if tensor := mustTensor(t, set, name); tensor.Name != name {
			t.Errorf("tensor %q under the name %q", tensor.Name, name)
		}
	}
	if _, ok := set.Tensor("d"); ok {
		t.Error("the set has a tensor that no shard has")
	}
}

func TestSetsThatDoNotFitTheirIndexAreRefused(t *testing.T) {
	tests := []struct {
		name   string
		shards map[string][]byte
		want   string
	}{
		{"shard missing", map[string][]byte{"model-1.safetensors": shard("a", "c")}, "model-2.safetensors: open: file does not exist"},
		{"shard broken", map[string][]byte{"model-1.safetensors": shard("a", "c"), "model-2.safetensors": fileOf("x")}, "model-2.safetensors: byte 8: "},
		{"tensor missing", map[string][]byte{"model-1.safetensors": shard("a"), "model-2.safetensors": shard("b")},
			`model-1.safetensors: no tensor "c", which the index places in this file`},
		{"tensor in the other shard", map[string][]byte{"model-1.safetensors": shard("a"), "model-2.safetensors": shard("b", "c")},
			`model-2.safetensors: tensor "c" is not placed in this file`},
		{"tensor that the index does not know", map[string][]byte{"model-1.safetensors": shard("a", "c", "d"), "model-2.safetensors": shard("b")},
			`model-1.safetensors: tensor "d" is not placed in this file`},
	}
	index, err := ParseIndex([]byte(twoShards))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := OpenSet(index, openFrom(test.shards))
			checkInputError(t, err, test.want)
			if missing := strings.Contains(test.want, "not exist"); errors.Is(err, fs.ErrNotExist) != missing {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

func TestBrokenIndexesAreRefusedWithTheirPlace(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"empty", "", "byte 0: want '{', got the end"},
		{"an array", "[]", "byte 0: want '{'"},
		{"invalid UTF-8", "{\"\xff\"", "byte 2: the index is not UTF-8"},
		{"no weight map", `{"metadata":{}}`, `no "weight_map"`},
		{"weight map twice", `{"weight_map":{},"weight_map":{}}`, `byte 17: "weight_map" stands twice`},
		{"tensor twice", `{"weight_map":{"a":"x.safetensors","a":"x.safetensors"}}`, `byte 35: tensor "a" stands twice`},
		{"file is a number", `{"weight_map":{"a":1}}`, `tensor "a": byte 19: want '"'`},
		{"text behind", `{"weight_map":{}}{}`, "byte 17: want nothing"},
		{"too many tensors", `{"weight_map":{` + repeated(maxTensors+1, `"%d":"x.safetensors"`) + `}}`, "more than 131072 tensors"},
		{"bad word in skipped JSON", `{"metadata":nul}`, "byte 12: want a JSON value, got 'n'"},
		{"bad number in skipped JSON", `{"metadata":01}`, "byte 12: want a JSON value"},
		{"minus alone in skipped JSON", `{"metadata":-}`, "byte 12: want a JSON value"},
		{"dot without digits in skipped JSON", `{"metadata":1.}`, "byte 12: want a JSON value"},
		{"exponent without digits in skipped JSON", `{"metadata":1e+}`, "byte 12: want a JSON value"},
		{"skipped JSON too deep", `{"metadata":` + strings.Repeat("[", 1<<20), "JSON nests deeper than 64"},
	}
	for _, file := range []string{"", ".", "..", "../x.safetensors", "a/x.safetensors", `a\\x.safetensors`, "/x.safetensors", "C:x.safetensors",
		"pytorch_model-1.bin", ".safetensors", "x\\u0000.safetensors", "x\\n.safetensors", strings.Repeat("x", 250) + ".safetensors"} {
		tests = append(tests, struct{ name, src, want string }{"file name " + file, `{"weight_map":{"a":"` + file + `"}}`,
			`is no plain name of a .safetensors file`})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseIndex([]byte(test.src))
			checkInputError(t, err, test.want)
		})
	}
}

func FuzzParseIndex(f *testing.F) {
	for _, seed := range []string{twoShards, "", "{}", `{"weight_map":{"a":"../x.safetensors"}}`, `{"metadata":[[[[]]]],"weight_map":{}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		index, err := ParseIndex(src)
		if err != nil {
			checkInputError(t, err, "byte ")
			return
		}
		for _, name := range index.Files() {
			if !fs.ValidPath(name) || strings.ContainsAny(name, `/\:`) {
				t.Errorf("file name %q leaves the folder", name)
			}
		}
	})
}
