package train

import (
	"context"
	"runtime"
	"testing"

	"github.com/lorica-go/lorica/encoder"
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

func TestMemoryDoesNotGrowWithTheSteps(t *testing.T) {
	c := Default()
	c.BatchSize, c.MaxSteps, c.LogEvery = 8, 300, 0
	var early, late int64
	var allocated [2]uint64
	c.OnStep = func(p Progress) {
		var s runtime.MemStats
		switch p.Step {
		case 50:
			early = heap()
			runtime.ReadMemStats(&s)
			allocated[0] = s.Mallocs
		case 290:
			runtime.ReadMemStats(&s)
			allocated[1] = s.Mallocs
			late = heap()
		}
	}
	trainer := newTrainer(t, c, someExamples(500), nil)
	if err := trainer.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if late > early+64<<10 {
		t.Errorf("%d bytes in use after step 50, %d after step 290", early, late)
	}
	if perStep := float64(allocated[1]-allocated[0]) / 240; perStep > 4 { // an epoch draws its order; a step takes nothing
		t.Errorf("%.1f allocations a step", perStep)
	}
}

// What a training pass keeps for its backward must not be kept by an evaluation.
func TestEvaluationHoldsNoActivations(t *testing.T) {
	m, dev := prepared(t, tiny.Options{Width: 128, Layers: 12}, encoder.Full)
	long := make([]Example, 32)
	for i := range long {
		long[i].IDs = make([]int32, 64)
		for j := range long[i].IDs {
			long[i].IDs[j] = int32(5 + j%20)
		}
	}
	measure := func(use func(p *encoder.Pass)) int64 {
		p, err := m.NewPass(dev)
		if err != nil {
			t.Fatal(err)
		}
		before := heap()
		use(p)
		used := heap() - before
		runtime.KeepAlive(p)
		return used
	}
	evaluating := measure(func(p *encoder.Pass) {
		if _, err := Evaluate(context.Background(), p, dev, long); err != nil {
			t.Fatal(err)
		}
	})
	training := measure(func(p *encoder.Pass) {
		var batch encoder.Batch
		for _, e := range long {
			batch.Append(e.IDs, nil)
		}
		p.Training = true
		if _, err := p.Forward(&batch); err != nil {
			t.Fatal(err)
		}
	})
	if evaluating*4 > training {
		t.Errorf("2048 tokens take %d bytes to evaluate and %d to train", evaluating, training)
	}
}

// The device remembers the tensors of its last operations, which must not keep activations alive.
func TestFreeingATrainerGivesItsActivationsBack(t *testing.T) {
	m, dev := prepared(t, tiny.Options{Width: 128, Layers: 8}, encoder.Adapters)
	long := make([]Example, 32)
	for i := range long {
		long[i] = Example{IDs: make([]int32, 64), Label: int32(i % 2)}
	}
	c := Default()
	c.BatchSize, c.MaxSteps = 32, 1
	before := heap()
	objective, err := NewClassification(m, dev, long, nil, c)
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := New(m, dev, objective, c, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	held := heap() - before
	objective.Free()
	if left := heap() - before; held < 20<<20 || left > held/5 {
		t.Errorf("training held %d bytes, and %d are left", held, left)
	}
	runtime.KeepAlive(trainer)
}
