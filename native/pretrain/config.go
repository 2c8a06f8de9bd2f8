package pretrain

import (
	"log/slog"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/train"
)

// Config holds the settings of a run. Default gives those of the command line.
type Config struct {
	// Model is a model to go on from, a folder or an id of the hub. Empty: one begins at random, as ModelConfig, the path of a
	// config.json, or Shape has it.
	Model       string `json:"model,omitempty"`
	ModelConfig string `json:"model_config,omitempty"`
	Shape       Shape  `json:"shape,omitzero"`
	// Tokenizer is a tokenizer.json, or a folder or model that has one. Empty: the Model's.
	Tokenizer string `json:"tokenizer,omitempty"`

	// Data are the files of texts, plain or rows.
	Data []string `json:"data"`
	// Validation are files to measure on. When there are none, TestSize of the rows is held out, drawn from SplitSeed; the zero
	// TestSize holds none out.
	Validation []string  `json:"eval_data,omitempty"`
	TestSize   data.Size `json:"test_size,omitzero"`
	SplitSeed  uint64    `json:"split_seed"`
	// Read says how the files are read.
	Read data.Options `json:"-"`
	// MaxTokens is the length that longer texts are parted at, special tokens included; 0 means the model's limit.
	MaxTokens int `json:"max_length"`
	// Out is the folder of the run.
	Out string `json:"-"`

	// Masking says what is hidden.
	Masking Masking `json:"masking"`
	// Train are the settings of the loop. Its BatchTokens count, and not its BatchSize.
	Train train.Config `json:"train"`
	// Warmup is the part of the steps, or their number, in which the learning rate rises. It takes the place of Train's WarmupSteps.
	Warmup data.Size `json:"warmup,omitzero"`
	// MicroTokens is how many tokens of a batch go through the model at once; the gradients of its parts are added up.
	MicroTokens int `json:"micro_tokens"`
	// HiddenDropout and AttentionDropout replace the configuration's probabilities when not nil.
	HiddenDropout    *float64 `json:"hidden_dropout,omitempty"`
	AttentionDropout *float64 `json:"attention_dropout,omitempty"`
	// DType is how the model's weights are stored; training is in float32 always.
	DType safetensors.DType `json:"-"`

	// Threads is the number of threads, 0 for all.
	Threads int `json:"-"`
	// Resume goes on from the checkpoint in Out.
	Resume bool `json:"-"`
	// Invocation, when not nil, is what asks for this run again, in the caller's own words; it is kept in Out.
	Invocation []byte `json:"-"`
	// Version is the program's.
	Version string `json:"-"`
	// Logger hears what happens; nil means nobody does.
	Logger *slog.Logger `json:"-"`
	// OnStart is told the facts of the run once training is about to begin.
	OnStart func(Facts) `json:"-"`
}

// Default returns the settings that the command line begins with: RoBERTa's, for a small model and a small corpus.
func Default() Config {
	t := train.Default()
	t.Epochs, t.BatchSize, t.BatchTokens, t.LearningRate = 10, 0, 8192, 1e-3
	t.Beta2, t.Epsilon, t.WeightDecay = 0.98, 1e-6, 0.01
	return Config{
		Shape: DefaultShape(), TestSize: data.Size{Fraction: 0.02}, SplitSeed: 42, MaxTokens: 512, Masking: DefaultMasking(), Train: t,
		Warmup: data.Size{Fraction: 0.06}, MicroTokens: 4096, DType: safetensors.F32,
	}
}

// Validate returns an input error for the first setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case len(c.Data) == 0:
		return badinput.Errorf("no data given")
	case c.Out == "":
		return badinput.Errorf("no output folder given")
	case c.Model == "" && c.Tokenizer == "":
		return badinput.Errorf("no tokenizer given, and no model to take one from")
	case c.Model != "" && c.ModelConfig != "":
		return badinput.Errorf("a model to go on from has its own configuration: no other can be given")
	case c.MaxTokens < 0:
		return badinput.Errorf("maximum length %d: want at least 1, or 0 for the model's limit", c.MaxTokens)
	case c.Threads < 0:
		return badinput.Errorf("%d threads: want at least 1, or 0 for all", c.Threads)
	case c.Train.BatchTokens < max(1, c.MaxTokens):
		return badinput.Errorf("batch tokens %d: want at least the maximum length of a text, %d", c.Train.BatchTokens, max(1, c.MaxTokens))
	case c.MicroTokens < 1:
		return badinput.Errorf("micro tokens %d: want at least 1", c.MicroTokens)
	}
	if c.Model == "" && c.ModelConfig == "" {
		if err := c.Shape.Validate(); err != nil {
			return err
		}
	}
	for _, rate := range []struct {
		name  string
		value *float64
	}{{"hidden dropout", c.HiddenDropout}, {"attention dropout", c.AttentionDropout}} {
		if rate.value != nil && !(*rate.value >= 0 && *rate.value < 1) {
			return badinput.Errorf("%s %g: want at least 0 and below 1", rate.name, *rate.value)
		}
	}
	if err := c.Masking.Validate(); err != nil {
		return err
	}
	return c.Train.Validate()
}

// Facts are known when training begins.
type Facts struct {
	ModelType      string   `json:"model_type"`
	Parameters     int      `json:"parameters"`
	VocabSize      int      `json:"vocab_size"`
	Fresh          []string `json:"fresh,omitempty"` // tensors that began at random in a model that was to go on
	TrainTexts     int      `json:"train_texts"`
	TrainTokens    int      `json:"train_tokens"` // of an epoch
	EvalTexts      int      `json:"eval_texts"`
	EvalTokens     int      `json:"eval_tokens"`
	PartedRows     int      `json:"parted_rows"` // longer than the model takes
	SkippedRows    int      `json:"skipped_rows"`
	Steps          int      `json:"steps"`
	StepsPerEpoch  int      `json:"steps_per_epoch"`
	FirstStep      int      `json:"first_step"` // above 0 when resumed
	MaxTokens      int      `json:"max_length"`
	Device         string   `json:"device"`
	Threads        int      `json:"threads"`
	TrainingDigest string   `json:"training_digest"` // SHA-256 of the texts' tokens
}
