package dataset

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// Rows are read in groups, whose texts are worked on by all processors. A group ends with either.
const (
	groupRows  = 512
	groupBytes = 8 << 20
)

// loggedRows is how many bad rows of a file are named in the log.
const loggedRows = 20

// fieldOf names columns that a row is told by.
type fieldOf struct {
	id      string // rows with the same value are versions of one
	version string // the larger, the newer
}

// incoming is a row on its way into the store.
type incoming struct {
	row     data.Row
	fields  []data.Field
	entry   entry
	record  []byte
	changed uint16 // the rules that changed the text
	counts  counts // of Measure
}

// reading is how rows get into a store.
type reading struct {
	store   *store
	options data.Options
	fields  fieldOf
	labels  *data.Labels // whose names are then written; nil leaves labels as they are spelled
	// prepare works on a row, on any goroutine: it may change the text and give the entry a reason.
	prepare func(in *incoming) error
	// accept hears of a row that has been stored, in order.
	accept func(in *incoming)
	// textOnly stores nothing but the texts.
	textOnly bool
	// onRows is told how many rows have been read.
	onRows func(rows int)
}

// file reads a file to its end.
func (r *reading) file(ctx context.Context, path string) error {
	o := r.options
	o.AllowEmpty, o.KeepFields, o.NeedLabel = true, true, r.options.NeedLabel
	in, err := data.Open(path, o)
	if err != nil {
		return err
	}
	err = r.rows(ctx, in)
	if closed := in.Close(); err == nil && closed != nil {
		err = badinput.Errorf("%s: %w", in.Name(), closed)
	}
	return err
}

func (r *reading) rows(ctx context.Context, in *data.Reader) error {
	s := r.store
	number := len(s.sources)
	s.sources = append(s.sources, Source{File: in.Name(), Format: string(in.Format())})
	s.texts, s.labels = append(s.texts, ""), append(s.labels, "")
	var group []*incoming
	unknown := 0
	size := 0
	for {
		row, err := in.Next()
		if err != nil && err != io.EOF {
			return err
		}
		if err == nil {
			s.texts[number], s.labels[number] = in.Fields()
			next, problem := r.take(row, in)
			switch {
			case problem != nil && !r.options.SkipBad:
				return problem
			case problem != nil:
				if unknown++; unknown <= loggedRows && r.options.Logger != nil {
					r.options.Logger.Warn("skipped a bad row", "error", problem.Error())
				}
				continue
			}
			group = append(group, next)
			for _, f := range next.fields {
				size += len(f.JSON)
			}
		}
		if len(group) >= groupRows || size >= groupBytes || err == io.EOF {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := r.group(group, number); err != nil {
				return err
			}
			group, size = group[:0], 0
		}
		if err == io.EOF {
			s.sources[number].BadRow = in.Skipped() + unknown
			return nil
		}
	}
}

// take copies a row out of its reader and checks its label.
func (r *reading) take(row data.Row, in *data.Reader) (*incoming, error) {
	bad := func(err error) error {
		return badinput.Errorf("%w", &data.RowError{File: in.Name(), Line: row.Line, Err: err})
	}
	if row.InputIDs != nil && row.Text == "" {
		return nil, bad(errors.New("a row of token ids has no text"))
	}
	next := &incoming{row: row, fields: slices.Clone(in.Record())}
	for i := range next.fields {
		next.fields[i].JSON = slices.Clone(next.fields[i].JSON)
	}
	if r.labels != nil && row.Label.Kind != data.NoLabel {
		if _, err := r.labels.ID(row.Label); err != nil {
			_, label := in.Fields()
			return nil, bad(fmt.Errorf("field %q: %w", label, err))
		}
	}
	return next, nil
}

// group prepares rows side by side and stores them in order.
func (r *reading) group(group []*incoming, source int) error {
	s := r.store
	for _, in := range group {
		if r.textOnly {
			break
		}
		// Names are given their numbers in order.
		if err := s.meet(in.fields, source); err != nil {
			return fmt.Errorf("%s:%d: %w", s.sources[source].File, in.row.Line, err)
		}
	}
	if err := parallel(len(group), s.workers, func(i int) error { return r.encode(group[i], source) }); err != nil {
		return err
	}
	for _, in := range group {
		if len(s.entries) >= maxRows {
			return badinput.Errorf("more than %d rows", maxRows)
		}
		var err error
		if in.entry.spelling, err = s.spelling(&in.row, source); err != nil {
			return badinput.Errorf("%s:%d: %w", s.sources[source].File, in.row.Line, err)
		}
		if in.entry.at, err = s.append(in.record); err != nil {
			return err
		}
		in.entry.size = int32(len(in.record))
		s.entries = append(s.entries, in.entry)
		if r.accept != nil {
			r.accept(in)
		}
	}
	s.sources[source].Rows += len(group)
	if r.onRows != nil {
		r.onRows(len(s.entries))
	}
	return nil
}

// encode prepares a row and makes its entry and its record.
func (r *reading) encode(in *incoming, source int) error {
	s, e := r.store, &in.entry
	e.source, e.line, e.of = int32(source), int32(in.row.Line), -1
	if err := r.prepare(in); err != nil {
		return err
	}
	e.chars = int32(utf8.RuneCountInString(in.row.Text))
	e.text = digestOf(data.Normalize(&in.row))
	if id, ok := scalar(in.fields, r.fields.id); ok && id != "" {
		e.id = digestOf(id)
		if version, ok := scalar(in.fields, r.fields.version); ok {
			e.version, _ = strconv.ParseInt(version, 10, 64) // what is no number is oldest
		}
	}
	for _, f := range in.fields {
		v := value{json: f.JSON}
		number, role := s.role(f.Name, source)
		switch {
		case r.textOnly && (!role || number != textName):
			continue
		case !role:
			v.name = s.nameOf[f.Name]
		case number == textName:
			v.json = data.AppendJSON(nil, in.row.Text)
		default:
			v.name = labelName
			if r.labels != nil && in.row.Label.Kind != data.NoLabel {
				id, err := r.labels.ID(in.row.Label)
				if err != nil {
					return err
				}
				v.json = data.AppendJSON(nil, r.labels.Name(id))
			}
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, v.json); err != nil {
			return badinput.Errorf("%s:%d: field %q: %w", s.sources[source].File, in.row.Line, f.Name, err)
		}
		v.json = compact.Bytes()
		in.record = appendValue(in.record, v)
	}
	return nil
}

func digestOf(text string) (d digest) {
	sum := sha256.Sum256([]byte(text))
	copy(d[:], sum[:])
	return d
}

// scalar returns what a field says: a text without its quotation marks, anything else as JSON spells it. A field that is null or
// not there says nothing.
func scalar(fields []data.Field, name string) (string, bool) {
	if name == "" {
		return "", false
	}
	for _, f := range fields {
		if f.Name == name {
			return plain(f.JSON)
		}
	}
	return "", false
}

// plain is a JSON value without a text's quotation marks; false for null.
func plain(raw []byte) (string, bool) {
	switch {
	case len(raw) == 0 || raw[0] == 'n':
		return "", false
	case raw[0] != '"':
		return string(raw), true
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}
