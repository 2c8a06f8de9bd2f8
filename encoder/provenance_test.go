package encoder

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestProvenancesAreReadAsEncodingJSONReadsThem(t *testing.T) {
	whole, err := json.Marshal(Provenance{
		Lorica: "1.2", Base: "a/base@\"x\"", DType: "int8", TensorDigest: "ab", DataDigest: "cd", Rows: 7, Trainable: 1 << 40,
		Settings: RawJSON(`{"rank":4,"list":[1,{"a":null}]}`), Merge: &MergeProof{Rows: 3, MaxDifference: 1.5e-7, Flipped: 1},
		EightBits: &MergeProof{Rows: 3, MaxDifference: 0.25}, Metrics: map[string]float64{"accuracy": 0.875, "f1": 0}, MaxTokens: 256,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		string(whole), "{}", "null", ` { "rows" : 3 , "unknown" : [ { } ] , "base" : null, "merge": null, "metrics": {"a": null}, "settings": null } `,
		`{"settings": [1, 2], "merge": {}, "eight_bits": {"flipped": 2, "other": "x"}, "metrics": {}}`,
	} {
		var got, want Provenance
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if want.Settings != nil && string(want.Settings) == "null" { // nothing either way
			want.Settings = nil
		}
		if err := got.read(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v, %v", text, got, want, err)
		}
	}
	for _, text := range []string{
		"", "[]", `{"rows":1.5}`, `{"rows":"1"}`, `{"base":1}`, `{"merge":[]}`, `{"metrics":{"a":"b"}}`, `{"settings":}`, `{"settings":[1}`, `{} {}`, `{"rows":1`,
		`{"max_tokens":9223372036854775808}`, `{"merge":{"max_difference":1e999}}`,
	} {
		if err := new(Provenance).read(text); err == nil || json.Unmarshal([]byte(text), new(Provenance)) == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v", text, err)
		}
	}
}

func TestProbesAreReadAsEncodingJSONReadsThem(t *testing.T) {
	for _, text := range []string{
		"null", "[]", `[{"text":"a \u00e9","ids":[1,-2,2147483647],"logits":[0.1,-1e-45,3.4028235e38,16777217,0.30000001192092898]},{},null,{"ids":null,"logits":[null]}]`,
	} {
		var got, want []Probe
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if err := readJSON(text, readList(&got, asProbe)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v, %v", text, got, want, err)
		}
	}
	for _, text := range []string{`{}`, `[1]`, `[{"ids":[2147483648]}]`, `[{"ids":[1.5]}]`, `[{"logits":[1e39]}]`, `[{"text":[]}]`} {
		var got []Probe
		if err := readJSON(text, readList(&got, asProbe)); err == nil || json.Unmarshal([]byte(text), &got) == nil {
			t.Errorf("%s: error %v", text, err)
		}
	}
}

func TestRawJSONIsWrittenAsItIs(t *testing.T) {
	type raw struct {
		A RawJSON         `json:"a,omitempty"`
		B json.RawMessage `json:"b,omitempty"`
	}
	for _, text := range []string{"", `{"x": [1, "<&>"]}`, "null", `"é\u2028"`} {
		v := raw{RawJSON(text), json.RawMessage(text)}
		out, err := json.Marshal(v)
		a, b, _ := strings.Cut(string(out), `,"b":`)
		if err != nil || text != "" && a != `{"a":`+strings.TrimSuffix(b, "}") {
			t.Errorf("%s: %s, %v", text, out, err)
		}
		var back raw
		if err := json.Unmarshal(out, &back); err != nil || string(back.A) != string(back.B) {
			t.Errorf("%s: %q and %q, %v", out, back.A, back.B, err)
		}
	}
}
