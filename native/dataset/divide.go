package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// Method is a way to draw rows for testing.
type Method string

// The methods, all of which draw what the library draws, row for row.
const (
	Datasets            Method = "datasets"           // Hugging Face datasets' train_test_split
	Stratified          Method = "stratified"         // the same with stratify_by_column
	Sklearn             Method = "sklearn"            // scikit-learn's train_test_split
	SklearnStratified   Method = "sklearn-stratified" // the same with stratify
	ListFile                   = "split.json"         // the positions of the rows of each part
	defaultEnding              = ".jsonl"
	longestGroupsColumn        = 1 << 28 // bytes of group names
)

// Methods returns all methods.
func Methods() []Method { return []Method{Datasets, Stratified, Sklearn, SklearnStratified} }

// Parts are the names of the parts, in the order in which they are written.
var Parts = [...]string{"train", "test", "validation"}

// The places of the parts in Parts.
const (
	train = iota
	test
	validation
)

// DivideConfig says how a file is parted. DefaultDivide returns what the command line begins with.
type DivideConfig struct {
	Source string
	// Out is the folder that gets train, test and, if asked for, validation, each as a file with Ending, and ListFile, whose lists
	// name the rows of Source by position from 0.
	Out string
	// Ending tells format and compression, such as ".csv.gz"; "" takes that of Source, or .jsonl.
	Ending string
	Read   data.Options
	// Test and Validation are shares of all rows, or numbers of them; with Group, of all groups. The zero Validation is none.
	Test, Validation data.Size
	Method           Method
	// Group is a field whose values stand in one part only, each; Method does not count then (data.GroupSplit).
	Group string
	Seed  uint64
	// DropLeaks leaves rows out of training whose text stands in another part, exactly or nearly, and out of validation if it is
	// tested on. Similarity is from where on it nearly does; 0 means the default of leak reports.
	DropLeaks  bool
	Similarity float64
	Threads    int // goroutines to work on; 0 for as many as there are processors
	OnProgress Progress
}

// DefaultDivide returns the settings that the command line begins with.
func DefaultDivide() DivideConfig {
	return DivideConfig{Test: data.Size{Fraction: 0.2}, Method: Datasets, Seed: 42, Similarity: data.DefaultLeakThreshold}
}

// Validate returns an input error for the first setting that makes no sense.
func (c *DivideConfig) Validate() error {
	switch {
	case c.Source == "":
		return badinput.Errorf("no file to read")
	case c.Out == "":
		return badinput.Errorf("no folder to write to")
	case !slices.Contains(Methods(), c.Method):
		return badinput.Errorf("split %q: want datasets, stratified, sklearn or sklearn-stratified", c.Method)
	case c.Test == data.Size{}:
		return badinput.Errorf("a test half of no rows")
	}
	if c.Ending != "" {
		if _, err := outputFormat("x" + c.Ending); err != nil || c.Ending[0] != '.' {
			return badinput.Errorf("ending %q: want .jsonl, .json, .csv or .tsv, also with .gz", c.Ending)
		}
	}
	_, err := data.NewNearIndex(c.Similarity)
	return err
}

// Part is a part of the rows.
type Part struct {
	Name   string  `json:"name"`
	File   string  `json:"file"`
	Rows   int     `json:"rows"`
	Labels []Count `json:"labels"`
	Groups int     `json:"groups,omitempty"` // different values of Group
}

// Division says what Divide has done.
type Division struct {
	Source Source `json:"source"`
	Parts  []Part `json:"parts"`
	Method string `json:"method"`
	Group  string `json:"group,omitempty"`
	Seed   uint64 `json:"seed"`
	// Leaks are the texts that stood in two parts, by the part that is measured on.
	Leaks   []PartLeaks `json:"leaks"`
	Dropped int         `json:"dropped"`        // rows left out because of them
	List    string      `json:"list,omitempty"` // none where bad rows were passed over, whose positions it would not count
}

// divide is a file that is being parted.
type divide struct {
	DivideConfig
	store   *store
	groups  []string // of each row; nil without Group
	names   *data.Labels
	class   []int
	parts   [len(Parts)][]int // rows by part
	result  Division
	columns []column
}

// Divide parts a file. When it fails no file is there that was not before, unless putting a finished file in its place fails after
// another has taken its own.
func Divide(ctx context.Context, c DivideConfig) (*Division, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	d := &divide{DivideConfig: c}
	var err error
	if d.store, err = newStore(c.Threads); err != nil {
		return nil, err
	}
	defer d.store.close()
	for _, step := range []func(context.Context) error{d.read, d.draw, d.findLeaks, d.write} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return &d.result, nil
}

