package report

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native/metrics"
	"github.com/lorica-go/lorica/native/train"
)

// memory is a Sink that keeps files; it fails at the file failAt, and leaves PNG files, which take long, empty if asked to.
type memory struct {
	files   map[string][]byte
	failAt  string
	skipPNG bool
}

var errFull = errors.New("no space left on device")

func (m *memory) Write(name string, fill func(w io.Writer) error) error {
	if name == m.failAt {
		return errFull
	}
	var b bytes.Buffer
	if !m.skipPNG || !strings.HasSuffix(name, ".png") {
		if err := fill(&b); err != nil {
			return err
		}
	}
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	m.files[name] = b.Bytes()
	return nil
}

// written returns the files of a run, PNG files being empty.
func written(t *testing.T, r Run) map[string][]byte {
	t.Helper()
	m := memory{skipPNG: true}
	if err := Write(&m, r); err != nil {
		t.Fatal(err)
	}
	return m.files
}

// noisyHistory is the log of a run of that many epochs of 800 steps, an entry every so many.
func noisyHistory(epochs, every int) []train.Entry {
	random := rand.New(rand.NewPCG(1, 2))
	steps := 800 * epochs
	value := func(v float64) *float64 { return &v }
	var all []train.Entry
	for step := every; step <= steps; step += every {
		done := float64(step) / float64(steps)
		loss := 0.14 + 0.56*math.Exp(-6*done) + random.NormFloat64()*0.3/math.Sqrt(float64(every))
		all = append(all, train.Entry{
			Step: step, Epoch: float64(step) / 800, Loss: value(max(0.01, loss)), Rate: value(2e-4 * (1 - done)),
			GradNorm: value(1.5 + math.Abs(random.NormFloat64())), SamplesPerSecond: value(41.3), TokensPerSecond: value(1930.5),
		})
		if step%800 == 0 {
			n := float64(step / 800)
			accuracy := 0.902 - 0.03/n
			all = append(all, train.Entry{
				Step: step, Epoch: n, TrainLoss: value(0.2 + 0.2/n), EvalLoss: value(0.26 + 0.05*math.Abs(n-2)),
				EvalAccuracy: value(accuracy), EvalMacroF1: value(accuracy - 0.004),
			})
		}
	}
	return all
}

// measured is the report of a made-up classifier, wrong about one row in ten.
func measured(t *testing.T, rows int, labels ...string) *metrics.Report {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	logits, truth := make([][]float32, rows), make([]int, rows)
	for i := range rows {
		truth[i] = int(math.Sqrt(random.Float64()) * float64(len(labels)))
		row := make([]float32, len(labels))
		for k := range row {
			row[k] = float32(random.NormFloat64() * 1.2)
		}
		row[truth[i]] += 2.4
		logits[i] = row
	}
	r, err := metrics.Evaluate(logits, truth, labels)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// reviewRun is a run with everything in it.
func reviewRun(t *testing.T) Run {
	return Run{
		Title: "Grounded reviews", Version: "0.1.0", Finished: time.Date(2025, 3, 1, 14, 5, 9, 0, time.UTC),
		Model: "FacebookAI/roberta-base", ModelType: "roberta", Method: "LoRA, rank 4, on query and value",
		Data: []Data{
			{Name: "reviews.jsonl", Role: "train", Rows: 6400, Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
			{Name: "reviews.jsonl", Role: "test", Rows: 1600},
		},
		Labels:              []LabelCount{{"negative", 2129, 532}, {"positive", 4271, 1068}},
		Leaks:               &Leaks{ExactTestRows: 61, NearTestRows: 12, TrainRows: 190, Conflicts: 3, Threshold: 0.8},
		TrainableParameters: 813314, Parameters: 124647170,
		Settings: Settings{
			{"epochs", 3}, {"batch size", 8}, {"learning rate", 2e-4}, {"weight decay", 0.01}, {"warm-up steps", 0}, {"maximum gradient norm", 1.0},
			{"rank", 4}, {"alpha", 32}, {"LoRA dropout", 0.1}, {"targets", "query, value"}, {"maximum length", 512}, {"seed", 42}, {"shuffle", true},
		},
		Device: "cpu (avx512)", Threads: 2, Seconds: 5025.2, TokensPerSecond: 1930.46,
		Merge:   &encoder.MergeProof{Rows: 72, MaxDifference: 3.34e-6},
		Metrics: measured(t, 1600, "negative", "positive"), History: noisyHistory(3, 50),
		Mistakes: []Mistake{
			{"reviews.jsonl:5120", "Great game, ten out of ten, would be eaten by a spider again.", "negative", "positive", 0.9989},
			{"reviews.jsonl:77", "I hate that I cannot stop playing this. Two hundred hours gone and my garden is a jungle in both worlds. The building system is the best that I have seen in a survival game, the enemies are terrifying, and the updates keep coming. Send help. Or more ants.", "positive", "negative", 0.9941},
			{"reviews.jsonl:904", "很好玩，推荐！\nLine two of it.", "negative", "positive", 0.9873},
			{"reviews.jsonl:3301", "<script>alert('ant')</script> & \u202ereversed", "negative", "positive", 0.9712},
		},
	}
}

// askedRun is the run of a classifier that tells labels only, and not for every row.
func askedRun(t *testing.T) Run {
	t.Helper()
	truth, predicted := []int{0, 0, 0, 0, 1, 1, 1, 1}, []int{0, 0, 1, metrics.None, 1, 1, 1, metrics.None}
	m, err := metrics.Measure(truth, metrics.Answers{Predicted: predicted}, []string{"negative", "positive"})
	if err != nil {
		t.Fatal(err)
	}
	return Run{
		Title: "Asking a model", Metrics: m, Asked: Settings{{"requests", 2}, {"prompt_tokens", 812}},
		Mistakes: []Mistake{{"reviews.jsonl:4", "Meh.", "negative", "(no answer)", math.NaN()}, {"reviews.jsonl:3", "Fine.", "negative", "positive", math.NaN()}},
	}
}
