package pretrain_test

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/tokenizer"
)

// readsModel makes transformers load a folder and print what it makes of a text: ids, and the scores of all tokens.
const readsModel = `
import json, sys
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer
model, info = AutoModelForMaskedLM.from_pretrained(sys.argv[1], output_loading_info=True)
model = model.float().eval()
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
ids = tokenizer(sys.argv[2].replace("[MASK]", tokenizer.mask_token))["input_ids"]
with torch.no_grad():
    scores = model(torch.tensor([ids])).logits[0].tolist()
print(json.dumps({"ids": ids, "scores": scores, "class": type(model).__name__, "mask": tokenizer.mask_token_id,
                  "missing": list(info["missing_keys"]), "unexpected": list(info["unexpected_keys"])}))
`

func TestTransformersReadsTheModelAndGivesItsScores(t *testing.T) {
	python := os.Getenv("LORICA_PYTHON")
	if python == "" {
		t.Skip("needs LORICA_PYTHON, a Python with torch and transformers")
	}
	const text = "superb game , [MASK] game ."
	for _, dtype := range []safetensors.DType{safetensors.F32, safetensors.BF16} {
		c := tinyRun(t)
		c.DType = dtype
		result := mustRun(t, c)
		cmd := exec.Command(python, "-c", readsModel, result.Model, text)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var theirs struct {
			IDs                 []int32
			Scores              [][]float32
			Class               string
			Mask                int32
			Missing, Unexpected []string
		}
		if err := json.Unmarshal(out, &theirs); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if theirs.Class != "RobertaForMaskedLM" || len(theirs.Missing)+len(theirs.Unexpected) > 0 {
			t.Errorf("%s: missing %v, unexpected %v", theirs.Class, theirs.Missing, theirs.Unexpected)
		}
		m, err := native.OpenModel(result.Model, native.Options{Threads: 1, Task: encoder.MaskedLM})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		ours, largest := scoresOf(t, m, text, theirs.IDs)
		if theirs.Mask != m.Tokenizer.Special().Mask {
			t.Errorf("mask token %d", theirs.Mask)
		}
		worst := 0.0
		for i, row := range theirs.Scores {
			for j, score := range row {
				worst = max(worst, math.Abs(float64(score-ours[i*len(row)+j])))
			}
		}
		t.Logf("%s: scores up to %.2f, off by at most %.2g", dtype, largest, worst)
		if worst > 2e-5*largest+1e-5 {
			t.Errorf("%s: scores up to %g differ by %g", dtype, largest, worst)
		}
	}
}

// scoresOf returns the scores [tokens, vocabulary] of a text, whose ids have to be those, and the largest of them.
func scoresOf(t *testing.T, m *native.Model, text string, ids []int32) ([]float32, float64) {
	t.Helper()
	encoding, err := m.Tokenizer.Encode(text, tokenizer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []int32
	for i, id := range encoding.IDs {
		if len(ids) != encoding.Len() || ids[i] != id {
			t.Fatalf("ids %v, transformers has %v", encoding.IDs, ids)
		}
		rows = append(rows, int32(i))
	}
	if err := m.Encoder.Prepare(m.Device, encoder.Frozen, 0); err != nil {
		t.Fatal(err)
	}
	pass, err := m.Encoder.NewPass(m.Device)
	if err != nil {
		t.Fatal(err)
	}
	var batch encoder.Batch
	batch.Append(encoding.IDs, nil)
	scores, err := pass.ForwardMaskedLM(&batch, rows)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, scores.Len())
	m.Device.Read(values, scores)
	largest := 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(float64(v)))
	}
	return values, largest
}
