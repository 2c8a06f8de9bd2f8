package main

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/bench"
	"github.com/lorica-go/lorica/native/tokenize"
)

func TestEvalPrintsScikitLearnsReportAndAllElseAsJSON(t *testing.T) {
	rows := file(t, "rows.jsonl", reviews(40))
	predictions := filepath.Join(t.TempDir(), "predictions.jsonl")
	o := succeed(t, "", "eval", "--model", model, "--data", rows, "--predictions", predictions)
	for _, part := range []string{"precision    recall  f1-score   support", "macro avg", "weighted avg", "true \\ predicted", "ROC AUC", "calibration error"} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("the report lacks %q:\n%s", part, o.stdout)
		}
	}
	if !strings.Contains(o.stderr, "40 rows") {
		t.Errorf("stderr %q", o.stderr)
	}
	var result struct {
		Data   string
		Tokens int
		Report struct {
			Rows      int
			Labels    []string
			Accuracy  float64
			Confusion [][]int
			ROCAUC    float64 `json:"roc_auc"`
			LogLoss   float64 `json:"log_loss"`
		}
	}
	if err := json.Unmarshal([]byte(succeed(t, "", "eval", "--model", model, "--data", rows, "--json").stdout), &result); err != nil {
		t.Fatal(err)
	}
	r := result.Report
	if r.Rows != 40 || len(r.Labels) != 2 || result.Data != rows || result.Tokens == 0 || r.LogLoss <= 0 {
		t.Errorf("got %+v", result)
	}
	text, err := os.ReadFile(predictions)
	if err != nil {
		t.Fatal(err)
	}
	type predicted struct {
		Row, Line        int
		Label, Predicted string
		Logits           []float64
	}
	right := 0
	list := parse[predicted](t, string(text))
	for i, p := range list {
		if p.Row != i || p.Line != i+1 || len(p.Logits) != 2 || p.Predicted != r.Labels[map[bool]int{true: 1}[p.Logits[1] > p.Logits[0]]] {
			t.Errorf("prediction %d is %+v", i, p)
		}
		if p.Label == p.Predicted {
			right++
		}
	}
	if len(list) != 40 || math.Abs(float64(right)/40-r.Accuracy) > 1e-12 || r.Confusion[0][0]+r.Confusion[1][1] != right {
		t.Errorf("%d predictions, %d right, the report says %+v", len(list), right, r)
	}
}

func TestEvalTakesTheRowsOfAList(t *testing.T) {
	rows := file(t, "rows.jsonl", reviews(10))
	lists := file(t, "rows.json", `{"test": [9, 0, 4], "all": [0,1,2,3,4,5,6,7,8,9]}`)
	predictions := filepath.Join(t.TempDir(), "predictions.jsonl")
	succeed(t, "", "eval", "--model", model, "--data", rows, "--rows", lists+":test", "--predictions", predictions)
	text, err := os.ReadFile(predictions)
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range parse[struct{ Line int }](t, string(text)) {
		lines = append(lines, p.Line)
	}
	if !slices.Equal(lines, []int{10, 1, 5}) {
		t.Errorf("got the lines %v", lines)
	}
}

func TestTokenizeShowsOffsetsInBytesAndRunes(t *testing.T) {
	args := []string{"tokenize", "--model", model, "--text", "é great game"}
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, `{"ids":[2,1,15,6,3],"tokens":["[CLS]","[UNK]","great","game","[SEP]"],"offsets":[[0,0],[0,2],[3,8],[9,13],[0,0]]}`},
		{[]string{"--offsets", "runes"}, `{"ids":[2,1,15,6,3],"tokens":["[CLS]","[UNK]","great","game","[SEP]"],"offsets":[[0,0],[0,1],[2,7],[8,12],[0,0]]}`},
		{[]string{"--no-special-tokens"}, `{"ids":[1,15,6],"tokens":["[UNK]","great","game"],"offsets":[[0,2],[3,8],[9,13]]}`},
		{[]string{"--max-length", "3"}, `{"ids":[2,1,3],"tokens":["[CLS]","[UNK]","[SEP]"],"offsets":[[0,0],[0,2],[0,0]],"truncated":true}`},
		{[]string{"--pair", "fun"}, `{"ids":[2,1,15,6,3,16,3],"tokens":["[CLS]","[UNK]","great","game","[SEP]","fun","[SEP]"],` +
			`"offsets":[[0,0],[0,2],[3,8],[9,13],[0,0],[0,3],[0,0]],"type_ids":[0,0,0,0,0,1,1]}`},
	} {
		if got := succeed(t, "", append(args, c.args...)...).stdout; strings.TrimSpace(got) != c.want {
			t.Errorf("%v: got %s, want %s", c.args, got, c.want)
		}
	}
	for want, args := range map[string][]string{ // U+FFFE is unassigned: the Python tokenizer drops it
		`{"ids":[2,1,6,3],"tokens":["[CLS]","[UNK]","game","[SEP]"],"offsets":[[0,0],[0,8],[9,13],[0,0]]}`:  nil,
		`{"ids":[2,15,6,3],"tokens":["[CLS]","great","game","[SEP]"],"offsets":[[0,0],[0,8],[9,13],[0,0]]}`: {"--slow"},
	} {
		args = append([]string{"tokenize", "--model", model, "--text", "gre\ufffeat game"}, args...)
		if got := succeed(t, "", args...).stdout; strings.TrimSpace(got) != want {
			t.Errorf("%v: got %s, want %s", args, got, want)
		}
	}
	got := parse[tokenize.Tokens](t, succeed(t, "great\n\nfun\n", "tokenize", "--model", model, "-").stdout)
	if len(got) != 3 || len(got[1].IDs) != 2 {
		t.Errorf("three lines gave %+v", got)
	}
}

