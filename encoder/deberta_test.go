//go:build !wasm

package encoder

import "testing"

// v3 returns the settings of DeBERTa-v3's published configurations, of the width of a tiny model.
func v3(change map[string]any) map[string]any {
	c := tinyConfig("deberta-v2")
	for key, value := range map[string]any{
		"max_position_embeddings": 512, "max_relative_positions": -1, "position_buckets": 256, "pos_att_type": []string{"p2c", "c2p"},
	} {
		c[key] = value
	}
	for key, value := range change {
		c[key] = value
	}
	return c
}

func TestDeBERTasBucketsAreTheReferences(t *testing.T) {
	g := openGolden(t, "deberta-v2", "golden.safetensors")
	c, err := ParseConfig(marshal(t, v3(nil)))
	if err != nil {
		t.Fatal(err)
	}
	buckets := g.ints("rel_bucket")
	for i, d := range g.ints("rel_distance") {
		if got, want := c.Relative.row(int(d)), min(max(buckets[i]+256, 0), 511); got != want {
			t.Errorf("distance %d is in row %d, want %d", d, got, want)
		}
	}
}

func TestDeBERTasTermsMayBeAListOrAString(t *testing.T) {
	for _, terms := range []any{"p2c|c2p", "C2P | p2c", []string{"c2p", "p2c"}} {
		c, err := ParseConfig(marshal(t, v3(map[string]any{"pos_att_type": terms})))
		if err != nil {
			t.Errorf("%v: %v", terms, err)
		} else if !c.Relative.Keys || !c.Relative.Queries || c.ScoreTerms != 3 {
			t.Errorf("%v: %+v with %d terms", terms, c.Relative, c.ScoreTerms)
		}
	}
}

func TestWhatDeBERTasV2AddsIsRefusedByName(t *testing.T) {
	for key, c := range map[string]struct {
		value any
		want  string
	}{
		"conv_kernel_size":       {3, "conv_kernel_size: a convolution of 3 tokens is not supported"},
		"pos_att_type":           {"c2p|p2p", `pos_att_type: want c2p and p2c, got "p2p"`},
		"attention_head_size":    {8, "attention_head_size: 8 is not hidden_size / num_attention_heads"},
		"pooler_hidden_size":     {16, "pooler_hidden_size: 16 is not hidden_size 8"},
		"embedding_size":         {4, "embedding_size: 4 is not hidden_size 8"},
		"position_buckets":       {1, "position_buckets: 1 buckets"},
		"max_relative_positions": {100, "position_buckets: 256 buckets for distances below 100"},
		"norm_rel_ebd":           {3, "norm_rel_ebd: "},
		"share_att_key":          {"yes", "share_att_key: want true or false"},
		"pooler_dropout":         {1, "pooler_dropout: want a probability below 1"},
		"pooler_hidden_act":      {"mish", `pooler_hidden_act: unknown activation "mish"`},
		"cls_dropout":            {-1, "cls_dropout: want a number from 0 to 1"},
		"legacy":                 {1, "legacy: want true or false"},
		"relative_attention":     {"no", "relative_attention: want true or false"},
		"position_biased_input":  {0, "position_biased_input: want true or false"},
	} {
		_, err := ParseConfig(marshal(t, v3(map[string]any{key: c.value})))
		wantBadInput(t, err, "config.json: ", c.want)
	}
}

// TestDeBERTasParameterCounts: the counts that print_trainable_parameters gave for deberta-v3-base with LoRA of rank 4 on
// query_proj and value_proj, and those with the pooler, which lorica trains unless it is told not to.
func TestDeBERTasParameterCounts(t *testing.T) {
	for _, parity := range []bool{true, false} {
		m := modelOfShape(t, map[string]any{
			"vocab_size": 128100, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072,
			"id2label": map[string]string{"0": "a", "1": "b"},
		})
		l := DefaultLoRA()
		l.Targets = DefaultTargets("deberta-v2")
		want := 148_994
		if !parity {
			l.ModulesToSave = append(l.ModulesToSave, "pooler")
			want += 768*768 + 768
		}
		if err := m.AddLoRA(l); err != nil {
			t.Fatal(err)
		}
		if trainable, _ := m.Counts(); trainable != want || m.Size() != 184_423_682 {
			t.Errorf("parity %t: %d of %d trainable, want %d of 184423682", parity, trainable, m.Size(), want)
		}
	}
}

// modelOfShape returns a model of deberta-v3's settings without weights.
func modelOfShape(t *testing.T, change map[string]any) *Model {
	t.Helper()
	c, err := ParseConfig(marshal(t, v3(change)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewModel(c, Classification, false)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
