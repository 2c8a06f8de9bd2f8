//go:build !wasm

package encoder

import (
	"bytes"
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/tokenizer"
)

// logitsOf opens a folder and classifies the tiny batch.
func logitsOf(t *testing.T, fsys fs.FS, dev kernels.Device) []float32 {
	t.Helper()
	m, err := OpenFolder(fsys, Classification, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Prepare(dev, Frozen, 1); err != nil {
		t.Fatal(err)
	}
	b, _ := tinyBatch(m.Config)
	logits, err := newPass(t, m, dev).Forward(b)
	if err != nil {
		t.Fatal(err)
	}
	return read(dev, logits)
}

// sequential is a file system whose files can only be read from front to back, as those of an archive.
type sequential struct{ fs.FS }

func (s sequential) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return struct{ fs.File }{f}, nil
}

// mapped is a Mapper that counts what is given back.
type mapped struct {
	folder
	released *int64
}

func (m mapped) Map(name string) ([]byte, func(from, to int64), error) {
	file, ok := m.MapFS[name]
	if !ok {
		return nil, nil, fs.ErrNotExist
	}
	return file.Data, func(from, to int64) { *m.released += to - from }, nil
}

func TestEveryWayToReadAFolderGivesTheSameBits(t *testing.T) {
	for _, arch := range goldenArchitectures {
		f := tinyFolder(t, arch, Classification)
		eachTier(t, func(t *testing.T, dev *kernels.CPU) {
			want := logitsOf(t, f, dev)
			var released int64
			sharded := folder{fstest.MapFS{}}
			for name, file := range f.MapFS {
				sharded.MapFS[name] = file
			}
			sharded.shard(t)
			shifted := folder{fstest.MapFS{}} // a header of odd length: the tensors stand at odd addresses
			for name, file := range f.MapFS {
				shifted.MapFS[name] = file
			}
			data := f.MapFS[weightsFile].Data
			moved := append([]byte{data[0] + 1}, data[1:]...)
			end := 8 + int(data[0]) + int(data[1])<<8 + int(data[2])<<16
			moved = slices.Insert(moved, end, ' ')
			shifted.MapFS[weightsFile] = &fstest.MapFile{Data: moved}
			for name, fsys := range map[string]fs.FS{
				"front to back": sequential{f}, "mapped": mapped{f, &released}, "sharded": sharded,
				"sharded and mapped": mapped{sharded, &released}, "odd addresses": shifted, "odd addresses, mapped": mapped{shifted, &released},
			} {
				if got := logitsOf(t, fsys, dev); !slices.Equal(got, want) {
					t.Errorf("%s, %s: %v, want %v", arch, name, got, want)
				}
			}
			if released == 0 {
				t.Error("the mapping's owner was never told that a tensor has been read")
			}
		})
	}
}

func TestNarrowWeightsAreTheRoundedOnes(t *testing.T) {
	dev := newCPU(t, kernels.BestTier(), 2)
	for _, arch := range goldenArchitectures {
		m := tinyModel(t, arch, Classification)
		if err := m.Prepare(dev, Full, 7); err != nil {
			t.Fatal(err)
		}
		full := folder{fstest.MapFS{}}
		if err := m.SaveFolder(full, safetensors.F32); err != nil {
			t.Fatal(err)
		}
		want := logitsOf(t, full, dev)
		for dtype, limits := range map[safetensors.DType]struct{ weight, logits float64 }{
			safetensors.BF16: {0x1p-8, 0.1}, safetensors.F16: {0x1p-11, 0.02}, // half a unit in the last of 8 and 11 bits, and room for its way through two layers
		} {
			narrow := folder{fstest.MapFS{}}
			if err := m.SaveFolder(narrow, dtype); err != nil {
				t.Fatal(err)
			}
			again, err := OpenFolder(narrow, Classification, nil)
			if err != nil {
				t.Fatal(err)
			}
			rounded := 0
			for _, p := range again.Parameters() {
				if p.source.DType != dtype {
					t.Errorf("%s is stored as %s", p.Name, p.source.DType)
				}
				got, err := p.Float32s(dev)
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range read(dev, m.Parameter(p.Name).Value()) {
					if d := math.Abs(float64(got[i] - v)); d > limits.weight*math.Abs(float64(v))+1e-7 {
						t.Fatalf("%s %s: value %d is %g, was %g", dtype, p.Name, i, got[i], v)
					} else if d > 0 {
						rounded++
					}
				}
			}
			if rounded == 0 {
				t.Errorf("%s: nothing was rounded", dtype)
			}
			for i, v := range logitsOf(t, narrow, dev) {
				if d := math.Abs(float64(v - want[i])); d > limits.logits {
					t.Errorf("%s, %s: logit %d is off by %g", arch, dtype, i, d)
				}
			}
		}
	}
}

