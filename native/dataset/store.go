package dataset

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// The first names of a store: the columns of text and label, which files may call differently.
const (
	textName = iota
	labelName
	firstName
)

const (
	// maxRows bounds the rows of a store: what an int32 can number, with room.
	maxRows = 1 << 30
	// maxNames bounds the different field names of all files.
	maxNames = 10_000
	// maxSpellings bounds the different labels of all files; a column of texts is no label.
	maxSpellings = 10_000
)

// digest is the beginning of a SHA-256.
type digest [16]byte

// entry is what memory keeps of a row.
type entry struct {
	at       int64
	version  int64 // of rows with the same id, the larger is the newer
	size     int32
	source   int32
	line     int32
	spelling int32 // number of the label's spelling, -1 for none
	chars    int32 // code points of the cleaned text
	of       int32 // the row that this one is a duplicate of
	text     digest
	id       digest // zero for none
	reason   reason
	alike    float32 // similarity to it
}

// spelling is a label as files have it.
type spelling struct {
	label  data.Label
	source int
	line   int
}

// store holds the rows of some files.
type store struct {
	*spool
	workers   int
	names     []string
	nameOf    map[string]int
	met       []int // numbers of names in the order in which rows first have them
	sources   []Source
	texts     []string // name of the text's column in each source
	labels    []string // of the label's; "" where there is none
	entries   []entry
	spellings []spelling
	spelled   map[data.Label]int32
}

// newStore makes an empty store, on which so many goroutines work; 0 means as many as there are processors.
func newStore(workers int) (*store, error) {
	s, err := newSpool()
	if err != nil {
		return nil, err
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &store{spool: s, workers: workers, names: make([]string, firstName), nameOf: map[string]int{}, spelled: map[data.Label]int32{}}, nil
}

// name returns the number of a field's name.
func (s *store) name(name string) (int, error) {
	if i, ok := s.nameOf[name]; ok {
		return i, nil
	}
	if len(s.names) >= maxNames {
		return 0, badinput.Errorf("more than %d different fields", maxNames)
	}
	i := len(s.names)
	s.nameOf[name] = i
	s.names = append(s.names, name)
	s.met = append(s.met, i)
	return i, nil
}

// role returns the number of a source's column of texts or labels, and 0 and false for other columns.
func (s *store) role(name string, source int) (number int, ok bool) {
	switch {
	case name == "":
		return 0, false
	case name == s.texts[source]:
		return textName, true
	case name == s.labels[source]:
		return labelName, true
	}
	return 0, false
}

// meet sees to it that a row's fields have numbers.
func (s *store) meet(fields []data.Field, source int) error {
	for _, f := range fields {
		if number, ok := s.role(f.Name, source); ok {
			if !slices.Contains(s.met, number) {
				s.met = append(s.met, number)
			}
		} else if _, err := s.name(f.Name); err != nil {
			return err
		}
	}
	return nil
}

// spelling returns the number of a label's spelling, -1 for none.
func (s *store) spelling(row *data.Row, source int) (int32, error) {
	if row.Label.Kind == data.NoLabel {
		return -1, nil
	}
	i, ok := s.spelled[row.Label]
	if !ok {
		if len(s.spellings) >= maxSpellings {
			return 0, fmt.Errorf("more than %d different labels: is this the label's column?", maxSpellings)
		}
		i = int32(len(s.spellings))
		s.spelled[row.Label] = i
		s.spellings = append(s.spellings, spelling{row.Label, source, row.Line})
	}
	return i, nil
}

// labelled reports whether any file has a column of labels.
func (s *store) labelled() bool {
	for _, name := range s.labels {
		if name != "" {
			return true
		}
	}
	return false
}

// place is where a row stands, for messages.
func (s *store) place(e *entry) string { return fmt.Sprintf("%s:%d", s.sources[e.source].File, e.line) }

// load reads a row's fields again. The buffers are used again.
func (s *store) load(e *entry, buffer []byte, values []value) ([]byte, []value, error) {
	buffer, err := s.read(e.at, e.size, buffer)
	if err != nil {
		return nil, nil, err
	}
	values, err = splitRecord(buffer, values)
	return buffer, values, err
}

// row reads a row's text again.
func (s *store) row(e *entry) (*data.Row, error) {
	_, values, err := s.load(e, nil, nil)
	if err != nil {
		return nil, err
	}
	row := &data.Row{Line: int(e.line)}
	for _, v := range values {
		if v.name == textName {
			if err := json.Unmarshal(v.json, &row.Text); err != nil {
				return nil, errSpool
			}
		}
	}
	return row, nil
}

// classes finds the classes of the labels and gives each spelling its class. Without names they are inferred, as data.InferLabels
// does; names that come from the caller have been checked while reading.
func (s *store) classes(labels *data.Labels) (*data.Labels, []int, error) {
	if len(s.spellings) == 0 {
		return nil, nil, nil
	}
	if labels == nil {
		rows := make([]data.Row, len(s.spellings))
		for i, sp := range s.spellings {
			rows[i] = data.Row{Line: sp.line, Label: sp.label}
		}
		var err error
		if labels, err = data.InferLabels(s.sources[s.spellings[0].source].File, rows); err != nil {
			return nil, nil, s.mixedLabels(err)
		}
	}
	of := make([]int, len(s.spellings))
	for i, sp := range s.spellings {
		var err error
		if of[i], err = labels.ID(sp.label); err != nil {
			return nil, nil, badinput.Errorf("%s:%d: %w", s.sources[sp.source].File, sp.line, err)
		}
	}
	return labels, of, nil
}

// mixedLabels names a label of each file when files spell labels differently; err is what was wrong.
func (s *store) mixedLabels(err error) error {
	var first []spelling
	for _, sp := range s.spellings {
		if len(first) == 0 || len(first) == 1 && sp.label.Kind != first[0].label.Kind {
			first = append(first, sp)
		}
	}
	if len(first) < 2 {
		return err
	}
	return badinput.Errorf("labels of two kinds: %s on %s:%d and %s on %s:%d; name the classes in the order of their ids",
		first[0].label, s.sources[first[0].source].File, first[0].line, first[1].label, s.sources[first[1].source].File, first[1].line)
}

// parallel calls work for 0 to n-1 on some goroutines and returns the first error by position.
func parallel(n, workers int, work func(i int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for w := range min(workers, n) {
		group.Go(func() {
			for i := w; i < n; i += workers {
				errs[i] = work(i)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
