package tokenizer

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/lorica-go/lorica/internal/shared"
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
