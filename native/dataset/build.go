package dataset

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// SteamID is the field of Steam's reviews that Build tells edited reviews by, and steamVersion that which says when.
const (
	SteamID      = "recommendationid"
	steamVersion = "timestamp_updated"
)

// Order is how Build orders rows.
type Order string

// The orders.
const (
	// Shuffled is Hugging Face's Dataset.shuffle(seed).
	Shuffled Order = "shuffled"
	// Original is the order in which the rows were read.
	Original Order = "original"
	// Interleaved takes a row of each label in turn, those of a label shuffled; labels that run out are passed over.
	Interleaved Order = "interleaved"
)

// Config says what Build does. Default returns what the command line begins with.
type Config struct {
	Sources []string // files, read one after another; "-" is standard input
	// Out is the file to write, in the format that its ending tells (.jsonl, .json, .csv or .tsv, also with .gz); "-" writes JSON
	// lines to Stdout.
	Out    string
	Stdout io.Writer
	// Dropped, when not empty, is a file of JSON lines for the rows that are not in the result, each with the reason.
	Dropped string
	Read    data.Options // AllowEmpty, NeedLabel and KeepFields do not count
	// Labels are the classes in the order of their ids; rows are then written with their names. Nil keeps labels as they are
	// spelled, which must fit each other.
	Labels []string
	Where  []Condition
	Rules  []Rule
	// KeepEmpty keeps rows whose text is empty or white space.
	KeepEmpty bool
	// MinChars and MaxChars are the least and the greatest length of a cleaned text, in code points; 0 for any.
	MinChars, MaxChars int
	// IDField tells versions of one row, of which the newest by timestamp_updated stays; "" for none. Rows without it stay.
	IDField string
	// Exact drops rows whose text another has, but for letter case and white space; Near those that are nearly so to a kept row of
	// the same label, from Similarity (0 for the default of leak reports).
	Exact, Near bool
	Similarity  float64
	// DropConflicts drops all rows of a text that stands under more than one label.
	DropConflicts bool
	// Balance draws as many rows of each label: as many as the rarest has, or PerLabel at most when that is above 0.
	Balance  bool
	PerLabel int
	Order    Order
	Seed     uint64
	// Fields are the columns to write, in that order; nil for all.
	Fields []string
	// TextName and LabelName are the names of the columns of text and label in the result; "" keeps those of the sources and, where
	// these differ, takes "text" and "label".
	TextName, LabelName string
	Threads             int // goroutines to work on; 0 for as many as there are processors
	OnProgress          Progress
}

// Progress is told how far a stage is; total is 0 where nobody knows. Nil hears nothing.
type Progress func(stage string, done, total int)

func (p Progress) tell(stage string, done, total int) {
	if p != nil {
		p(stage, done, total)
	}
}

// Default returns the settings that the command line begins with.
func Default() Config {
	return Config{Rules: DefaultRules(), IDField: SteamID, Exact: true, Near: true, Similarity: data.DefaultLeakThreshold, Order: Shuffled, Seed: 42}
}

// Validate returns an input error for the first setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case len(c.Sources) == 0:
		return badinput.Errorf("no file to read")
	case c.Out == "":
		return badinput.Errorf("no file to write")
	case c.Out == "-" && c.Stdout == nil:
		return badinput.Errorf("nowhere to write to")
	case c.Dropped == "-" || c.Dropped != "" && c.Dropped == c.Out:
		return badinput.Errorf("the dropped rows want a file of their own")
	case c.MinChars < 0 || c.MaxChars < 0 || c.MaxChars > 0 && c.MinChars > c.MaxChars:
		return badinput.Errorf("texts of %d to %d characters: want at least 0, and no more at least than at most", c.MinChars, c.MaxChars)
	case c.PerLabel < 0:
		return badinput.Errorf("%d rows of each label: want at least 1", c.PerLabel)
	case !slices.Contains([]Order{Shuffled, Original, Interleaved}, c.Order):
		return badinput.Errorf("order %q: want shuffled, original or interleaved", c.Order)
	}
	if n := countOf(c.Sources, "-"); n > 1 {
		return badinput.Errorf("standard input is named %d times", n)
	}
	if _, err := newCleaner(c.Rules); err != nil {
		return err
	}
	if _, err := data.NewNearIndex(c.Similarity); err != nil {
		return err
	}
	_, err := outputFormat(c.Out)
	return err
}

func countOf(list []string, wanted string) (n int) {
	for _, s := range list {
		if s == wanted {
			n++
		}
	}
	return n
}

// build is a data set that is being built.
type build struct {
	Config
	store   *store
	cleaner cleaner
	cleaned []int // rows that each rule changed
	names   *data.Labels
	class   []int // of each spelling; nil without labels
	summary Summary
}

// Build makes a data set and returns what became of the rows. When it fails no file is there that was not before, unless putting
// the dropped rows in their place fails after the data set has taken its own.
func Build(ctx context.Context, c Config) (*Summary, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := &build{Config: c, cleaned: make([]int, len(rules))}
	var err error
	if b.cleaner, err = newCleaner(c.Rules); err != nil {
		return nil, err
	}
	if b.store, err = newStore(c.Threads); err != nil {
		return nil, err
	}
	defer b.store.close()
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	if err := b.drop(ctx); err != nil {
		return nil, err
	}
	order, err := b.order()
	if err != nil {
		return nil, err
	}
	b.summarize()
	switch {
	case b.summary.Read == 0:
		return nil, badinput.Errorf("%s: no rows", strings.Join(c.Sources, ", "))
	case len(order) == 0:
		return nil, badinput.Errorf("no row is left of %d: %s", b.summary.Read, countsText(b.summary.Dropped))
	}
	if err := b.write(ctx, order); err != nil {
		return nil, err
	}
	return &b.summary, nil
}

func countsText(counts []Count) string {
	text := ""
	for i, c := range counts {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s %d", c.Name, c.Rows)
	}
	return text
}

// read reads and cleans all rows.
func (b *build) read(ctx context.Context) error {
	r := reading{
		store: b.store, options: b.Read, fields: fieldOf{b.IDField, steamVersion}, prepare: b.prepare,
		onRows: func(rows int) { b.OnProgress.tell("reading", rows, 0) },
		accept: func(in *incoming) {
			for i := range rules {
				b.cleaned[i] += int(in.changed >> i & 1)
			}
		},
	}
	r.options.NeedLabel = false
	if b.Labels != nil {
		var err error
		if r.labels, err = data.NewLabels(b.Labels...); err != nil {
			return err
		}
	}
	for _, path := range b.Sources {
		if err := r.file(ctx, path); err != nil {
			return err
		}
	}
	if err := b.store.finish(); err != nil {
		return err
	}
	var err error
	if b.names, b.class, err = b.store.classes(r.labels); err != nil {
		return err
	}
	b.summary.Labels = []LabelCount{}
	if b.names != nil {
		for _, name := range b.names.Names() {
			b.summary.Labels = append(b.summary.Labels, LabelCount{Label: name})
		}
	}
	return nil
}

// prepare cleans a row's text and finds whether what the row says alone keeps it out.
func (b *build) prepare(in *incoming) error {
	in.row.Text, in.changed = b.cleaner.clean(in.row.Text)
	in.entry.reason = b.judge(in)
	return nil
}

// classOf is the class of a row, -1 for none.
func (b *build) classOf(e *entry) int {
	if e.spelling < 0 || b.class == nil {
		return -1
	}
	return b.class[e.spelling]
}
