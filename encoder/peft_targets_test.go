//go:build !wasm

package encoder

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// peftTargets is what PEFT itself did with many specifications; internal/tooling/peft/make_targets.py wrote it.
type peftTargets struct {
	Sizes         []peftSize
	Architectures map[string]struct {
		Config json.RawMessage
		Cases  []struct {
			Spec   map[string]any
			Result struct {
				Error          string
				Modules        map[string][2]float64 // rank and scale
				AlsoSaved      []string              `json:"also_saved"`
				Trainable, All int
				WrittenTargets []string `json:"written_targets"`
			}
		}
	}
}

// peftSize is PEFT's counts of a model at its published size.
type peftSize struct {
	Config               json.RawMessage
	Spec                 map[string]any
	Base, Trainable, All int
}

func readPEFTTargets(t *testing.T) peftTargets {
	t.Helper()
	text, err := os.ReadFile("testdata/peft_targets.json")
	if err != nil {
		t.Fatal(err)
	}
	var targets peftTargets
	if err := json.Unmarshal(text, &targets); err != nil {
		t.Fatal(err)
	}
	return targets
}

// addSpec gives a model without weights the adapter that an adapter_config.json with that content describes.
func addSpec(t *testing.T, config json.RawMessage, spec map[string]any) (*Model, error) {
	t.Helper()
	c, err := ParseConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewModel(c, Classification, false)
	if err != nil {
		t.Fatal(err)
	}
	full := map[string]any{"r": 2, "lora_alpha": 6, "task_type": "SEQ_CLS", "peft_type": "LORA"}
	maps.Copy(full, spec)
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	l, _, err := parseAdapterConfig(text)
	if err != nil {
		return nil, err
	}
	return m, m.AddLoRA(l)
}

