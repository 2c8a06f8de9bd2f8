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
	"math"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// A checkpoint is one safetensors file: the flat vectors of values and moments, and in the metadata the state as JSON and a
// digest of everything. It is replaced atomically, so that a run killed at any moment leaves the last whole one.
const (
	checkpointKey = "lorica.checkpoint"
	digestKey     = "lorica.digest"
	chunk         = 1 << 14 // values that are copied at a time
)

// namedVector is a flat vector [1, n] of a checkpoint.
type namedVector struct {
	name   string
	tensor kernels.Tensor
}

func (t *Trainer) vectors() []namedVector {
	return []namedVector{{"values", t.flat.Values}, {"moments", t.moments}, {"squares", t.squares}}
}

// save writes the checkpoint, if there is a place for it.
func (t *Trainer) save() error {
	if t.checkpoint == "" {
		return nil
	}
	if err := t.write(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	t.config.Logger.Debug("saved a checkpoint", "step", t.state.Step, "path", t.checkpoint)
	return nil
}

func (t *Trainer) write() error {
	text, err := json.Marshal(t.state)
	if err != nil {
		return err
	}
	var specs []safetensors.TensorSpec
	for _, v := range t.vectors() {
		specs = append(specs, safetensors.TensorSpec{Name: v.name, DType: safetensors.F32, Shape: []int{v.tensor.Len()},
			ReadFloat32: func(dst []float32, from int) error {
				t.dev.Read(dst, v.tensor.ColRange(from, from+len(dst)))
				return nil
			}})
	}
	if err := os.MkdirAll(filepath.Dir(t.checkpoint), 0o777); err != nil {
		return badinput.Errorf("%w", err)
	}
	return atomicfile.Write(t.checkpoint, func(w io.Writer) error {
		return safetensors.Write(w, specs, map[string]string{checkpointKey: string(text), digestKey: t.digest(text)})
	})
}

// digest returns the hexadecimal SHA-256 of the state's JSON and of the vectors as they are on the device.
func (t *Trainer) digest(text []byte) string {
	hash := sha256.New()
	hash.Write(text)
	values, bits := make([]float32, chunk), make([]byte, 0, 4*chunk)
	for _, v := range t.vectors() {
		for from := 0; from < v.tensor.Cols; from += chunk {
			part := values[:min(chunk, v.tensor.Cols-from)]
			t.dev.Read(part, v.tensor.ColRange(from, from+len(part)))
			bits = bits[:0]
			for _, x := range part {
				bits = binary.LittleEndian.AppendUint32(bits, math.Float32bits(x))
			}
			hash.Write(bits)
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// restore reads the checkpoint, if there is one. One that is damaged or of another run is an input error that says so.
func (t *Trainer) restore() error {
	f, err := os.Open(t.checkpoint)
	if errors.Is(err, fs.ErrNotExist) {
		t.config.Logger.Info("no checkpoint yet, beginning at the first step", "path", t.checkpoint)
		return nil
	}
	if err != nil {
		return badinput.Errorf("checkpoint: %w", err)
	}
	defer f.Close()
	if err := t.read(f); err != nil {
		return badinput.Errorf("checkpoint %s: %w", t.checkpoint, err)
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
	text, ok := file.Metadata()[checkpointKey]
	if !ok {
		return badinput.Errorf("not a checkpoint: no %q in the metadata", checkpointKey)
	}
	var old state
	if err := json.Unmarshal([]byte(text), &old); err != nil {
		return badinput.Errorf("%s: %w", checkpointKey, err)
	}
	if what := t.state.Settings.differs(old.Settings); what != "" {
		return badinput.Errorf("of another run: %s", what)
	}
	if now, before := t.state.Settings.Device, old.Settings.Device; now != before {
		t.config.Logger.Warn("the run began on another device: it will not end with the same bits", "was", before, "is", now)
	}
	if total := t.Steps(); old.Step < 0 || old.Step > total {
		return badinput.Errorf("step %d of a run of %d", old.Step, total)
	}
	values := make([]float32, chunk)
	for _, v := range t.vectors() {
		tensor, ok := file.Tensor(v.name)
		if !ok || tensor.Len() != v.tensor.Cols {
			return badinput.Errorf("tensor %s is missing or has another size", v.name)
		}
		for from := 0; from < v.tensor.Cols; from += chunk {
			part := values[:min(chunk, v.tensor.Cols-from)]
			if err := tensor.ReadFloat32(part, from); err != nil {
				return err
			}
			t.dev.Write(v.tensor.ColRange(from, from+len(part)), part)
		}
	}
	if t.digest([]byte(text)) != file.Metadata()[digestKey] {
		return badinput.Errorf("damaged: the content has another digest than when it was written")
	}
	old.Settings = t.state.Settings
	t.state = old
	return nil
}
