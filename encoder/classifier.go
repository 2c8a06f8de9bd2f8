package encoder

import (
	"math"
	"sync"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/tokenizer"
)

// Classifier turns texts into labels with scores. It is safe for concurrent use: calls take turns, each using all threads of
// the device.
type Classifier struct {
	model     *Model
	tokenizer *tokenizer.Tokenizer
	maxTokens int

	mu     sync.Mutex
	pass   *Pass
	batch  Batch
	buffer tokenizer.Encoding
}

// ClassifierOptions are the settings of a Classifier.
type ClassifierOptions struct {
	// MaxTokens is where texts are cut, special tokens included; 0 means the model's limit.
	MaxTokens int
}

// Input is what is classified: a text, a pair of texts, or token ids.
type Input struct {
	Text string
	// Pair is a second text, when HasPair is set.
	Pair    string
	HasPair bool
	// IDs, when not nil, are used in place of the texts; TypeIDs may be nil.
	IDs, TypeIDs []int32
}

// Prediction is what a Classifier says of an input.
type Prediction struct {
	Label     string
	Index     int       // of the label
	Score     float64   // probability of the label
	Scores    []float64 // softmax of the logits, in the order of Labels
	Logits    []float32
	Tokens    int  // special tokens included, after truncation
	Truncated bool // the input was longer than MaxTokens
}

// NewClassifier returns a Classifier over a prepared model. The tokenizer may be nil when all inputs are token ids.
func NewClassifier(m *Model, t *tokenizer.Tokenizer, o ClassifierOptions) (*Classifier, error) {
	if m.Task != Classification {
		return nil, format.Errorf("a masked-LM model does not classify")
	}
	limit := m.Config.MaxTokens()
	if o.MaxTokens < 0 || o.MaxTokens > limit {
		return nil, badinput.Errorf("maximum length %d: the model takes 1 to %d tokens", o.MaxTokens, limit)
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = limit
	}
	if t != nil && t.VocabSize() > m.Config.VocabSize {
		return nil, badinput.Errorf("the tokenizer has %d tokens, the model's vocabulary %d", t.VocabSize(), m.Config.VocabSize)
	}
	pass, err := m.NewPass(m.dev)
	if err != nil {
		return nil, err
	}
	return &Classifier{model: m, tokenizer: t, maxTokens: o.MaxTokens, pass: pass}, nil
}

// Labels returns the class names in the order of Prediction.Scores.
func (c *Classifier) Labels() []string { return c.model.Config.Labels }

// Encoded is an input as the model sees it.
type Encoded struct {
	IDs, TypeIDs []int32
	Truncated    bool
}

// Encode tokenises an input, in new memory, cut to MaxTokens. Token ids that do not fit the model are an input error.
func (c *Classifier) Encode(in Input) (Encoded, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.encode(in)
}

func (c *Classifier) encode(in Input) (Encoded, error) {
	if in.IDs != nil {
		types := in.TypeIDs
		if types == nil {
			types = make([]int32, len(in.IDs))
		}
		if len(types) != len(in.IDs) {
			return Encoded{}, badinput.Errorf("%d token types for %d ids", len(types), len(in.IDs))
		}
		n := min(len(in.IDs), c.maxTokens)
		if err := checkSequence(c.model.Config, in.IDs[:n], types[:n]); err != nil {
			return Encoded{}, err
		}
		return Encoded{IDs: in.IDs[:n], TypeIDs: types[:n], Truncated: n < len(in.IDs)}, nil
	}
	if c.tokenizer == nil {
		return Encoded{}, badinput.Errorf("the model has no tokenizer: only token ids can be classified")
	}
	o := tokenizer.Options{Truncation: tokenizer.Truncation{MaxLength: c.maxTokens}}
	var err error
	if in.HasPair {
		err = c.tokenizer.EncodePairInto(&c.buffer, in.Text, in.Pair, o)
	} else {
		err = c.tokenizer.EncodeInto(&c.buffer, in.Text, o)
	}
	if err != nil {
		return Encoded{}, err
	}
	e := Encoded{IDs: append([]int32(nil), c.buffer.IDs...), TypeIDs: append([]int32(nil), c.buffer.TypeIDs...), Truncated: c.buffer.Truncated}
	return e, checkSequence(c.model.Config, e.IDs, e.TypeIDs)
}

// passTokens is how many tokens go through the model at once: enough to keep the matrix products busy, few enough for a
// block's activations to stay in cache.
const passTokens = 1024

// Classify returns a prediction for every input, in order. Ragged batches need no sorting by length. An input that does not
// fit the model is an input error that names its place; when ctx ends its cause is returned.
func (c *Classifier) Classify(ctx Context, inputs []Input) ([]Prediction, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	predictions := make([]Prediction, 0, len(inputs))
	c.batch.Reset()
	for i, in := range inputs {
		e, err := c.encode(in)
		if err != nil {
			return nil, badinput.Errorf("input %d: %w", i, err)
		}
		if c.batch.Len() > 0 && c.batch.Tokens()+len(e.IDs) > passTokens {
			if predictions, err = c.flush(ctx, predictions); err != nil {
				return nil, err
			}
		}
		c.batch.Append(e.IDs, e.TypeIDs)
		predictions = append(predictions, Prediction{Tokens: len(e.IDs), Truncated: e.Truncated})
	}
	return c.flush(ctx, predictions)
}

// flush classifies the batch, whose predictions are the last ones, and empties it.
func (c *Classifier) flush(ctx Context, predictions []Prediction) ([]Prediction, error) {
	if c.batch.Len() == 0 {
		return predictions, nil
	}
	if ctx.Err() != nil {
		return nil, cause(ctx)
	}
	logits, err := c.pass.Forward(&c.batch)
	if err != nil {
		return nil, err
	}
	rows := make([]float32, logits.Len())
	c.model.dev.Read(rows, logits)
	first := len(predictions) - c.batch.Len()
	for i := range c.batch.Len() {
		row := rows[i*logits.Cols : (i+1)*logits.Cols : (i+1)*logits.Cols]
		c.model.Config.predict(&predictions[first+i], row)
	}
	c.batch.Reset()
	return predictions, nil
}

// predict fills in what follows from the logits.
func (c *Config) predict(p *Prediction, logits []float32) {
	p.Logits, p.Scores = logits, Softmax(logits)
	p.Index = argmax(logits)
	p.Label, p.Score = c.Labels[p.Index], p.Scores[p.Index]
}

// Softmax returns exp(x_i) / sum exp(x_j) in float64.
func Softmax(logits []float32) []float64 {
	scores := make([]float64, len(logits))
	top := math.Inf(-1)
	for _, v := range logits {
		top = max(top, float64(v))
	}
	sum := 0.0
	for i, v := range logits {
		scores[i] = math.Exp(float64(v) - top)
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
	return scores
}

// Model returns the classifier's model.
func (c *Classifier) Model() *Model { return c.model }

// Tokenizer returns the classifier's tokenizer, which may be nil.
func (c *Classifier) Tokenizer() *tokenizer.Tokenizer { return c.tokenizer }
