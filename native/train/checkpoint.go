package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// A checkpoint is one safetensors file: the flat vectors of values and moments, and the state as JSON in the metadata. It is
// replaced atomically, so that a run killed at any moment leaves the last whole one.
const (
	checkpointKey = "lorica.checkpoint"
	valuesName    = "values"
	momentsName   = "moments"
	squaresName   = "squares"
)

// settings is what has to be the same for a resumed run to end with the same bits.
type settings struct {
	Config     Config `json:"config"`
	Examples   string `json:"examples"`   // SHA-256 of the token ids and labels
	Parameters string `json:"parameters"` // SHA-256 of the names and shapes of what is trained
	Device     string `json:"device"`
}

func (t *Trainer) settings() settings {
	s := settings{Config: t.config, Device: t.dev.Name()}
	h := sha256.New()
	number := func(v int) {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(v))
		h.Write(b[:])
	}
	for _, e := range t.examples {
		number(len(e.IDs))
		for _, ids := range [][]int32{e.IDs, e.TypeIDs, {e.Label}} {
			for _, id := range ids {
				number(int(id))
			}
		}
	}
	s.Examples = hex.EncodeToString(h.Sum(nil))
	h.Reset()
	for _, p := range t.model.Parameters() {
		if p.Trainable {
			fmt.Fprintln(h, p.Name, p.Shape)
		}
	}
	s.Parameters = hex.EncodeToString(h.Sum(nil))
	return s
}

// differs says in which point another run's settings differ, or nothing. How often something is logged or saved may differ.
func (s settings) differs(old settings) string {
	switch {
	case s.Examples != old.Examples:
		return "the training examples are others"
	case s.Parameters != old.Parameters:
		return "the trained parameters are others"
	}
	now, before := fields(s.Config), fields(old.Config)
	for _, name := range []string{"epochs", "max_steps", "batch_size", "learning_rate", "warmup_steps", "weight_decay", "adam_beta1", "adam_beta2",
		"adam_epsilon", "max_grad_norm", "seed", "shuffle", "class_weights"} {
		if string(now[name]) != string(before[name]) {
			return fmt.Sprintf("%s was %s and is %s", name, before[name], now[name])
		}
	}
	return ""
}

func fields(c Config) map[string]json.RawMessage {
	text, err := json.Marshal(c)
	m := map[string]json.RawMessage{}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return nil // a Config of numbers always marshals
	}
	return m
}

// save writes the checkpoint, if there is a place for it.
func (t *Trainer) save() error {
	if t.checkpoint == "" {
		return nil
	}
	text, err := json.Marshal(t.state)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	var specs []safetensors.TensorSpec
	for _, v := range t.vectors() {
		values := make([]float32, v.tensor.Len())
		t.dev.Read(values, v.tensor)
		specs = append(specs, safetensors.TensorSpec{Name: v.name, DType: safetensors.F32, Shape: []int{len(values)}, Float32: values})
	}
	if err := os.MkdirAll(filepath.Dir(t.checkpoint), 0o777); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	err = atomicfile.Write(t.checkpoint, func(w io.Writer) error {
		return safetensors.Write(w, specs, map[string]string{checkpointKey: string(text)})
	})
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	t.config.Logger.Debug("saved a checkpoint", "step", t.state.Step, "path", t.checkpoint)
	return nil
}

type namedVector struct {
	name   string
	tensor kernels.Tensor
}

func (t *Trainer) vectors() []namedVector {
	return []namedVector{{valuesName, t.flat.Values}, {momentsName, t.moments}, {squaresName, t.squares}}
}

// restore reads the checkpoint, if there is one. One of another run is an input error that says where they differ.
func (t *Trainer) restore() error {
	f, err := os.Open(t.checkpoint)
	if errors.Is(err, fs.ErrNotExist) {
		t.config.Logger.Info("no checkpoint yet, beginning at the first step", "path", t.checkpoint)
		return nil
	}
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	defer f.Close()
	if err := t.read(f); err != nil {
		return badinput.Errorf("%s: %w", t.checkpoint, err)
	}
	t.config.Logger.Info("resuming", "step", t.state.Step)
	return nil
}

func (t *Trainer) read(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := safetensors.ParseReaderAt(f, info.Size())
	if err != nil {
		return err
	}
	var old state
	if err := json.Unmarshal([]byte(file.Metadata()[checkpointKey]), &old); err != nil {
		return badinput.Errorf("not a checkpoint: %w", err)
	}
	if what := t.state.Settings.differs(old.Settings); what != "" {
		return badinput.Errorf("a checkpoint of another run: %s", what)
	}
	if now, before := t.state.Settings.Device, old.Settings.Device; now != before {
		t.config.Logger.Warn("the run began on another device: it will not end with the same bits", "was", before, "is", now)
	}
	total, _ := t.config.Steps(len(t.examples))
	if old.Step < 0 || old.Step > total {
		return badinput.Errorf("step %d of a run of %d", old.Step, total)
	}
	for _, v := range t.vectors() {
		tensor, ok := file.Tensor(v.name)
		if !ok || tensor.Len() != v.tensor.Len() {
			return badinput.Errorf("tensor %s is missing or has another size", v.name)
		}
		values, err := tensor.LoadFloat32()
		if err != nil {
			return err
		}
		t.dev.Write(v.tensor, values)
	}
	old.Settings = t.state.Settings
	t.state = old
	return nil
}
