package inspect_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/native/inspect"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

func TestThisMachineHasATier(t *testing.T) {
	t.Setenv("LORICA_CPU", "generic")
	m, err := inspect.ThisMachine(3)
	if err != nil {
		t.Fatal(err)
	}
	if m.CPU.Tier != "generic" || m.Threads != 3 || m.OS != runtime.GOOS || !slices.Contains(m.CPU.Tiers, "generic") || m.CPU.Features == nil {
		t.Errorf("got %+v", m)
	}
	t.Setenv("LORICA_CPU", "mmx")
	if _, err := inspect.ThisMachine(0); !badinput.Is(err) {
		t.Errorf("an unknown instruction set: got %v", err)
	}
}

func TestAModelIsDescribed(t *testing.T) {
	m, err := inspect.OpenModel(tiny.Model(t, tiny.Options{Layers: 3, Width: 16}), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if m.Format != "folder" || m.Type != "bert" || m.Layers != 3 || m.Hidden != 16 || m.Heads != 2 || m.Inner != 32 || m.MaxTokens != 64 || m.Tokenizer != m.Vocabulary {
		t.Errorf("got %+v", m)
	}
	if m.Parameters.Total == 0 || m.Parameters.Trainable != m.Parameters.Total || m.LoRA != nil || !slices.Equal(m.DType, []string{"F32"}) || m.Bytes < 4*1000 {
		t.Errorf("got %+v", m)
	}
	if !slices.Contains(m.Fresh, "classifier.weight") { // the folder has no head
		t.Errorf("fresh: %v", m.Fresh)
	}
	if _, err := inspect.OpenModel(t.TempDir(), "", 1); !badinput.Is(err) {
		t.Errorf("an empty folder: got %v", err)
	}
}

// PEFT's print_trainable_parameters says the same of this adapter.
func TestParametersAreCountedAsPEFTDoes(t *testing.T) {
	m, err := inspect.OpenModel(shared.Path(t, "models", "minilm-l6"), shared.Path(t, "golden", "minilm-lora"), 2)
	if err != nil {
		t.Fatal(err)
	}
	if m.Parameters.Trainable != 56066 || m.LoRA == nil || m.LoRA.Rank != 4 || m.LoRA.Alpha != 32 || m.LoRA.Dropout != 0.1 {
		t.Errorf("got %+v, %+v", m.Parameters, m.LoRA)
	}
}
