package finetune

import (
	"context"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// heap returns the bytes of the heap that are in use after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC() // finalisers have run by the second
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

func TestActivationsAreGoneBeforeTheExportBegins(t *testing.T) {
	rows := tiny.Rows(32, 1)
	for i := range rows {
		rows[i].Text = strings.Repeat(rows[i].Text+" ", 10)
	}
	c := Default()
	c.Model, c.Data, c.Out = tiny.Model(t, tiny.Options{Width: 128, Layers: 8}), tiny.File(t, rows), filepath.Join(t.TempDir(), "run")
	c.TestSize, c.Threads, c.Logger = data.Size{}, 1, slog.New(slog.DiscardHandler)
	c.LoRA.Targets = []string{"all-linear"}
	c.Train.BatchSize, c.Train.MaxSteps = 32, 1
	r := &run{Config: c}
	defer r.close()
	var err error
	if r.rows, err = r.loadRows(); err != nil {
		t.Fatal(err)
	}
	if err := r.openModel(); err != nil {
		t.Fatal(err)
	}
	before := heap()
	if err := r.train(context.Background()); err != nil {
		t.Fatal(err)
	}
	trained := heap() - before
	r.forgetTraining()
	left := heap() - before
	t.Logf("training held %d kB, of which %d kB are left", trained>>10, left>>10)
	const slab = 34 << 20 // which the device is still filling
	if trained < 3*slab || left > slab+trained/20 {
		t.Errorf("training held %d bytes, and %d are left", trained, left)
	}
	runtime.KeepAlive(r)
}
