package vocabulary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/tokenizer"
)

// file puts a file into a fresh folder.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines are random texts, one a line.
func lines(seed uint64, n int) string {
	rng := rand.New(rand.NewPCG(seed, 1))
	var out strings.Builder
	for range n {
		for range 1 + rng.IntN(9) {
			for range 1 + rng.IntN(8) {
				out.WriteByte('a' + byte(rng.IntN(12)*rng.IntN(3)/2))
			}
			out.WriteByte(' ')
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// learnt returns both files.
func learnt(t *testing.T, c Config) (string, *Summary) {
	t.Helper()
	c.Out = t.TempDir()
	s, err := Learn(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json"} {
		content, err := os.ReadFile(filepath.Join(c.Out, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	if _, err := tokenizer.Load(os.DirFS(c.Out)); err != nil {
		t.Fatal(err)
	}
	return string(all), s
}

func TestSameTextsGiveSameBytes(t *testing.T) {
	first, second := file(t, "a.txt", lines(1, 3000)), file(t, "b.txt", lines(2, 3000))
	for _, kind := range []tokenizer.Kind{tokenizer.BPE, tokenizer.WordPiece} {
		c := Default(kind)
		c.VocabSize, c.Files, c.Threads = 700, []string{first, second}, 1
		want, _ := learnt(t, c)
		for _, threads := range []int{1, 2, 5} {
			c.Threads = threads
			if got, _ := learnt(t, c); got != want {
				t.Errorf("%s: other bytes on %d threads", kind, threads)
			}
		}
		slices.Reverse(c.Files)
		if got, _ := learnt(t, c); got != want {
			t.Errorf("%s: other bytes in another order", kind)
		}
	}
}

func TestWhatIsForgottenDoesNotDependOnThreads(t *testing.T) {
	var text strings.Builder
	for i := range 1_500_000 { // more than one group
		fmt.Fprintf(&text, "w%dx the\n", i%700_000)
	}
	c := Default(tokenizer.BPE)
	c.VocabSize, c.WordMemory, c.Files, c.Threads = 500, 4<<20, []string{file(t, "a.txt", text.String())}, 1
	want, s := learnt(t, c)
	if s.Forgotten == 0 || s.Words > 4<<20/40 {
		t.Errorf("%+v", s)
	}
	c.Threads = 3
	if got, again := learnt(t, c); got != want || again.Forgotten != s.Forgotten {
		t.Error("other bytes on 3 threads")
	}
}

func TestBadInputLeavesTheFolderAsItWas(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"empty.txt", "", "not one word"},
		{"bad.txt", "good\nb\xffd\n", "bad.txt:2: "},
		{"bad.jsonl", "{\"text\":\"a\"}\n{\"text\":", "bad.jsonl:2: "},
		{"ids.jsonl", "{\"text\":\"a\"}\n{\"input_ids\":[1,2]}\n", "ids.jsonl:2: "},
	} {
		k := Default(tokenizer.BPE)
		k.Files, k.Out = []string{file(t, c.name, c.content)}, filepath.Join(t.TempDir(), "out")
		if _, err := Learn(t.Context(), k); err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := os.Stat(k.Out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the folder is there: %v", c.name, err)
		}
	}
	k := Default(tokenizer.BPE)
	k.Files = []string{file(t, "a.txt", "text")}
	k.Out = k.Files[0]
	if _, err := Learn(t.Context(), k); err == nil || !badinput.Is(err) {
		t.Errorf("a file in the place of the folder: %v", err)
	}
}

func TestAnInterruptionWritesNothing(t *testing.T) {
	for _, merging := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		k := Default(tokenizer.BPE)
		k.VocabSize, k.Files, k.Out = 2000, []string{file(t, "a.txt", lines(3, 3000))}, filepath.Join(t.TempDir(), "out")
		k.OnProgress = func(p Progress) {
			if p.Tokens > 300 == merging {
				cancel()
			}
		}
		if _, err := Learn(ctx, k); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(k.Out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder is there: %v", err)
		}
		cancel()
	}
}

func TestRowsAreReadByTheirField(t *testing.T) {
	c := Default(tokenizer.WordPiece)
	c.Files, c.Read = []string{"-"}, data.Options{PlainText: true, TextField: "body", SkipBad: true}
	c.Read.Stdin = bytes.NewReader([]byte("{\"body\":\"Some text\"}\n{\"other\":1}\n{\"body\":\"some more\"}\n"))
	got, s := learnt(t, c)
	if s.Texts != 2 || s.BadRows != 1 || !strings.Contains(got, `"##ome":`) || s.Tokens < 10 {
		t.Errorf("%+v", s)
	}
}
