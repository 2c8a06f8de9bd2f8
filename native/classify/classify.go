package classify

import (
	"context"
	"io"
	"log/slog"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/stream"
)

const (
	// groupRows is how many rows are taken from a stream at once.
	groupRows = 64
	// passTokens is how many tokens are classified before answers go out: as many as the classifier takes at once.
	passTokens = 1024
)

// Closer is a classifier that has to be closed, wherever it runs.
type Closer interface {
	encoder.TextClassifier
	io.Closer
}

// Answer is a row and what the classifier says of it.
type Answer struct {
	Row data.Row
	encoder.Prediction
}

// Options say how Run treats what it reads. The zero value stops at the first bad row.
type Options struct {
	// File names the source in messages; empty for texts that come from no file.
	File string
	// SkipBad logs and counts rows that do not fit the model instead of stopping there.
	SkipBad bool
	// Logger hears of skipped rows; nil means nobody does.
	Logger *slog.Logger
}

// Result counts what Run has done.
type Result struct {
	Rows      int // answered
	Tokens    int // classified
	Truncated int // rows that were cut
	Skipped   int // bad rows, those that the source passed over included
}

// Run classifies all rows of a source and hands the answers to emit, in order, soon after the rows were read. A row that does
// not fit the model is an input error that names file and line. What was done until an error is in the Result.
func Run(ctx context.Context, c encoder.TextClassifier, s stream.Source, o Options, emit func([]Answer) error) (Result, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := runner{ctx: ctx, classifier: c, options: o, emit: emit}
	err := r.run(s)
	r.result.Skipped += s.Skipped()
	return r.result, err
}

// runner is a run in progress: the rows of the next pass and what has been done.
type runner struct {
	ctx        context.Context
	classifier encoder.TextClassifier
	options    Options
	emit       func([]Answer) error
	result     Result

	inputs  []encoder.Input
	answers []Answer
	tokens  int
}

func (r *runner) run(s stream.Source) error {
	for group, err := range stream.Groups(r.ctx, s, groupRows) {
		if err != nil {
			return err
		}
		for _, row := range group {
			if err := r.add(row); err != nil {
				return err
			}
		}
		if err := r.flush(); err != nil {
			return err
		}
	}
	return nil
}

// add puts a row into the next pass, after classifying the ones before it if it has no room there.
func (r *runner) add(row data.Row) error {
	encoded, err := r.classifier.Encode(Input(&row))
	if err != nil {
		if r.options.File != "" {
			err = badinput.Errorf("%w", &data.RowError{File: r.options.File, Line: row.Line, Err: err})
		}
		if !r.options.SkipBad || !badinput.Is(err) {
			if flushed := r.flush(); flushed != nil {
				return flushed
			}
			return err
		}
		r.result.Skipped++
		r.options.Logger.Warn("skipped a bad row", "error", err.Error())
		return nil
	}
	if len(r.inputs) > 0 && r.tokens+len(encoded.IDs) > passTokens {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.inputs = append(r.inputs, encoder.Input{IDs: encoded.IDs, TypeIDs: encoded.TypeIDs})
	r.answers = append(r.answers, Answer{Row: row, Prediction: encoder.Prediction{Truncated: encoded.Truncated}})
	r.tokens += len(encoded.IDs)
	return nil
}

// flush classifies what was added and hands the answers out.
func (r *runner) flush() error {
	if len(r.inputs) == 0 {
		return nil
	}
	predictions, err := r.classifier.Classify(r.ctx, r.inputs)
	if err != nil {
		return err
	}
	for i, p := range predictions {
		p.Truncated = r.answers[i].Truncated
		r.answers[i].Prediction = p
		if p.Truncated {
			r.result.Truncated++
		}
	}
	r.result.Rows += len(r.answers)
	r.result.Tokens += r.tokens
	err = r.emit(r.answers)
	clear(r.answers) // their texts may be long
	r.inputs, r.answers, r.tokens = r.inputs[:0], r.answers[:0], 0
	return err
}

// Input is a row as a classifier takes it.
func Input(row *data.Row) encoder.Input {
	return encoder.Input{Text: row.Text, IDs: row.InputIDs, TypeIDs: row.TokenTypeIDs}
}
