package dataset

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/json"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// Choice is which rows Pick takes.
type Choice string

// The choices.
const (
	Random   Choice = "random"   // drawn by the seed, in the order of the file
	First    Choice = "first"    // of the file
	Shortest Choice = "shortest" // in characters, the shortest first
	Longest  Choice = "longest"  // the longest first
)

// Choices returns all choices.
func Choices() []Choice { return []Choice{Random, First, Shortest, Longest} }

// PickConfig says which rows Pick takes. DefaultPick returns what the command line begins with.
type PickConfig struct {
	Sources []string
	Read    data.Options
	Rows    int // how many
	// PerLabel takes Rows of each label. Label, when not empty, takes rows of that label only, which is given as in a file.
	PerLabel bool
	Label    string
	Where    []Condition
	By       Choice
	Seed     uint64
}

// DefaultPick returns the settings that the command line begins with.
func DefaultPick() PickConfig { return PickConfig{Rows: 5, By: Random, Seed: 42} }

// Validate returns an input error for the first setting that makes no sense.
func (c *PickConfig) Validate() error {
	switch {
	case len(c.Sources) == 0:
		return badinput.Errorf("no file to read")
	case countOf(c.Sources, "-") > 1:
		return badinput.Errorf("standard input is named twice")
	case c.Rows < 1:
		return badinput.Errorf("%d rows: want at least 1", c.Rows)
	case !slices.Contains(Choices(), c.By):
		return badinput.Errorf("choice %q: want random, first, shortest or longest", c.By)
	}
	return nil
}

// Sample is a row that was picked.
type Sample struct {
	File       string          `json:"file"`
	Line       int             `json:"line"`
	Label      string          `json:"label,omitempty"` // as the file spells it
	Characters int             `json:"characters"`
	Text       string          `json:"-"` // of Row
	Row        json.RawMessage `json:"row"`
	fields     []data.Field
}

// picked is a row that may be taken: of all rows, those with the smallest keys are.
type picked struct {
	key   uint64
	order int
	Sample
}

// hand is the best rows so far, the worst on top.
type hand []*picked

func (h hand) Len() int           { return len(h) }
func (h hand) Less(i, j int) bool { return h[i].compare(h[j]) > 0 }
func (h hand) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is heap.Interface's.
func (h *hand) Push(x any) { *h = append(*h, x.(*picked)) }

// Pop is heap.Interface's.
func (h *hand) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (p *picked) compare(other *picked) int {
	return cmp.Or(cmp.Compare(p.key, other.key), p.order-other.order)
}

// Pick takes a few rows of files, which it reads once, keeping in memory what it takes.
func Pick(ctx context.Context, c PickConfig) ([]Sample, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p := picker{PickConfig: c, draws: data.NewPCG64(c.Seed), hands: map[string]*hand{}}
	for _, path := range c.Sources {
		if err := p.file(ctx, path); err != nil {
			return nil, err
		}
	}
	var all []*picked
	for _, h := range p.hands {
		all = append(all, *h...)
	}
	if len(all) == 0 {
		return nil, badinput.Errorf("no row of %d is as asked for", p.rows)
	}
	slices.SortFunc(all, func(a, b *picked) int {
		if c.By == Random || c.By == First {
			return a.order - b.order
		}
		return a.compare(b)
	})
	samples := make([]Sample, len(all))
	for i, s := range all {
		samples[i] = s.Sample
		samples[i].Row = objectOf(s.fields)
	}
	return samples, nil
}

type picker struct {
	PickConfig
	draws *data.PCG64
	hands map[string]*hand // by label; all under "" unless PerLabel
	rows  int
}

func (p *picker) file(ctx context.Context, path string) (err error) {
	o := p.Read
	o.AllowEmpty, o.KeepFields, o.NeedLabel = true, true, false
	in, err := data.Open(path, o)
	if err != nil {
		return err
	}
	defer func() {
		if closed := in.Close(); err == nil && closed != nil {
			err = badinput.Errorf("%s: %w", in.Name(), closed)
		}
	}()
	for {
		if p.rows%groupRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row, err := in.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if p.take(row, in); len(p.hands) > maxSpellings {
			return badinput.Errorf("%s: more than %d different labels: is this the label's column?", in.Name(), maxSpellings)
		}
	}
}

// take keeps a row if it is among the best.
func (p *picker) take(row data.Row, in *data.Reader) {
	p.rows++
	next := &picked{order: p.rows, Sample: Sample{File: in.Name(), Line: row.Line, Text: row.Text, Characters: utf8.RuneCountInString(row.Text)}}
	if row.Label.Kind != data.NoLabel {
		next.Label = labelText(row.Label)
	}
	switch p.By {
	case Random:
		next.key = p.draws.Uint64() // drawn for every row, so that conditions do not change the others' keys
	case Shortest:
		next.key = uint64(next.Characters)
	case Longest:
		next.key = ^uint64(next.Characters)
	}
	if p.Label != "" && next.Label != p.Label {
		return
	}
	fields := in.Record()
	for _, c := range p.Where {
		if is, ok := scalar(fields, c.Field); !ok || is != c.Value {
			return
		}
	}
	key := ""
	if p.PerLabel {
		key = next.Label
	}
	h := p.hands[key]
	if h == nil {
		h = &hand{}
		p.hands[key] = h
	}
	if h.Len() == p.Rows {
		if next.compare((*h)[0]) > 0 {
			return
		}
		heap.Pop(h)
	}
	for i := range fields {
		fields[i].JSON = slices.Clone(fields[i].JSON)
	}
	next.fields = fields
	heap.Push(h, next)
}

// labelText is a label without quotation marks.
func labelText(l data.Label) string {
	if l.Kind == data.NameLabel {
		return l.Name
	}
	return l.String()
}

// objectOf writes fields as a JSON object.
func objectOf(fields []data.Field) json.RawMessage {
	object := []byte{'{'}
	for i, f := range fields {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(append(data.AppendJSON(object, f.Name), ':'), f.JSON...)
	}
	return append(object, '}')
}