func TestNamesOfOlderAndBareCheckpoints(t *testing.T) {
	dev := newCPU(t, kernels.BestTier(), 1)
	for _, arch := range goldenArchitectures {
		f := tinyFolder(t, arch, Classification)
		want := logitsOf(t, f, dev)
		rename := func(change func(name string) string) folder {
			g := folder{fstest.MapFS{}}
			for name, file := range f.MapFS {
				g.MapFS[name] = file
			}
			g.change(t, weightsFile, func(s specs) {
				for name, spec := range s {
					delete(s, name)
					s[change(name)] = spec
				}
			})
			return g
		}
		old := func(name string) string {
			return strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta").Replace(name)
		}
		prefix := families[arch].prefix
		bare := func(name string) string { return strings.TrimPrefix(name, prefix) }
		for name, g := range map[string]folder{"gamma and beta": rename(old), "no prefix": rename(bare), "both": rename(func(n string) string { return bare(old(n)) })} {
			if got := logitsOf(t, g, dev); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %v, want %v", arch, name, got, want)
			}
		}
		// an encoder alone: the head begins at random, and what no one asked for is listed
		alone := rename(bare)
		alone.change(t, weightsFile, func(s specs) {
			for name := range s {
				if strings.Contains(name, "classifier") {
					delete(s, name)
				}
			}
			s["cls.seq_relationship.bias"] = &safetensors.TensorSpec{DType: safetensors.F32, Shape: []int{1}, Bytes: make([]byte, 4)}
			s["embeddings.position_ids"] = &safetensors.TensorSpec{DType: safetensors.I64, Shape: []int{1, 2}, Bytes: make([]byte, 16)}
		})
		m, err := OpenFolder(alone, Classification, []string{"no", "yes"})
		if err != nil {
			t.Fatal(err)
		}
		if fresh := strings.Join(m.Fresh(), " "); strings.Count(fresh, "classifier") != len(m.Fresh()) || len(m.Fresh()) < 2 {
			t.Errorf("%s: fresh parameters %s", arch, fresh)
		}
		if !slices.Equal(m.Unused, []string{"cls.seq_relationship.bias", "embeddings.position_ids"}) {
			t.Errorf("%s: unused tensors %v", arch, m.Unused)
		}
	}
}

func TestMaskedLMDecoderIsTheWordEmbeddings(t *testing.T) {
	dev := newCPU(t, kernels.BestTier(), 2)
	for _, arch := range goldenArchitectures {
		m := tinyModel(t, arch, MaskedLM)
		if err := m.Prepare(dev, Full, 7); err != nil {
			t.Fatal(err)
		}
		p := newPass(t, m, dev)
		b, _ := tinyBatch(m.Config)
		rows := []int32{1, 3, 5, 10}
		scores := func(p *Pass) []float32 {
			out, err := p.ForwardMaskedLM(b, rows)
			if err != nil {
				t.Fatal(err)
			}
			return read(dev, out)
		}
		before := scores(p)
		// a token that the batch does not hold moves only its own score
		words := read(dev, m.embeddings.word.Value())
		width := m.embeddings.word.cols()
		words[4*width] += 0.5
		dev.Write(m.embeddings.word.Value(), words)
		after := scores(p)
		for i := range before {
			if moved := before[i] != after[i]; moved != (i%m.Config.VocabSize == 4) {
				t.Errorf("%s: score of token %d moved: %v", arch, i%m.Config.VocabSize, moved)
			}
		}
		f := folder{fstest.MapFS{}}
		if err := m.SaveFolder(f, safetensors.F32); err != nil {
			t.Fatal(err)
		}
		if name := m.lm.decoder.name + ".weight"; bytes.Contains(f.MapFS[weightsFile].Data, []byte(`"`+name+`"`)) {
			t.Errorf("%s: the tied tensor %s is stored twice", arch, name)
		}
		again, err := OpenFolder(f, MaskedLM, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Prepare(dev, Frozen, 1); err != nil {
			t.Fatal(err)
		}
		for i, v := range scores(newPass(t, again, dev)) { // packed and unpacked products may round in another order
			if math.Abs(float64(v-after[i])) > 1e-5 {
				t.Fatalf("%s: read back, score %d is %g, was %g", arch, i, v, after[i])
			}
		}
		for _, bad := range [][]int32{{3, 1}, {-1}, {int32(b.Tokens())}} {
			if _, err := p.ForwardMaskedLM(b, bad); err == nil {
				t.Errorf("%s: masked rows %v are accepted", arch, bad)
			}
		}
	}
}

func TestClassifierIsSafeForConcurrentUse(t *testing.T) {
	m, err := tinyFolder(t, "roberta", Classification).open(newCPU(t, kernels.BestTier(), 2))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Parse([]byte(tinyTokenizer))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClassifier(m, tok, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"a b c", "", "d e f g h a b c", "z", "h h h"}
	classify := func(text string) []float32 {
		p, err := c.Classify(t.Context(), []Input{{Text: text}, {Text: "a", Pair: text, HasPair: true}, {IDs: []int32{2, 3}}})
		if err != nil {
			t.Error(err)
			return nil
		}
		return p[0].Logits
	}
	want := map[string][]float32{}
	for _, text := range texts {
		want[text] = classify(text)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				text := texts[(i+j)%len(texts)]
				if got := classify(text); !slices.Equal(got, want[text]) {
					t.Errorf("%q: %v, want %v", text, got, want[text])
				}
				if _, err := c.Encode(Input{Text: text}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