func (d *divide) read(ctx context.Context) error {
	groupBytes := 0
	r := reading{
		store: d.store, options: d.Read, prepare: func(*incoming) error { return nil },
		onRows: func(rows int) { d.OnProgress.tell("reading", rows, 0) },
		accept: func(in *incoming) {
			if d.Group != "" {
				group, _ := scalar(in.fields, d.Group)
				d.groups = append(d.groups, group)
				groupBytes += len(group)
			}
		},
	}
	r.options.NeedLabel = false
	if err := r.file(ctx, d.Source); err != nil {
		return err
	}
	s := d.store
	if err := s.finish(); err != nil {
		return err
	}
	if len(s.entries) == 0 {
		return badinput.Errorf("%s: no rows", d.Source)
	}
	if d.Group != "" {
		if groupBytes > longestGroupsColumn {
			return badinput.Errorf("%s: the values of %q take %d bytes: that is no field of groups", d.Source, d.Group, groupBytes)
		}
		if err := d.checkGroups(); err != nil {
			return err
		}
	}
	var err error
	if d.columns, err = s.layout("", "", nil); err != nil {
		return err
	}
	d.names, d.class, err = s.classes(nil)
	return err
}

// checkGroups refuses rows that are of no group: they would all count as one.
func (d *divide) checkGroups() error {
	for i, group := range d.groups {
		if group == "" {
			return badinput.Errorf("%s: no group in field %q", d.store.place(&d.store.entries[i]), d.Group)
		}
	}
	return nil
}

// write writes the parts and the lists of their rows.
func (d *divide) write(ctx context.Context) error {
	ending := d.Ending
	if ending == "" {
		if ending = endingOf(d.Source); ending == "" {
			ending = defaultEnding
		}
	}
	if err := makeDir(d.Out); err != nil {
		return err
	}
	total, written := len(d.store.entries), 0
	// Each part is written inside the writing of the one before, so that the first takes its place when the last is whole.
	var next func(part int) error
	next = func(part int) error {
		if part == len(Parts) {
			return d.writeLists()
		}
		if part == validation && len(d.parts[part]) == 0 {
			return next(part + 1)
		}
		path := filepath.Join(d.Out, Parts[part]+ending)
		format, err := outputFormat(path)
		if err != nil {
			return err
		}
		d.describe(part, path)
		return writeFile(path, func(w io.Writer) error {
			rows := make([]int32, len(d.parts[part]))
			for i, at := range d.parts[part] {
				rows[i] = int32(at)
			}
			err := d.store.writeRows(ctx, w, format, d.columns, rows, func(done int) { d.OnProgress.tell("writing", written+done, total) })
			if err != nil {
				return err
			}
			written += len(rows)
			return next(part + 1)
		})
	}
	d.result.Source, d.result.Method, d.result.Group, d.result.Seed = d.store.sources[0], string(d.Method), d.Group, d.Seed
	if d.Group != "" {
		d.result.Method = "sklearn's GroupShuffleSplit"
	}
	return next(train)
}

// describe adds a part to the result.
func (d *divide) describe(part int, path string) {
	p := Part{Name: Parts[part], File: path, Rows: len(d.parts[part]), Labels: []Count{}}
	if d.names != nil {
		for _, name := range d.names.Names() {
			p.Labels = append(p.Labels, Count{Name: name})
		}
	}
	groups := map[string]bool{}
	for _, at := range d.parts[part] {
		if e := &d.store.entries[at]; e.spelling >= 0 {
			p.Labels[d.class[e.spelling]].Rows++
		}
		if d.groups != nil {
			groups[d.groups[at]] = true
		}
	}
	p.Groups = len(groups)
	d.result.Parts = append(d.result.Parts, p)
}

// writeLists writes the positions of the rows of each part, as train --rows takes them.
func (d *divide) writeLists() error {
	if d.store.sources[0].BadRow > 0 {
		return nil
	}
	lists := map[string][]int{}
	for part, rows := range d.parts {
		if part != validation || len(rows) > 0 {
			lists[Parts[part]] = rows
		}
	}
	d.result.List = filepath.Join(d.Out, ListFile)
	return atomicfile.Write(d.result.List, func(w io.Writer) error {
		if err := json.NewEncoder(w).Encode(lists); err != nil {
			return fmt.Errorf("lists of rows: %w", err)
		}
		return nil
	})
}

// endingOf returns a path's ending if rows can be written so.
func endingOf(path string) string {
	base := strings.ToLower(filepath.Base(path))
	name := strings.TrimSuffix(base, ".gz")
	ext := filepath.Ext(name)
	if _, err := outputFormat("x" + ext); ext == "" || err != nil {
		return ""
	}
	return ext + base[len(name):]
}