// savedWhole lists the parameters beside the adapters' own that an adapter file holds.
func savedWhole(m *Model) []string {
	var names []string
	for _, p := range m.Parameters() {
		if !isAdapter(p.Name) && m.adapts(p) {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return names
}

func TestTargetsSavedTensorsAndCountsAreThoseOfPEFT(t *testing.T) {
	targets := readPEFTTargets(t)
	agreed, refused := 0, 0
	for arch, a := range targets.Architectures {
		for _, c := range a.Cases {
			what, _ := json.Marshal(c.Spec)
			fail := func(format string, args ...any) {
				t.Helper()
				t.Errorf("%s %s: "+format, append([]any{arch, what}, args...)...)
			}
			m, err := addSpec(t, a.Config, c.Spec)
			want := c.Result
			adaptsEmbeddings := strings.Contains(strings.Join(want.AlsoSaved, " "), "lora_embedding")
			if want.Error != "" || adaptsEmbeddings {
				switch {
				case badinput.Is(err):
					refused++
				case !betterThanPEFT(c.Spec, want.Error):
					fail("PEFT says %q, lorica %v", want.Error, err)
				}
				continue
			}
			if err != nil {
				fail("%v", err)
				continue
			}
			agreed++
			for _, l := range m.linears() {
				module, ok := want.Modules[l.name]
				if ok != (l.adapter != nil) {
					fail("%s has an adapter: %v, in PEFT %v", l.name, !ok, ok)
				} else if ok && (float64(l.adapter.rank) != module[0] || math.Abs(float64(l.adapter.scale)-module[1]) > 1e-5) {
					fail("%s: rank %d, scale %g; in PEFT %g, %g", l.name, l.adapter.rank, l.adapter.scale, module[0], module[1])
				}
				delete(want.Modules, l.name)
			}
			if len(want.Modules) > 0 {
				fail("PEFT adapts %v as well", slices.Sorted(maps.Keys(want.Modules)))
			}
			if saved := savedWhole(m); !slices.Equal(saved, want.AlsoSaved) {
				fail("saves %v, PEFT %v", saved, want.AlsoSaved)
			}
			if trainable, all := m.Counts(); trainable != want.Trainable || all != want.All {
				fail("%d of %d parameters, PEFT says %d of %d", trainable, all, want.Trainable, want.All)
			}
		}
	}
	if agreed < 150 || refused < 50 {
		t.Errorf("only %d cases agreed and %d were refused: is the file whole?", agreed, refused)
	}
}

// betterThanPEFT says where lorica computes what PEFT cannot: all-linear may stand in a list, and leaves out what is saved
// whole, where PEFT trips over its own wrapper; and saved modules may lie inside each other.
func betterThanPEFT(spec map[string]any, message string) bool {
	list, _ := spec["target_modules"].([]any)
	return slices.Equal(list, []any{allLinear}) || strings.Contains(message, "modules_to_save cannot be applied to modules of type") ||
		strings.HasPrefix(message, "loading: KeyError")
}

// TestWrittenConfigurationsMeanTheSameModules reads the expanded list that PEFT writes for all-linear, and writes and reads lorica's.
func TestWrittenConfigurationsMeanTheSameAdapter(t *testing.T) {
	targets := readPEFTTargets(t)
	for arch, a := range targets.Architectures {
		for _, c := range a.Cases {
			m, err := addSpec(t, a.Config, c.Spec)
			if err != nil {
				continue
			}
			what, _ := json.Marshal(c.Spec)
			text, err := json.Marshal(m.peftConfig("base"))
			if err != nil {
				t.Fatal(err)
			}
			var written map[string]any
			if err := json.Unmarshal(text, &written); err != nil {
				t.Fatal(err)
			}
			again, err := addSpec(t, a.Config, written)
			if err != nil {
				t.Errorf("%s %s: what lorica wrote is refused: %v", arch, what, err)
				continue
			}
			compareAdapters(t, arch+" "+string(what), m, again)
			if c.Result.WrittenTargets != nil {
				c.Spec["target_modules"] = c.Result.WrittenTargets
				again, err := addSpec(t, a.Config, c.Spec)
				if err != nil {
					t.Errorf("%s %s: what PEFT wrote is refused: %v", arch, what, err)
					continue
				}
				compareAdapters(t, arch+" "+string(what), m, again)
			}
		}
	}
}

func compareAdapters(t *testing.T, what string, a, b *Model) {
	t.Helper()
	x, y := a.linears(), b.linears()
	for i := range x {
		if (x[i].adapter == nil) != (y[i].adapter == nil) {
			t.Errorf("%s: %s has an adapter: %v, read back %v", what, x[i].name, x[i].adapter != nil, y[i].adapter != nil)
		} else if p, q := x[i].adapter, y[i].adapter; p != nil && (p.rank != q.rank || p.scale != q.scale) {
			t.Errorf("%s: %s: rank %d, scale %g; read back %d, %g", what, x[i].name, p.rank, p.scale, q.rank, q.scale)
		}
	}
	if p, q := savedWhole(a), savedWhole(b); !slices.Equal(p, q) {
		t.Errorf("%s: saves %v, read back %v", what, p, q)
	}
}

func TestCountsAtPublishedSizesAreThoseOfPEFT(t *testing.T) {
	sizes := readPEFTTargets(t).Sizes
	if len(sizes) < 5 || sizes[0].Trainable != 813_314 || sizes[0].Base != 124_647_170 {
		t.Fatalf("the first of %d sizes is %+v", len(sizes), sizes[0])
	}
	for _, s := range sizes {
		c, err := ParseConfig(s.Config)
		if err != nil {
			t.Fatal(err)
		}
		alone, err := NewModel(c, Classification, false)
		if err != nil {
			t.Fatal(err)
		}
		if trainable, all := alone.Counts(); trainable != 0 || all != s.Base {
			t.Errorf("%s: %d of %d parameters without an adapter, transformers says %d", s.Config, trainable, all, s.Base)
		}
		s.Spec["lora_alpha"] = 32
		m, err := addSpec(t, s.Config, s.Spec)
		if err != nil {
			t.Fatal(err)
		}
		if trainable, all := m.Counts(); trainable != s.Trainable || all != s.All {
			t.Errorf("%s %v: %d of %d parameters, PEFT says %d of %d", s.Config, s.Spec, trainable, all, s.Trainable, s.All)
		}
	}
}
