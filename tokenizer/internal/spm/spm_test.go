package spm

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The parts of a file, as a writer of protocol buffers would lay them out.

func text(number protowire.Number, value string) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value))
}

func number(number protowire.Number, value uint64) string {
	return string(protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), value))
}

func float(number protowire.Number, value float32) string {
	return string(protowire.AppendFixed32(protowire.AppendTag(nil, number, protowire.Fixed32Type), math.Float32bits(value)))
}

func piece(fields ...string) string      { return text(modelPieces, strings.Join(fields, "")) }
func trainer(fields ...string) string    { return text(modelTrainer, strings.Join(fields, "")) }
func normalizer(fields ...string) string { return text(modelNormalizer, strings.Join(fields, "")) }

var (
	unknown = piece(text(pieceText, "<unk>"), number(pieceKind, 2))
	letter  = piece(text(pieceText, "a"), float(pieceScore, -1.5))
)

func TestParseReadsPiecesAndSettings(t *testing.T) {
	defaults := Model{Algorithm: Unigram, AddDummyPrefix: true, RemoveExtraWhitespaces: true, EscapeWhitespaces: true,
		Pieces: []Piece{{"<unk>", 0, Unknown}, {"a", -1.5, Normal}}}
	for _, test := range []struct {
		name, data string
		want       func(m *Model)
	}{
		{"defaults", unknown + letter, func(*Model) {}},
		{"trainer", unknown + letter + trainer(number(3, 2), number(24, 1), number(35, 1), number(40, 1), text(1, "corpus.txt"), float(10, 0.5)),
			func(m *Model) { m.Algorithm, m.WhitespaceAsSuffix, m.ByteFallback, m.UnknownID = BPE, true, true, 1 }},
		{"normalizer", normalizer(text(1, "nmt_nfkc"), text(2, "map"), number(3, 0), number(4, 0), number(5, 0), text(6, "")) + unknown + letter,
			func(m *Model) {
				m.CharsMap, m.AddDummyPrefix, m.RemoveExtraWhitespaces, m.EscapeWhitespaces = []byte("map"), false, false, false
			}},
		{"an empty map", normalizer(text(2, "")) + unknown + letter, func(*Model) {}},
		{"settings that come in parts", trainer(number(35, 1)) + unknown + letter + trainer(number(40, 1), number(40, 0)),
			func(m *Model) { m.ByteFallback = true }},
		{"fields that are not known", unknown + letter + text(4, "self test") + number(200, 7) + piece(text(pieceText, "b"), text(200, "x")),
			func(m *Model) { m.Pieces = append(m.Pieces, Piece{"b", 0, Normal}) }},
		{"a text that comes twice", unknown + letter + piece(text(pieceText, "x"), text(pieceText, "y"), number(pieceKind, 6)),
			func(m *Model) { m.Pieces = append(m.Pieces, Piece{"y", 0, Byte}) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse([]byte(test.data))
			if err != nil {
				t.Fatal(err)
			}
			want := defaults
			want.Pieces = append([]Piece(nil), want.Pieces...)
			test.want(&want)
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("got %+v, want %+v", *got, want)
			}
		})
	}
}

func TestWrongModelsAreRefusedByByte(t *testing.T) {
	for _, test := range []struct{ name, data, want string }{
		{"empty", "", "no pieces: this is no SentencePiece model"},
		{"text", "Hello, world! This is no model.", "byte 3: malformed field"},
		{"cut off within a piece", (unknown + letter)[:len(unknown)+4], "byte 12: unexpected end of a message"},
		{"a piece longer than its message", "\x0a\x04\x0a\x09ab", "byte 3: unexpected end of a message"},
		{"a piece of another type", number(modelPieces, 3), "byte 1: a field has wire type 0, want 2"},
		{"a text of another type", piece(number(pieceText, 3)), "byte 3: a field has wire type 0, want 2"},
		{"a score of another type", piece(text(pieceText, "a"), number(pieceScore, 3)), "byte 6: a field has wire type 0, want 5"},
		{"an empty piece", unknown + piece(float(pieceScore, 1)), "byte 13: piece 1 is empty"},
		{"a piece that is not UTF-8", piece(text(pieceText, "\xff")), "byte 2: piece 0 is not valid UTF-8"},
		{"a score that is no number", piece(text(pieceText, "a"), float(pieceScore, float32(math.NaN()))), "byte 6: the score of piece 0 is NaN"},
		{"an infinite score", piece(float(pieceScore, float32(math.Inf(-1)))), "byte 3: the score of piece 0 is -Inf"},
		{"a kind of piece that there is not", piece(text(pieceText, "a"), number(pieceKind, 7)), "byte 6: unknown value 7, want 1 to 6"},
		{"a kind of model that there is not", unknown + trainer(number(3, 0)), "unknown value 0, want 1 to 4"},
		{"an unknown piece beyond the last", unknown + trainer(number(40, 1)), "unk_id is 1, and there are 1 pieces"},
		{"no unknown piece", unknown + trainer(number(40, 1<<64-1)), "unk_id is -1, and there are 1 pieces"},
		{"a group that does not end", unknown + "\x33", "byte 12: unexpected end of a message"},
		{"a group that ends first", unknown + "\x34", "byte 12: malformed field"},
		{"a number of eleven bytes", unknown + "\x30" + strings.Repeat("\xff", 11), "byte 12: malformed field"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Parse([]byte(test.data)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(unknown + letter))
	f.Add([]byte(unknown + trainer(number(3, 1), number(40, 0)) + normalizer(text(2, "map"), number(3, 0)) + number(200, 1)))
	f.Add([]byte(piece(text(pieceText, "\xff"), float(pieceScore, 1))))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			if m != nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v with error %q", m, err)
			}
			return
		}
		// What was read is written again in the plainest way, and has to be read as the same.
		var again strings.Builder
		for _, p := range m.Pieces {
			again.WriteString(piece(text(pieceText, p.Text), float(pieceScore, p.Score), number(pieceKind, uint64(p.Kind))))
		}
		flag := func(b bool) uint64 { return map[bool]uint64{true: 1}[b] }
		again.WriteString(trainer(number(3, uint64(m.Algorithm)), number(24, flag(m.WhitespaceAsSuffix)), number(35, flag(m.ByteFallback)), number(40, uint64(m.UnknownID))))
		again.WriteString(normalizer(text(2, string(m.CharsMap)), number(3, flag(m.AddDummyPrefix)), number(4, flag(m.RemoveExtraWhitespaces)), number(5, flag(m.EscapeWhitespaces))))
		if n, err := Parse([]byte(again.String())); err != nil || !reflect.DeepEqual(n, m) {
			t.Fatalf("%+v is read again as %+v, %v", m, n, err)
		}
	})
}
