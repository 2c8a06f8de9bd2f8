package finetune_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// lines writes lines into a file of a name and returns its path.
func lines(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	tiny.Write(t, path, strings.Join(lines, "\n")+"\n")
	return path
}

const (
	good = `{"text":"a superb game","label":"pos"}`
	bad  = `{"text":"a dull game","label":"neg"}`
)

func TestBadInputIsOneLineThatNamesFileAndPlaceAndTouchesNothing(t *testing.T) {
	base := tinyRun(t, tiny.Options{})
	base.Train.Epochs = 1
	mustRun(t, base)
	kept := map[string]string{}
	for _, name := range append([]string{finetune.LogFile, finetune.CheckpointFile}, outputs...) {
		kept[name] = readFile(t, filepath.Join(base.Out, name))
	}
	nan := math.NaN()
	weightless := tiny.Model(t, tiny.Options{})
	if err := os.Remove(filepath.Join(weightless, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	mute := tiny.Model(t, tiny.Options{NoTokenizer: true})
	file := lines(t, "file", "in the way")
	for _, test := range []struct {
		what   string
		change func(c *finetune.Config)
		want   []string
	}{
		{"no data", func(c *finetune.Config) { c.Data = "" }, []string{"no data given"}},
		{"missing data", func(c *finetune.Config) { c.Data = "nowhere.jsonl" }, []string{"nowhere.jsonl"}},
		{"a folder as data", func(c *finetune.Config) { c.Data = t.TempDir() }, nil},
		{"missing evaluation data", func(c *finetune.Config) { c.EvalData = "nowhere.jsonl" }, []string{"nowhere.jsonl"}},
		{"no rows", func(c *finetune.Config) { c.Data = lines(t, "empty.jsonl") }, []string{"empty.jsonl", "no rows"}},
		{"bad JSON", func(c *finetune.Config) { c.Data = lines(t, "rows.jsonl", good, bad, `{"text":"x",`) }, []string{"rows.jsonl:3"}},
		{"invalid UTF-8", func(c *finetune.Config) {
			c.Data = lines(t, "rows.jsonl", good, "{\"text\":\"\xff\xfe\",\"label\":\"neg\"}")
		}, []string{"rows.jsonl:2"}},
		{"an empty text", func(c *finetune.Config) { c.Data = lines(t, "rows.jsonl", good, `{"text":"  ","label":"neg"}`) }, []string{"rows.jsonl:2", "empty"}},
		{"no label", func(c *finetune.Config) { c.Data = lines(t, "rows.jsonl", good, `{"text":"x"}`) }, []string{"rows.jsonl:2", "label"}},
		{"an object as label", func(c *finetune.Config) { c.Data = lines(t, "rows.jsonl", good, `{"text":"x","label":{}}`) }, []string{"rows.jsonl:2", "object"}},
		{"a label never seen", func(c *finetune.Config) {
			c.EvalData = lines(t, "eval.jsonl", good, `{"text":"x","label":"meh"}`)
		}, []string{"eval.jsonl:2", "meh", "neg, pos"}},
		{"a label that is not of the model", func(c *finetune.Config) { c.Labels = []string{"bad", "good"} }, []string{"rows.jsonl:1", "neg"}},
		{"one class in the file", func(c *finetune.Config) {
			*c = withoutEval(*c)
			c.Data = lines(t, "rows.jsonl", good, good)
		}, []string{"rows.jsonl", `"pos"`}},
		{"one class in training", func(c *finetune.Config) {
			c.Data = lines(t, "rows.jsonl", good, good, bad)
			c.Rows = lines(t, "list.json", "[0,1]")
		}, []string{"rows.jsonl", `"pos"`}},
		{"rows that are not there", func(c *finetune.Config) { c.Rows = lines(t, "list.json", "[0,5000]") }, []string{"row 5000 of 100"}},
		{"a broken list of rows", func(c *finetune.Config) { c.Rows = lines(t, "list.json", "[0,") }, []string{"list.json"}},
		{"no rows left", func(c *finetune.Config) {
			c.EvalData, c.DropLeaks = c.Data, true
		}, []string{"no training rows are left"}},
		{"a test half as large as all", func(c *finetune.Config) { c.EvalData, c.TestSize = "", data.Size{Count: 100} }, []string{"100"}},
		{"a missing model", func(c *finetune.Config) { c.Model = "nowhere" }, []string{"nowhere: no such model"}},
		{"a model without weights", func(c *finetune.Config) { c.Model = weightless }, []string{weightless, "no model.safetensors"}},
		{"texts for a model without tokenizer", func(c *finetune.Config) { c.Model = mute }, []string{"rows.jsonl:1", "no tokenizer"}},
		{"ids out of the vocabulary", func(c *finetune.Config) {
			c.Data = lines(t, "ids.jsonl", `{"input_ids":[2,3],"label":"pos"}`, `{"input_ids":[2,99999],"label":"neg"}`)
		}, []string{"ids.jsonl:2", "99999"}},
		{"an adapter that is none", func(c *finetune.Config) { c.InitAdapter = base.Model }, []string{"adapter " + base.Model}},
		{"an adapter for a wider base", func(c *finetune.Config) {
			c.InitAdapter, c.Model = filepath.Join(base.Out, finetune.AdapterDir), tiny.Model(t, tiny.Options{Width: 48})
		}, []string{"adapter", "shape"}},
		{"an adapter to begin full training", func(c *finetune.Config) { c.InitAdapter, c.Full = base.Model, true }, []string{"all weights"}},
		{"targets that do not exist", func(c *finetune.Config) { c.LoRA.Targets = []string{"nosuch"} }, []string{"nosuch", "query"}},
		{"a rank of nothing", func(c *finetune.Config) { c.LoRA.Rank = 0 }, []string{"rank 0"}},
		{"a dropout that is no number", func(c *finetune.Config) { c.HiddenDropout = &nan }, []string{"hidden dropout"}},
		{"a negative length", func(c *finetune.Config) { c.MaxTokens = -1 }, []string{"maximum length -1"}},
		{"a length without room for a word", func(c *finetune.Config) { c.MaxTokens = 1 }, []string{"rows.jsonl:1"}},
		{"negative threads", func(c *finetune.Config) { c.Threads = -1 }, []string{"-1 threads"}},
		{"an unknown split", func(c *finetune.Config) { c.Split = "coin" }, []string{"coin"}},
		{"class weights for another number", func(c *finetune.Config) { c.ClassWeights = "1,2,3" }, []string{"3 weights for 2 classes"}},
		{"class weights beyond float32", func(c *finetune.Config) { c.ClassWeights = "1,1e300" }, []string{"class weight"}},
		{"an output folder that is a file", func(c *finetune.Config) { c.Out = file }, []string{file}},
		{"an output folder below a file", func(c *finetune.Config) { c.Out = filepath.Join(file, "run") }, []string{file}},
	} {
		t.Run(test.what, func(t *testing.T) {
			c := base
			test.change(&c)
			_, err := finetune.Run(context.Background(), c)
			if err == nil {
				t.Fatal("the run was made")
			}
			if !badinput.Is(err) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000 {
				t.Errorf("got %v", err)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got %v, want %q in it", err, part)
				}
			}
		})
	}
	for name, content := range kept {
		if readFile(t, filepath.Join(base.Out, name)) != content {
			t.Errorf("%s was touched", name)
		}
	}
	if readFile(t, file) != "in the way\n" {
		t.Error("the file in the way was touched")
	}
}

func TestALongRowIsCutAndLearntFrom(t *testing.T) {
	c := withoutEval(tinyRun(t, tiny.Options{}))
	long := strings.Repeat("a superb and lovely game ", 10<<20/25)
	c.Data = lines(t, "rows.jsonl", bad, `{"text":"`+long+`","label":"pos"}`)
	c.Train.Epochs = 1
	if r := mustRun(t, c); r.TruncatedRows != 1 || r.TrainTokens > 64+10 || r.TrainRows != 2 {
		t.Errorf("facts %+v", r.Facts)
	}
}

func TestAFolderThatMayNotBeWrittenIsBadInput(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	parent := t.TempDir()
	if err := os.Chmod(parent, 0o555); err != nil {
		t.Fatal(err)
	}
	c := tinyRun(t, tiny.Options{})
	c.Out = filepath.Join(parent, "run")
	if _, err := finetune.Run(context.Background(), c); !badinput.Is(err) || !strings.Contains(err.Error(), parent) {
		t.Errorf("got %v", err)
	}
}

func TestAnAdapterIsTrainedFurtherWithItsOwnSettings(t *testing.T) {
	c := tinyRun(t, tiny.Options{})
	c.Train.Epochs = 1
	c.LoRA.Rank, c.LoRA.Targets = 3, []string{"key"}
	first := mustRun(t, c)
	again := c
	again.InitAdapter, again.LoRA, again.Out = first.Adapter, encoder.LoRA{}, filepath.Join(t.TempDir(), "run")
	if r := mustRun(t, again); !slices.Equal(r.Targets, []string{"key"}) || r.Trainable != first.Trainable || len(r.FreshHead) != 0 {
		t.Errorf("facts %+v", r.Facts)
	}
}
