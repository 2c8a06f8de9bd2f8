package spm

import (
	"math"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
)

// MaxPieces bounds how many pieces a model may have.
const MaxPieces = 1<<24 - 1

// Field numbers of sentencepiece_model.proto.
const (
	modelPieces     = 1
	modelTrainer    = 2
	modelNormalizer = 3

	pieceText  = 1
	pieceScore = 2
	pieceKind  = 3

	trainerAlgorithm          = 3
	trainerWhitespaceAsSuffix = 24
	trainerByteFallback       = 35
	trainerUnknownID          = 40

	normalizerCharsMap          = 2
	normalizerAddDummyPrefix    = 3
	normalizerRemoveWhitespaces = 4
	normalizerEscapeWhitespaces = 5
)

// Parse reads a model. Errors name the byte.
func Parse(data []byte) (*Model, error) {
	m := &Model{Algorithm: Unigram, AddDummyPrefix: true, RemoveExtraWhitespaces: true, EscapeWhitespaces: true}
	m.Pieces = make([]Piece, 0, len(data)/24)
	r := reader{data: data, text: string(data), end: len(data)}
	err := r.message(func(number, kind int) error {
		switch number {
		case modelPieces:
			if len(m.Pieces) == MaxPieces {
				return r.errorf("more than %d pieces", MaxPieces)
			}
			return r.sub(kind, func() error { return r.piece(m) })
		case modelTrainer:
			return r.sub(kind, func() error { return r.trainer(m) })
		case modelNormalizer:
			return r.sub(kind, func() error { return r.normalizer(m) })
		}
		return r.skip(number, kind)
	})
	switch {
	case err != nil:
		return nil, err
	case len(m.Pieces) == 0:
		return nil, format.Errorf("no pieces: this is no SentencePiece model")
	case m.UnknownID < 0 || int(m.UnknownID) >= len(m.Pieces):
		return nil, format.Errorf("unk_id is %d, and there are %d pieces", m.UnknownID, len(m.Pieces))
	}
	return m, nil
}

func (r *reader) piece(m *Model) error {
	start := r.pos
	p := Piece{Kind: Normal}
	err := r.message(func(number, kind int) error {
		switch number {
		case pieceText:
			var err error
			p.Text, err = r.string(kind)
			return err
		case pieceScore:
			at := r.pos
			bits, err := r.fixed32(kind)
			if p.Score = math.Float32frombits(bits); err == nil && (p.Score != p.Score || math.IsInf(float64(p.Score), 0)) {
				err = r.errorAt(at, "the score of piece %d is %v", len(m.Pieces), p.Score)
			}
			return err
		case pieceKind:
			return r.enum(kind, uint64(Byte), func(n uint64) { p.Kind = Kind(n) })
		}
		return r.skip(number, kind)
	})
	switch {
	case err != nil:
		return err
	case p.Text == "":
		return r.errorAt(start, "piece %d is empty", len(m.Pieces))
	case !utf8.ValidString(p.Text):
		return r.errorAt(start, "piece %d is not valid UTF-8", len(m.Pieces))
	}
	m.Pieces = append(m.Pieces, p)
	return nil
}

func (r *reader) trainer(m *Model) error {
	return r.message(func(number, kind int) error {
		switch number {
		case trainerAlgorithm:
			return r.enum(kind, uint64(Char), func(n uint64) { m.Algorithm = Algorithm(n) })
		case trainerWhitespaceAsSuffix:
			return r.bool(kind, &m.WhitespaceAsSuffix)
		case trainerByteFallback:
			return r.bool(kind, &m.ByteFallback)
		case trainerUnknownID:
			n, err := r.varint(kind)
			m.UnknownID = int32(n)
			return err
		}
		return r.skip(number, kind)
	})
}

func (r *reader) normalizer(m *Model) error {
	return r.message(func(number, kind int) error {
		switch number {
		case normalizerCharsMap:
			text, err := r.bytes(kind)
			m.CharsMap = nil
			if len(text) > 0 {
				m.CharsMap = append(m.CharsMap, text...)
			}
			return err
		case normalizerAddDummyPrefix:
			return r.bool(kind, &m.AddDummyPrefix)
		case normalizerRemoveWhitespaces:
			return r.bool(kind, &m.RemoveExtraWhitespaces)
		case normalizerEscapeWhitespaces:
			return r.bool(kind, &m.EscapeWhitespaces)
		}
		return r.skip(number, kind)
	})
}
