package encoder

import (
	"regexp"
	"testing"
)

// spared is the rule of transformers' Trainer for what weight decay spares.
var spared = regexp.MustCompile(`(?i)bias|layer_?norm|(?:^|[._])norm(?:$|\.)`)

func TestWeightDecaySparesWhatTheTrainerSpares(t *testing.T) {
	decaying := 0
	parts := []string{"", "norm", "Norm", "attn_norm", "norm_attn", "normal", "norms", "LayerNorm", "layer_norm", "layer_Norm_", "bias", "BIAS2", "weight", "_", "a_norm_norm", "_norm"}
	for _, a := range parts {
		for _, b := range parts {
			for _, c := range parts {
				for _, name := range []string{a + "." + b + "." + c, a + b + "." + c, a + "_" + b + c} {
					if got, want := decays(name), !spared.MatchString(name); got != want {
						t.Errorf("%q: decays: %t, want %t", name, got, want)
					}
					if decays(name) {
						decaying++
					}
				}
			}
		}
	}
	if decaying < 100 {
		t.Errorf("only %d names decay", decaying)
	}
}

func FuzzWeightDecay(f *testing.F) {
	f.Add("bert.encoder.layer.0.output.LayerNorm.weight")
	f.Add("model.layers.3.mlp_norm.weight")
	f.Fuzz(func(t *testing.T, name string) {
		for _, r := range name {
			if r > '~' { // the expression takes the long s for an s
				return
			}
		}
		if got, want := decays(name), !spared.MatchString(name); got != want {
			t.Errorf("%q: decays: %t, want %t", name, got, want)
		}
	})
}
