package data

import (
	"io"
	"log/slog"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Format is a file format that a Reader understands.
type Format string

// The formats. Auto goes by the file name's ending (.jsonl, .ndjson, .json, .csv, .tsv, each also with .gz) and, where
// that says nothing (standard input), by the first bytes.
const (
	Auto  Format = ""
	JSONL Format = "jsonl"
	JSON  Format = "json"
	CSV   Format = "csv"
	TSV   Format = "tsv"
	Text  Format = "txt" // one text a line
)

// ParseFormat reads a format's name, as a command line gives it.
func ParseFormat(s string) (Format, error) {
	switch f := Format(strings.ToLower(s)); f {
	case Auto, JSONL, JSON, CSV, TSV, Text:
		return f, nil
	case "auto":
		return Auto, nil
	}
	return Auto, badinput.Errorf("format %q: want jsonl, json, csv, tsv, txt or auto", s)
}

// The fields that a Reader looks for when Options names none, in this order.
var (
	defaultTextFields  = []string{"text", "review", "reviews", "sentence"}
	defaultLabelFields = []string{"label", "voted_up"}
)

const (
	// DefaultMaxRowBytes bounds a row's size in the file.
	DefaultMaxRowBytes = 64 << 20
	// DefaultMaxDepth bounds the nesting of JSON arrays and objects.
	DefaultMaxDepth = 64
	// maxColumnBytes bounds one column of a JSON file that holds columns instead of rows.
	maxColumnBytes = 1 << 30
)

// Options says how to read a file. The zero value reads every row's text, lets labels be absent and stops at the first
// bad row.
type Options struct {
	// Format of the file; Auto looks at its name and content.
	Format Format
	// PlainText lets Auto find files of one text a line: those called .txt, and whatever has no telling name (standard input)
	// and does not begin as rows of JSON do. Nothing waits for more input then than has arrived. Without it such files count
	// as tables.
	PlainText bool
	// TextField and LabelField name the columns. Empty: the first of text, review, reviews, sentence and of label,
	// voted_up that the first row has; letter case counts only where two columns differ in nothing else.
	TextField, LabelField string
	// IDField names the column that Row.ID is read from; a row without it is then a bad row. Empty: rows have no ids.
	IDField string
	// NeedLabel makes a row without a usable label a bad row. Without it, such a row's Label is NoLabel.
	NeedLabel bool
	// KeepFields makes Reader.Record give every field of a row. Without it, members that neither text nor label can be are passed
	// over where a JSON file is a single row or holds columns.
	KeepFields bool
	// AllowEmpty admits rows whose text is empty or white space: one may classify them, but nothing is learnt from them.
	AllowEmpty bool
	// SkipBad logs and counts bad rows instead of stopping at the first. A file without a single good row is still an
	// error, and so is damage after which no row can be found.
	SkipBad bool
	// MaxRowBytes and MaxDepth bound what one row may take; 0 means DefaultMaxRowBytes and DefaultMaxDepth.
	MaxRowBytes, MaxDepth int
	// Stdin is what the path "-" reads; nil means os.Stdin.
	Stdin io.Reader
	// Logger hears of skipped rows; nil means nobody does.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.MaxRowBytes <= 0 {
		o.MaxRowBytes = DefaultMaxRowBytes
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = DefaultMaxDepth
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
