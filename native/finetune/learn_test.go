package finetune_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

func TestEveryFamilyLearnsWithAdaptersAndInFull(t *testing.T) {
	for _, family := range tiny.Families {
		for _, full := range []bool{false, true} {
			name := family + " LoRA"
			if full {
				name = family + " full"
			}
			t.Run(name, func(t *testing.T) {
				c := tinyRun(t, tiny.Options{Type: family})
				c.Full, c.Data = full, tiny.File(t, tiny.Rows(200, 1))
				c.LoRA.Targets, c.LoRA.Rank, c.Train.Epochs, c.Train.LogEvery = []string{"all-linear"}, 8, 10, 50
				if full {
					c.Train.LearningRate = 2e-3
				}
				result := mustRun(t, c)
				if a := result.Report.Accuracy; a < 0.9 {
					t.Errorf("accuracy %.3f on held-out rows", a)
				}
				if !slices.Equal(result.Labels, []string{"neg", "pos"}) || result.TrainRows != 200 || result.EvalRows != 60 || result.Steps != 250 {
					t.Errorf("facts: %+v", result.Facts)
				}
				if got := len(result.FreshHead); got != 4 {
					t.Errorf("%d fresh tensors, want the head's 4: %v", got, result.FreshHead)
				}
				if full != (result.Adapter == "") {
					t.Errorf("adapter %q", result.Adapter)
				}
				if p := result.Export.Proof; p.Flipped != 0 || p.MaxDifference > 1e-4 || p.Rows != 68 {
					t.Errorf("proof %+v", p)
				}
				again := classify(t, filepath.Join(c.Out, finetune.BundleFile), "")
				if again["a superb and lovely game"] != "pos" || again["the story was dull and awful"] != "neg" {
					t.Errorf("the bundle says %v", again)
				}
				if !full {
					if adapted := classify(t, c.Model, result.Adapter); adapted["a superb and lovely game"] != "pos" {
						t.Errorf("the adapter says %v", adapted)
					}
				}
			})
		}
	}
}

// classify asks a model for the labels of two texts.
func classify(t *testing.T, model, adapter string) map[string]string {
	t.Helper()
	c, err := native.Open(model, native.Options{Adapter: adapter, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	labels := map[string]string{}
	texts := []string{"a superb and lovely game", "the story was dull and awful"}
	predictions, err := c.Classify(context.Background(), []encoder.Input{{Text: texts[0]}, {Text: texts[1]}})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range predictions {
		labels[texts[i]] = p.Label
	}
	return labels
}

func TestTheSettingsInEffectAreSaved(t *testing.T) {
	c := tinyRun(t, tiny.Options{Type: "distilbert"})
	c.ClassWeights, c.Version = "1,2", "1.2.3"
	hidden := 0.25
	c.HiddenDropout = &hidden
	c.Invocation = []byte("epochs: 4\n")
	mustRun(t, c)
	if got := readFile(t, filepath.Join(c.Out, finetune.InvocationFile)); got != "epochs: 4\n" {
		t.Errorf("what asks for the run again is %q", got)
	}
	var saved struct {
		Lorica    string       `json:"lorica"`
		Model     string       `json:"model"`
		Labels    []string     `json:"labels"`
		LoRA      encoder.LoRA `json:"lora"`
		MaxLength int          `json:"max_length"`
		Hidden    float64      `json:"hidden_dropout"`
		Attention float64      `json:"attention_dropout"`
		DType     string       `json:"dtype"`
		Train     struct {
			Epochs       int       `json:"epochs"`
			ClassWeights []float32 `json:"class_weights"`
		} `json:"train"`
	}
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(c.Out, finetune.ConfigFile))), &saved); err != nil {
		t.Fatal(err)
	}
	if saved.Lorica != "1.2.3" || saved.Model != c.Model || saved.MaxLength != 64 || saved.Hidden != 0.25 || saved.Attention != 0.1 || saved.DType != "f32" ||
		saved.Train.Epochs != 4 || !slices.Equal(saved.Train.ClassWeights, []float32{1, 2}) || !slices.Equal(saved.Labels, []string{"neg", "pos"}) {
		t.Errorf("saved %+v", saved)
	}
	if l := saved.LoRA; !slices.Equal(l.Targets, []string{"q_lin", "v_lin"}) || l.Rank != 4 || l.Alpha != 16 || !slices.Contains(l.ModulesToSave, "classifier") {
		t.Errorf("saved LoRA %+v", l)
	}
}

func TestAModelWithoutTokenizerIsTrainedOnIDsAndWrittenAsAFolder(t *testing.T) {
	for _, full := range []bool{false, true} {
		c := tinyRun(t, tiny.Options{NoTokenizer: true})
		c = withoutEval(c)
		c.Full, c.Train.Epochs = full, 1
		c.Data = filepath.Join(t.TempDir(), "ids.jsonl")
		tiny.Write(t, c.Data, `{"input_ids":[2,5,3],"label":"pos"}`+"\n"+`{"input_ids":[2,10,3],"label":"neg"}`+"\n")
		result := mustRun(t, c)
		folder := filepath.Join(c.Out, finetune.ModelDir)
		if result.Export.Path != folder || result.Export.Proof.Rows != 2 {
			t.Errorf("export %+v", result.Export)
		}
		m, err := native.Open(folder, native.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(c.Out, finetune.BundleFile)); err == nil {
			t.Error("there is a bundle without a tokenizer")
		}
	}
}

func TestEvaluationRowsOfTheSameFileAreNotTrainedOn(t *testing.T) {
	c := tinyRun(t, tiny.Options{})
	c.EvalData, c.Train.MaxSteps = "", 1
	list := filepath.Join(t.TempDir(), "rows.json")
	tiny.Write(t, list, `{"test":[3,1,8,1]}`)
	c.EvalRows = list + ":test"
	if r := mustRun(t, c); r.TrainRows != 97 || r.EvalRows != 4 {
		t.Errorf("%d training rows, %d evaluation rows", r.TrainRows, r.EvalRows)
	}
}

func TestSkippedRowsAreCountedThroughTheSplit(t *testing.T) {
	c := tinyRun(t, tiny.Options{})
	tiny.Write(t, c.Data, readFile(t, c.Data)+"{\"text\":\n{\"text\":\"\",\"label\":\"pos\"}\n")
	c.EvalData, c.Train.MaxSteps, c.Read.SkipBad = "", 1, true
	if r := mustRun(t, c); r.SkippedRows != 2 || r.TrainRows != 80 || r.EvalRows != 20 {
		t.Errorf("facts: %+v", r.Facts)
	}
}
