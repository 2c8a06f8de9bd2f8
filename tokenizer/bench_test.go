//go:build !wasm

package tokenizer

import (
	"bufio"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/shared"
	"google.golang.org/protobuf/encoding/protowire"
)

// reviews returns the texts of real reviews, 12 MB, and how many bytes they have.
func reviews(tb testing.TB) (texts []string, size int) {
	f, err := os.Open(shared.Path(tb, "data", "steam-101games-2019", "reviews.jsonl"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row struct{ Review string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, row.Review)
		size += len(row.Review)
	}
	return texts, size
}

var benchmarked = []string{"roberta", "bert-base-uncased", "deberta-t5spm", "deberta-albertspm", "xlmr-t5spm", "albert"}

// BenchmarkEncodeReviews encodes all reviews, offsets and all, one goroutine.
func BenchmarkEncodeReviews(b *testing.B) {
	texts, size := reviews(b)
	for _, name := range benchmarked {
		b.Run(name, func(b *testing.B) {
			e := loadGolden(b, name, nil).NewEncoder()
			var enc Encoding
			tokens := 0
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, text := range texts {
					if err := e.EncodeInto(&enc, text, Options{}); err != nil {
						b.Fatal(err)
					}
					tokens += enc.Len()
				}
			}
			b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

// BenchmarkAppendIDs encodes all reviews to ids only.
func BenchmarkAppendIDs(b *testing.B) {
	texts, size := reviews(b)
	for _, name := range benchmarked {
		b.Run(name, func(b *testing.B) {
			e := loadGolden(b, name, nil).NewEncoder()
			var ids []int32
			var err error
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, text := range texts {
					if ids, err = e.AppendIDs(ids[:0], text, Options{}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkLoad reads a tokenizer from its folder.
func BenchmarkLoad(b *testing.B) {
	for _, how := range goldenTokenizers[:5] {
		b.Run(how.how, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				loadGolden(b, how.folder, how.files)
			}
		})
	}
}

// largeModel is a SentencePiece model as large as DeBERTa-v3's: 128,000 pieces, made of syllables.
func largeModel() []byte {
	var model []byte
	add := func(text string, score float32, kind uint64) {
		var piece []byte
		piece = protowire.AppendString(protowire.AppendTag(piece, 1, protowire.BytesType), text)
		piece = protowire.AppendFixed32(protowire.AppendTag(piece, 2, protowire.Fixed32Type), math.Float32bits(score))
		piece = protowire.AppendVarint(protowire.AppendTag(piece, 3, protowire.VarintType), kind)
		model = protowire.AppendBytes(protowire.AppendTag(model, 1, protowire.BytesType), piece)
	}
	for i, text := range []string{"[PAD]", "[CLS]", "[SEP]", "[UNK]"} {
		add(text, 0, []uint64{3, 3, 3, 2}[i])
	}
	r := rand.New(rand.NewPCG(5, 6))
	var syllables []string
	for _, onset := range strings.Fields("b c ch d f g h j k l m n p pr qu r s st str t th tr v w y z \u0434 \u043d") {
		for _, rest := range strings.Fields("a e i o u y ai ea ing er on an es \u00e9 \u0430 \u0438") {
			syllables = append(syllables, onset+rest)
		}
	}
	seen := map[string]bool{}
	for n := 4; n < 128000; {
		text := ""
		if r.IntN(3) > 0 {
			text = metaspaceChar
		}
		for range 1 + r.IntN(4) {
			text += syllables[min(r.IntN(len(syllables)), r.IntN(len(syllables)))]
		}
		if text = text[:len(text)-r.IntN(2)*len("a")]; seen[text] || !utf8.ValidString(text) {
			continue
		}
		seen[text] = true
		add(text, -3-12*r.Float32(), 1)
		n++
	}
	return protowire.AppendBytes(protowire.AppendTag(model, 2, protowire.BytesType),
		protowire.AppendVarint(protowire.AppendTag(nil, 40, protowire.VarintType), 3))
}

// BenchmarkLoadLargeVocabulary reads a tokenizer of 128,000 pieces.
func BenchmarkLoadLargeVocabulary(b *testing.B) {
	model := fstest.MapFS{"spm.model": {Data: largeModel()}}
	tok, err := Load(model)
	if err != nil {
		b.Fatal(err)
	}
	m := tok.model.(*unigram)
	keys := trieKeys(m.vocab.tokens, true)
	b.Run("trie alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newByteTrie(keys)
		}
		b.ReportMetric(float64(8*len(m.trie.units)+len(m.trie.tails)), "trie-bytes")
	})
	for name, files := range map[string]fstest.MapFS{"spm.model": model, "tokenizer.json": {"tokenizer.json": {Data: tok.JSON()}}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Load(files); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
