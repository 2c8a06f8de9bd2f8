package pretrain

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/tokenizer"
)

// corpus holds tokenised texts end to end. A text that was longer than the model takes stands as several.
type corpus struct {
	ids     []int32
	offsets []int // where each text begins, and where the last one ends
}

func (c *corpus) len() int           { return max(0, len(c.offsets)-1) }
func (c *corpus) tokens() int        { return len(c.ids) }
func (c *corpus) text(i int) []int32 { return c.ids[c.offsets[i]:c.offsets[i+1]] }
func (c *corpus) append(ids []int32) { c.begin(); c.ids = append(c.ids, ids...); c.end() }
func (c *corpus) end()               { c.offsets = append(c.offsets, len(c.ids)) }
func (c *corpus) begin() {
	if len(c.offsets) == 0 {
		c.offsets = append(c.offsets, 0)
	}
}

// digest returns the hexadecimal SHA-256 of the texts.
func (c *corpus) digest() string {
	hash := sha256.New()
	var b []byte
	for i := range c.len() {
		text := c.text(i)
		b = binary.LittleEndian.AppendUint32(b[:0], uint32(len(text)))
		for _, id := range text {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		}
		hash.Write(b)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// texts is what the files held.
type texts struct {
	corpus
	pieces  []int // by row of the files: where its texts begin in the corpus, and where the last one ends
	skipped int   // bad rows that were passed over
	parted  int   // rows that were longer than the model takes
}

// rows returns how many rows have text.
func (t *texts) rows() int { return len(t.pieces) - 1 }

// pick returns the texts of some rows.
func (t *texts) pick(rows []int) *corpus {
	var c corpus
	for _, row := range rows {
		for i := t.pieces[row]; i < t.pieces[row+1]; i++ {
			c.append(t.text(i))
		}
	}
	return &c
}

// reading turns files into tokens.
type reading struct {
	tokenizer  *tokenizer.Tokenizer
	vocabulary *vocabulary
	vocabSize  int // of the model
	maxTokens  int
	options    data.Options
}

// read reads the texts of files, in their order. Blank lines and texts without a token that stands for text are left out.
func (r *reading) read(ctx context.Context, files []string) (*texts, error) {
	t := &texts{pieces: []int{0}}
	for _, file := range files {
		if err := r.readFile(ctx, t, file); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (r *reading) readFile(ctx context.Context, t *texts, file string) error {
	options := r.options
	options.PlainText, options.AllowEmpty = true, true
	in, err := data.Open(file, options)
	if err != nil {
		return err
	}
	defer in.Close()
	var encoding tokenizer.Encoding
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row, err := in.Next()
		if err == io.EOF {
			t.skipped += in.Skipped()
			return nil
		}
		if err != nil {
			return err
		}
		before := t.len()
		if row.InputIDs != nil {
			err = r.addIDs(t, row.InputIDs)
		} else {
			err = r.addText(t, &encoding, row.Text)
		}
		if err != nil {
			return badinput.Errorf("%w", &data.RowError{File: in.Name(), Line: row.Line, Err: err})
		}
		if t.len() > before {
			t.pieces = append(t.pieces, t.len())
		}
		if t.len() > before+1 {
			t.parted++
		}
	}
}

// addText adds a text, in pieces where it is too long.
func (r *reading) addText(t *texts, e *tokenizer.Encoding, text string) error {
	o := tokenizer.Options{Truncation: tokenizer.Truncation{MaxLength: r.maxTokens}, Overflow: true}
	if err := r.tokenizer.EncodeInto(e, text, o); err != nil {
		return err
	}
	r.add(t, e.IDs)
	for i := range e.Overflowing {
		r.add(t, e.Overflowing[i].IDs)
	}
	return nil
}

// addIDs adds a row that brings its tokens, cut into pieces where there are too many.
func (r *reading) addIDs(t *texts, ids []int32) error {
	for i, id := range ids {
		if id < 0 || int(id) >= r.vocabSize {
			return fmt.Errorf("token id %d at place %d is not below the vocabulary size %d", id, i, r.vocabSize)
		}
	}
	for from := 0; from < len(ids); from += r.maxTokens {
		r.add(t, ids[from:min(from+r.maxTokens, len(ids))])
	}
	return nil
}

// add adds a piece of text unless nothing in it could be masked.
func (r *reading) add(t *texts, ids []int32) {
	for _, id := range ids {
		if r.vocabulary.isWord(id) {
			t.append(ids)
			return
		}
	}
}

// part divides the rows into those to train on and those to measure on, which may be none.
func (t *texts) part(size data.Size, seed uint64) (training, validation *corpus, err error) {
	if size == (data.Size{}) {
		return &t.corpus, &corpus{}, nil
	}
	halves, err := data.TrainTestSplit(t.rows(), data.SplitConfig{Test: size, Seed: seed})
	if err != nil {
		return nil, nil, err
	}
	return t.pick(halves.Train), t.pick(halves.Test), nil
}
