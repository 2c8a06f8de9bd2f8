package dataset

import (
	"context"
	"strings"
	"sync"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/tokenize"
	"github.com/lorica-go/lorica/tokenizer"
)

// MeasureConfig says what Measure looks at. DefaultMeasure returns what the command line begins with.
type MeasureConfig struct {
	Sources []string
	Read    data.Options
	// Model is the model, or tokenizer, whose tokens are counted; "" counts none.
	Model string
	// MaxLength is the number of tokens beyond which texts are cut in training.
	MaxLength int
	// Near looks for near duplicates, from Similarity on (0 means the default of leak reports); Languages guesses languages.
	Near       bool
	Similarity float64
	Languages  bool
	// By is a field for whose values rows, labels and lengths are counted apart; "" for none.
	By         string
	Threads    int // goroutines to work on; 0 for as many as there are processors
	OnProgress Progress
}

// DefaultMeasure returns the settings that the command line begins with.
func DefaultMeasure() MeasureConfig {
	return MeasureConfig{MaxLength: 512, Near: true, Similarity: data.DefaultLeakThreshold, Languages: true}
}

// Validate returns an input error for the first setting that makes no sense.
func (c *MeasureConfig) Validate() error {
	switch {
	case len(c.Sources) == 0:
		return badinput.Errorf("no file to read")
	case countOf(c.Sources, "-") > 1:
		return badinput.Errorf("standard input is named twice")
	case c.MaxLength < 1:
		return badinput.Errorf("maximum length %d: want at least 1", c.MaxLength)
	}
	_, err := data.NewNearIndex(c.Similarity)
	return err
}

// Above counts texts of more tokens than training takes.
type Above struct {
	MaxLength int     `json:"max_length"`
	Rows      int     `json:"rows"`
	Share     float64 `json:"share"`
}

// Duplicates counts texts that are there more than once.
type Duplicates struct {
	// Exact is how many rows have a text that a row before them has, but for letter case and white space; Texts is how many texts
	// are there more than once, and Conflicts how many stand under more than one label.
	Exact     int `json:"exact"`
	Texts     int `json:"texts"`
	Conflicts int `json:"conflicts"`
	// Near is how many of the different texts are near duplicates of one before them that is none itself; nil when nobody looked.
	Near       *int    `json:"near,omitempty"`
	Similarity float64 `json:"similarity,omitempty"`
}

// Measures is what Measure finds.
type Measures struct {
	Sources    []Source `json:"sources"`
	Rows       int      `json:"rows"`
	Empty      int      `json:"empty"`      // texts of nothing but white space
	Unlabelled int      `json:"unlabelled"` // rows without a usable label
	Labels     []Count  `json:"labels"`
	// LabelProblem says why the labels do not fit each other; they are then counted as they are spelled.
	LabelProblem string      `json:"label_problem,omitempty"`
	Lengths      []Lengths   `json:"lengths"` // in characters, words and, with a model, tokens
	Model        string      `json:"model,omitempty"`
	Above        *Above      `json:"above,omitempty"`
	Duplicates   Duplicates  `json:"duplicates"`
	Languages    *Languages  `json:"languages,omitempty"`
	TextField    string      `json:"text_field"`
	LabelField   string      `json:"label_field,omitempty"`
	Fields       []FieldFact `json:"fields"`
	By           *Breakdown  `json:"by,omitempty"`
}

// counts is what one row adds.
type counts struct {
	words, tokens int32
	language      string
}

// measure is a data set that is being measured.
type measure struct {
	MeasureConfig
	store     *store
	encoders  sync.Pool // of *tokenizer.Encoder; empty without a model
	tokenizer *tokenizer.Tokenizer
	chars     []int32
	words     []int32
	tokens    []int32
	languages map[string]int
	fields    *fieldFacts
	by        *breakdown
	result    Measures
}

// Measure reads files and says what is in them.
func Measure(ctx context.Context, c MeasureConfig) (*Measures, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := &measure{MeasureConfig: c, languages: map[string]int{}, fields: newFieldFacts()}
	if c.By != "" {
		m.by = newBreakdown(c.By)
	}
	var err error
	if c.Model != "" {
		if m.tokenizer, err = tokenize.Open(c.Model); err != nil {
			return nil, err
		}
		m.encoders.New = func() any { return m.tokenizer.NewEncoder() }
	}
	if m.store, err = newStore(c.Threads); err != nil {
		return nil, err
	}
	defer m.store.close()
	for _, step := range []func(context.Context) error{m.read, m.labels, m.duplicates} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	m.sum()
	return &m.result, nil
}

func (m *measure) read(ctx context.Context) error {
	r := reading{
		store: m.store, options: m.Read, textOnly: true, prepare: m.count, accept: m.accept,
		onRows: func(rows int) { m.OnProgress.tell("reading", rows, 0) },
	}
	r.options.NeedLabel = false
	for _, path := range m.Sources {
		if err := r.file(ctx, path); err != nil {
			return err
		}
	}
	if len(m.store.entries) == 0 {
		return badinput.Errorf("%s: no rows", strings.Join(m.Sources, ", "))
	}
	return m.store.finish()
}

// count counts a row's words and tokens and guesses its language, on any goroutine.
func (m *measure) count(in *incoming) error {
	in.counts.words = int32(len(strings.Fields(in.row.Text)))
	if m.Languages {
		in.counts.language = guess(in.row.Text)
	}
	if m.tokenizer == nil {
		return nil
	}
	e := m.encoders.Get().(*tokenizer.Encoder)
	defer m.encoders.Put(e)
	ids, err := e.AppendIDs(nil, in.row.Text, tokenizer.Options{})
	if err != nil {
		return badinput.Errorf("line %d: %w", in.row.Line, err)
	}
	in.counts.tokens = int32(len(ids))
	return nil
}

// accept adds a row's counts.
func (m *measure) accept(in *incoming) {
	m.chars = append(m.chars, in.entry.chars)
	m.words = append(m.words, in.counts.words)
	if m.tokenizer != nil {
		m.tokens = append(m.tokens, in.counts.tokens)
	}
	if m.Languages {
		m.languages[in.counts.language]++
	}
	if strings.TrimSpace(in.row.Text) == "" {
		m.result.Empty++
	}
	m.fields.add(in.fields)
	if m.by != nil {
		length := in.entry.chars
		if m.tokenizer != nil {
			length = in.counts.tokens
		}
		m.by.add(in.fields, in.entry.spelling, length)
	}
}

// sum fills in what all rows together give.
func (m *measure) sum() {
	r := &m.result
	r.Sources, r.Rows = m.store.sources, len(m.store.entries)
	r.Lengths = []Lengths{newLengths("characters", m.chars), newLengths("words", m.words)}
	if m.tokenizer != nil {
		r.Model = m.Model
		r.Lengths = append(r.Lengths, newLengths("tokens", m.tokens))
		r.Above = &Above{MaxLength: m.MaxLength}
		for _, n := range m.tokens {
			if int(n) > m.MaxLength {
				r.Above.Rows++
			}
		}
		r.Above.Share = float64(r.Above.Rows) / float64(len(m.tokens))
	}
	if m.Languages {
		r.Languages = newLanguages(m.languages)
	}
	r.Fields = m.fields.facts()
	r.TextField = m.store.roleName("", "", m.store.texts)
	r.LabelField = m.store.roleName("", "", m.store.labels)
}
