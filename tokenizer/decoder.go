package tokenizer

import (
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// readDecoder reads the "decoder" section; nil stands for none.
func readDecoder(s *jsonscan.Scanner) (decoder, error) {
	if s.Null() {
		return nil, nil
	}
	kind, err := readType(s)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "ByteLevel":
		return &byteLevel{}, s.Skip()
	case "WordPiece":
		d := &wordPieceDecoder{}
		return d, s.Object(func(key string) error {
			switch key {
			case "prefix":
				return readString(s, &d.prefix)
			case "cleanup":
				return readBool(s, &d.cleanup)
			}
			return s.Skip()
		}, "prefix", "cleanup")
	case "Metaspace":
		return readMetaspace(s)
	case "ByteFallback":
		return byteFallback{}, s.Skip()
	case "Fuse":
		return fuse{}, s.Skip()
	case "Strip":
		d := &stripDecoder{}
		return d, s.Object(func(key string) error {
			switch key {
			case "content":
				return readChar(s, &d.content)
			case "start":
				return readInt(s, &d.start)
			case "stop":
				return readInt(s, &d.end)
			}
			return s.Skip()
		}, "content", "start", "stop")
	case "Replace":
		return readReplace(s)
	case "BPEDecoder":
		var suffix string
		err := s.Object(func(key string) error {
			if key == "suffix" {
				return readString(s, &suffix)
			}
			return s.Skip()
		}, "suffix")
		return suffixDecoder(suffix), err
	case "Sequence":
		return readDecoders(s)
	}
	return unknownDecoder(kind), s.Skip()
}

// readDecoders reads a Sequence. One that holds an unknown type is of an unknown type.
func readDecoders(s *jsonscan.Scanner) (decoder, error) {
	var all decoders
	var unknown decoder
	err := readSequence(s, "decoders", func() error {
		d, err := readDecoder(s)
		if _, ok := d.(unknownDecoder); ok {
			unknown = d
		}
		if d != nil {
			all = append(all, d)
		}
		return err
	})
	if unknown != nil {
		return unknown, err
	}
	return all, err
}

// readChar reads a string of one character.
func readChar(s *jsonscan.Scanner, to *string) error {
	at := *s
	text, err := s.String()
	if _, size := utf8.DecodeRuneInString(text); err == nil && (size == 0 || size < len(text)) {
		err = at.Errorf("want one character, got %.40q", text)
	}
	*to = text
	return err
}
