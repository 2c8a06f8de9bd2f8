package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
)

// The program and a tiny model, both made once for all tests.
var (
	program string
	model   string
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lorica-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program, model = filepath.Join(dir, "lorica.exe"), filepath.Join(dir, "model")
	status := 1
	if output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, output)
	} else if err := writeModel(model); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		status = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(status)
}

// The words of the tiny model's vocabulary, after the special tokens.
var goodWords, badWords = strings.Fields("great fun love best gem"), strings.Fields("bad broken hate worst refund")

const tinyConfig = `{"model_type": "bert", "vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
	"intermediate_size": 32, "max_position_embeddings": 24, "type_vocab_size": 2, "hidden_act": "gelu", "initializer_range": 0.3,
	"id2label": {"0": "no", "1": "yes & \"so\""}, "label2id": {"no": 0, "yes & \"so\"": 1}}`

// sink writes files into a folder.
type sink string

func (s sink) Write(name string, write func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(string(s), name))
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// writeModel makes a model of random weights with a WordPiece tokenizer.
func writeModel(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	config, err := encoder.ParseConfig([]byte(tinyConfig))
	if err != nil {
		return err
	}
	m, err := encoder.NewModel(config, encoder.Classification, true)
	if err != nil {
		return err
	}
	dev, err := kernels.NewCPU(kernels.Generic, 1)
	if err != nil {
		return err
	}
	defer dev.Close()
	if err := m.Prepare(dev, encoder.Full, 7); err != nil {
		return err
	}
	if err := m.SaveFolder(sink(dir), safetensors.F32); err != nil {
		return err
	}
	vocab := append(strings.Fields("[PAD] [UNK] [CLS] [SEP] [MASK] the game is it . , ! a ##s ##n"), append(goodWords, badWords...)...)
	for len(vocab) < 32 {
		vocab = append(vocab, fmt.Sprintf("[unused%d]", len(vocab)))
	}
	if err := os.WriteFile(filepath.Join(dir, "tokenizer_config.json"), []byte(`{"tokenizer_class": "BertTokenizer", "do_lower_case": true}`), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "vocab.txt"), []byte(strings.Join(vocab, "\n")+"\n"), 0o666)
}

// reviews returns n rows as JSON lines: those with good words have the label true.
func reviews(n int) string {
	rng := rand.New(rand.NewPCG(3, 4))
	var out strings.Builder
	for i := range n {
		words, good := badWords, i%2 == 0
		if good {
			words = goodWords
		}
		text := "the game is"
		for range 1 + rng.IntN(4) {
			text += " " + words[rng.IntN(len(words))]
		}
		fmt.Fprintf(&out, "{\"review\": %q, \"voted_up\": %v}\n", text, good)
	}
	return out.String()
}

// file writes a file into a fresh folder and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// outcome is what a run of the program left.
type outcome struct {
	stdout, stderr string
	status         int
}

// lorica runs the program.
func lorica(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "LORICA_CPU=")
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("lorica %s: %v", strings.Join(args, " "), err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// succeed runs the program and fails the test unless it succeeds.
func succeed(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	o := lorica(t, stdin, args...)
	if o.status != exitOK {
		t.Fatalf("lorica %s: status %d\n%s", strings.Join(args, " "), o.status, o.stderr)
	}
	return o
}

// parse reads JSON lines.
func parse[T any](t *testing.T, lines string) []T {
	t.Helper()
	var list []T
	for d := json.NewDecoder(strings.NewReader(lines)); ; {
		var v T
		if err := d.Decode(&v); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatalf("%v in %q", err, lines)
		}
		list = append(list, v)
	}
}
