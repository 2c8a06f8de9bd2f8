package train

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// Files of a run's folder.
const (
	LogFile        = "log.jsonl"
	SettingsFile   = "settings.json" // the settings that were in effect
	InvocationFile = "config.yaml"   // what asks for the run again
	CheckpointFile = "checkpoint/state.safetensors"
)

// Folder says where a run leaves its files.
type Folder struct {
	Dir string
	// Resume goes on from the checkpoint in Dir, if there is one.
	Resume bool
	// Settings are the content of SettingsFile; Invocation is that of InvocationFile, or nil for none.
	Settings, Invocation []byte
}

// Begin is New for a run with a folder, which gets the settings, the log and the checkpoint. Only when everything is in order does a
// new run touch what an earlier one has left there. The trainer has to be closed.
func Begin(m *encoder.Model, dev kernels.Device, o Objective, c Config, f Folder) (*Trainer, error) {
	checkpoint := filepath.Join(f.Dir, filepath.FromSlash(CheckpointFile))
	t, err := New(m, dev, o, c, checkpoint, f.Resume)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(f.Dir, 0o777); err != nil {
		return nil, badinput.Errorf("output folder: %w", err)
	}
	if err := saveFile(filepath.Join(f.Dir, SettingsFile), f.Settings); err != nil {
		return nil, err
	}
	if f.Invocation != nil {
		if err := saveFile(filepath.Join(f.Dir, InvocationFile), f.Invocation); err != nil {
			return nil, err
		}
	}
	if !f.Resume {
		if err := os.Remove(checkpoint); err == nil {
			t.config.Logger.Warn("beginning afresh: the checkpoint of an earlier run in the output folder is gone (resume would have kept it)")
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, badinput.Errorf("output folder: %w", err)
		}
	}
	t.file, err = openLog(filepath.Join(f.Dir, LogFile), t.History(), t.config.Logger)
	return t, err
}

func saveFile(path string, content []byte) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Close closes the log of a run with a folder.
func (t *Trainer) Close() {
	if t.file != nil {
		t.file.close()
	}
}