func TestInfoTellsOfMachineAndModel(t *testing.T) {
	var info infoResult
	o := succeed(t, "", "info", "--model", model, "--threads", "1")
	if err := json.Unmarshal([]byte(o.stdout), &info); err != nil {
		t.Fatal(err)
	}
	m := info.Model
	if info.Threads != 1 || info.CPU.Tier == "" || !slices.Contains(info.CPU.Tiers, info.CPU.Tier) || o.stderr != "" {
		t.Errorf("machine: %+v", info.Machine)
	}
	if m.Type != "bert" || m.Layers != 2 || m.Hidden != 16 || m.Vocabulary != 32 || m.MaxTokens != 24 || m.Parameters.Total == 0 || !slices.Equal(m.DType, []string{"F32"}) {
		t.Errorf("model: %+v", m)
	}
	if !slices.Equal(m.Labels, []string{"no", `yes & "so"`}) {
		t.Errorf("labels %q", m.Labels)
	}
}

func TestBenchPrintsItsFigures(t *testing.T) {
	list := parse[bench.KernelResult](t, succeed(t, "", "bench", "--kernels", "--tier", "generic", "--op", "gemm_lora,cross", "--threads", "1", "--runs", "1", "--min-time", "1ms").stdout)
	products := 0
	for _, r := range list {
		if r.Tier != "generic" || r.Threads != 1 || r.M < 1 || r.N < 1 || (r.GFLOPS > 0) == (r.NsPerElement > 0) {
			t.Errorf("got %+v", r)
		}
		if r.GFLOPS > 0 {
			products++
			if r.K < 1 || r.PeakGFLOPS <= 0 {
				t.Errorf("got %+v", r)
			}
		}
	}
	if products != 4 || len(list) != 5 {
		t.Errorf("%d products of %d operations", products, len(list))
	}
	lengths := file(t, "lengths.json", `{"lengths": [3, 24, 7, 1, 9]}`)
	for _, c := range []struct {
		args            []string
		samples, tokens int
	}{
		{[]string{"--batch", "3", "--tokens", "8"}, 3, 24},
		{[]string{"--lengths", lengths}, 5, 44},
		{[]string{"--lengths", lengths, "--sort", "--batch-size", "2", "--limit", "4"}, 4, 35},
		{[]string{"--train", "--lengths", lengths, "--batch-size", "2"}, 5, 44},
		{[]string{"--train", "--batch", "4", "--tokens", "6"}, 4, 24},
	} {
		r := parse[bench.ModelResult](t, succeed(t, "", append([]string{"bench", "--model", model, "--runs", "2", "--min-time", "1ms"}, c.args...)...).stdout)[0]
		if r.Samples != c.samples || r.Tokens != c.tokens || r.Runs < 2 || r.MinMs <= 0 || r.MedianMs < r.MinMs || r.TokensPerSecond <= 0 {
			t.Errorf("%v: got %+v", c.args, r)
		}
	}
}

type panickingWriter struct{}

func (panickingWriter) Write([]byte) (int, error) { panic("line one\nline two") }

func TestAPanicIsOneLineAndStatus1(t *testing.T) {
	t.Setenv("LORICA_DEBUG", "")
	var stderr strings.Builder
	status := run(context.Background(), []string{"version"}, strings.NewReader(""), panickingWriter{}, &stderr)
	if status != exitFailed || stderr.String() != "lorica: version: internal error: line one; line two\n" {
		t.Errorf("status %d, stderr %q", status, stderr.String())
	}
	stderr.Reset()
	t.Setenv("LORICA_DEBUG", "1")
	run(context.Background(), []string{"version"}, strings.NewReader(""), panickingWriter{}, &stderr)
	if !strings.Contains(stderr.String(), "goroutine") {
		t.Errorf("LORICA_DEBUG=1 shows no stack: %q", stderr.String())
	}
}
