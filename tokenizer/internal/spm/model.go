package spm

// Kind says what a piece is for.
type Kind uint8

// The kinds of pieces, numbered as in the file.
const (
	Normal      Kind = 1
	Unknown     Kind = 2 // the one that stands for what is in no piece
	Control     Kind = 3 // <s> and the like: not found in texts
	UserDefined Kind = 4 // found in texts before anything else
	Unused      Kind = 5 // never chosen
	Byte        Kind = 6 // <0x00> to <0xFF>, for what is in no piece
)

// Piece is a token. Its id is its index.
type Piece struct {
	Text  string
	Score float32
	Kind  Kind
}

// Algorithm is how a model cuts texts.
type Algorithm uint8

// The algorithms, numbered as in the file.
const (
	Unigram Algorithm = 1
	BPE     Algorithm = 2
	Word    Algorithm = 3
	Char    Algorithm = 4
)

// Model is what a file says, with SentencePiece's defaults for what it leaves out.
type Model struct {
	Pieces []Piece

	// From the trainer's settings.
	Algorithm          Algorithm
	UnknownID          int32
	ByteFallback       bool // what is in no piece becomes its bytes
	WhitespaceAsSuffix bool // the space that stands for one belongs to the end of a word

	// From the normalizer's settings.
	CharsMap               []byte // precompiled character map; nil for none
	AddDummyPrefix         bool   // a space is put before the text
	RemoveExtraWhitespaces bool   // spaces at the ends, and all but one of a run, are dropped
	EscapeWhitespaces      bool   // spaces are written as U+2581
}
