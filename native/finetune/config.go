package finetune

import (
	"log/slog"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/train"
)

// Config holds the settings of a run. Default gives those of the command line.
type Config struct {
	// Model is the base: a folder or a bundle.
	Model string `json:"model"`
	// InitAdapter is a PEFT adapter folder to begin with in place of a fresh one; its own settings then count, but for its
	// dropout where InitDropout is not nil.
	InitAdapter string   `json:"init_adapter,omitempty"`
	InitDropout *float64 `json:"-"`
	// Sources are the rows to train on and to evaluate on.
	data.Sources
	// DropLeaks leaves training rows out whose text stands in the evaluation half too, exactly or nearly.
	DropLeaks bool `json:"drop_leaks"`
	// Out is the folder of the run.
	Out string `json:"-"`

	// LoRA is the adapter; empty Targets mean the architecture's query and value. Full trains all weights instead.
	LoRA encoder.LoRA `json:"lora,omitzero"`
	Full bool         `json:"full"`
	// PEFTParity leaves head tensors that begin at random, outside PEFT's own modules_to_save, frozen and unsaved, as PEFT does.
	PEFTParity bool `json:"peft_parity"`
	// Train are the settings of the loop. Its ClassWeights come from ClassWeights.
	Train train.Config `json:"train"`
	// ClassWeights weighs the loss by class (data.ParseClassWeights).
	ClassWeights string `json:"class_weights,omitempty"`
	// MaxTokens cuts texts, special tokens included; 0 means the model's limit.
	MaxTokens int `json:"max_length"`
	// HiddenDropout and AttentionDropout replace the model's own probabilities when not nil. The former also acts in the head
	// unless the configuration has a dropout for it alone.
	HiddenDropout    *float64 `json:"hidden_dropout,omitempty"`
	AttentionDropout *float64 `json:"attention_dropout,omitempty"`
	// Labels are the class names in the order of their ids; nil takes the model's or the data's.
	Labels []string `json:"labels,omitempty"`
	// DType is how the merged bundle is stored.
	DType safetensors.DType `json:"-"`

	// Threads is the number of threads, 0 for all.
	Threads int `json:"-"`
	// Resume goes on from the checkpoint in Out.
	Resume bool `json:"-"`
	// Invocation, when not nil, is what asks for this run again, in the caller's own words; it is kept as InvocationFile.
	Invocation []byte `json:"-"`
	// Version is the program's, for provenance.
	Version string `json:"-"`
	// Logger hears what happens; nil means nobody does.
	Logger *slog.Logger `json:"-"`
	// OnStart is told the facts of the run once training is about to begin.
	OnStart func(Facts) `json:"-"`
}

// Default returns the settings that the command line begins with.
func Default() Config {
	c := Config{
		Sources: data.DefaultSources(), LoRA: encoder.DefaultLoRA(), Train: train.Default(),
		MaxTokens: 512, DType: safetensors.F32,
	}
	c.LoRA.Targets = nil
	return c
}

// Validate returns an input error for the first setting that makes no sense.
func (c *Config) Validate() error {
	for _, required := range []struct{ name, value string }{{"model", c.Model}, {"data", c.Data}, {"output folder", c.Out}} {
		if required.value == "" {
			return badinput.Errorf("no %s given", required.name)
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
	switch {
	case c.MaxTokens < 0:
		return badinput.Errorf("maximum length %d: want at least 1, or 0 for the model's limit", c.MaxTokens)
	case c.Threads < 0:
		return badinput.Errorf("%d threads: want at least 1, or 0 for all", c.Threads)
	case c.Full && c.InitAdapter != "":
		return badinput.Errorf("all weights are to be trained: an adapter cannot begin that")
	}
	if !c.Full && c.InitAdapter == "" {
		l := c.LoRA
		if len(l.Targets) == 0 {
			l.Targets = encoder.DefaultTargets("") // which they are is known when the model is
		}
		if err := l.Validate(); err != nil {
			return badinput.Errorf("LoRA: %w", err)
		}
	}
	if _, err := data.ParseSplitMethod(string(c.Split)); err != nil {
		return err
	}
	return c.Train.Validate()
}

// Facts are known when training begins.
type Facts struct {
	ModelType     string   `json:"model_type"`
	Labels        []string `json:"labels"`
	TrainRows     int      `json:"train_rows"`
	EvalRows      int      `json:"eval_rows"`
	SkippedRows   int      `json:"skipped_rows"`
	TrainCounts   []int    `json:"train_counts"` // rows of each label
	EvalCounts    []int    `json:"eval_counts"`
	TrainTokens   int      `json:"train_tokens"` // of one epoch
	TruncatedRows int      `json:"truncated_rows"`
	Trainable     int      `json:"trainable_parameters"`
	Parameters    int      `json:"parameters"` // of the model itself, without adapters
	// PEFTParameters is the total that PEFT prints: adapters and a second copy of modules that are saved whole count too.
	PEFTParameters int        `json:"peft_parameters"`
	Targets        []string   `json:"targets,omitempty"`
	FreshHead      []string   `json:"fresh_head,omitempty"` // tensors that no file had
	Steps          int        `json:"steps"`
	FirstStep      int        `json:"first_step"` // above 0 when resumed
	Device         string     `json:"device"`
	Threads        int        `json:"threads"`
	Leaks          *LeakFacts `json:"leaks,omitempty"`
	DataDigest     string     `json:"data_digest"`
	Dropped        int        `json:"dropped_rows"` // training rows left out because of leaks
}

// LeakFacts sum up what stands in both halves.
type LeakFacts struct {
	ExactEvalRows int     `json:"exact_eval_rows"` // evaluation rows whose text is a training row's
	NearEvalRows  int     `json:"near_eval_rows"`  // evaluation rows that only nearly are
	TrainRows     int     `json:"train_rows"`      // training rows involved
	Conflicts     int     `json:"conflicts"`       // pairs with different labels
	Threshold     float64 `json:"threshold"`
}
