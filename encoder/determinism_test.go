//go:build !wasm

package encoder

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/kernels"
)

// goldenBatch returns enough sequences of a golden model, short and long, for several threads to share.
func goldenBatch(g golden) *Batch {
	short, long := g.batch("", nil), g.batch("long.", nil)
	b := &Batch{}
	for range 3 {
		for _, from := range []*Batch{short, long} {
			for s := range from.Len() {
				b.Append(from.IDs[from.Offsets[s]:from.Offsets[s+1]], from.TypeIDs[from.Offsets[s]:from.Offsets[s+1]])
			}
		}
	}
	return b
}

// goldenTraining returns a golden model, prepared for training, with dropout at every place.
func goldenTraining(t *testing.T, dev kernels.Device, arch string, training Training) *Model {
	t.Helper()
	m := openGoldenModel(t, Classification, arch)
	if training == Adapters {
		if err := m.ApplyAdapter(openGoldenAdapter(t, arch, "lora")); err != nil {
			t.Fatal(err)
		}
	}
	m.Config.HiddenDropout, m.Config.EmbeddingDropout, m.Config.AttentionDropout, m.Config.ClassifierDropout = 0.1, 0.1, 0.2, 0.3
	if err := m.Prepare(dev, training, 1); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTrainingStepHasTheSameBitsOnAnyNumberOfThreads(t *testing.T) {
	for _, arch := range goldenArchitectures {
		b := goldenBatch(openGolden(t, arch, "golden.safetensors"))
		labels := make([]int32, b.Len())
		for _, tier := range kernels.Tiers() {
			for _, training := range []Training{Full, Adapters} {
				t.Run(fmt.Sprintf("%s/%s/%d", arch, tier, training), func(t *testing.T) {
					var logits, gradients []float32
					var loss float64
					for _, threads := range []int{1, 2, 3} {
						dev := newCPU(t, tier, threads)
						m := goldenTraining(t, dev, arch, training)
						p := newPass(t, m, dev)
						p.Training, p.Seed, p.Step = true, 2, 9
						for range 2 { // the second use of the memory as well
							out, err := p.Forward(b)
							if err != nil {
								t.Fatal(err)
							}
							nowLogits := read(dev, out)
							nowLoss := p.Loss(out, labels, nil)
							p.ZeroGradients()
							p.Backward()
							nowGradients := read(dev, m.Trainable().Gradients)
							if logits == nil {
								logits, loss, gradients = nowLogits, nowLoss, nowGradients
							}
							if !slices.Equal(logits, nowLogits) || loss != nowLoss {
								t.Errorf("%d threads: other logits than one thread", threads)
							}
							if !slices.Equal(gradients, nowGradients) {
								t.Errorf("%d threads: other gradients than one thread", threads)
							}
						}
					}
				})
			}
		}
	}
}

func TestASequenceDoesNotFeelItsNeighbours(t *testing.T) {
	for _, arch := range goldenArchitectures {
		whole := goldenBatch(openGolden(t, arch, "golden.safetensors"))
		eachTier(t, func(t *testing.T, dev *kernels.CPU) {
			m := openGoldenModel(t, Classification, arch)
			if err := m.Prepare(dev, Frozen, 1); err != nil {
				t.Fatal(err)
			}
			p := newPass(t, m, dev)
			out, err := p.Forward(whole)
			if err != nil {
				t.Fatal(err)
			}
			together, width := read(dev, out), out.Cols
			for s := range whole.Len() {
				alone := &Batch{}
				alone.Append(whole.IDs[whole.Offsets[s]:whole.Offsets[s+1]], whole.TypeIDs[whole.Offsets[s]:whole.Offsets[s+1]])
				out, err := p.Forward(alone)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := read(dev, out), together[s*width:(s+1)*width]; !slices.Equal(got, want) {
					t.Errorf("%s: sequence %d of %d tokens gives %v alone and %v among others", arch, s, alone.Tokens(), got, want)
				}
			}
		})
	}
}

// TestTheLastBlockOfFirstRowsEqualsThatOfAllRows: a head reads one row of a sequence, and only those are computed.
func TestTheLastBlockOfFirstRowsEqualsThatOfAllRows(t *testing.T) {
	for _, arch := range goldenArchitectures {
		b := goldenBatch(openGolden(t, arch, "golden.safetensors"))
		eachTier(t, func(t *testing.T, dev *kernels.CPU) {
			m := openGoldenModel(t, Classification, arch)
			m.Config.MeanPooling = false
			if err := m.Prepare(dev, Frozen, 1); err != nil {
				t.Fatal(err)
			}
			p := newPass(t, m, dev)
			if _, err := p.Forward(b); err != nil {
				t.Fatal(err)
			}
			first := p.hidden[len(p.hidden)-1]
			some, width := read(dev, first), first.Cols
			encodeAll(t, p, b)
			all := read(dev, p.hidden[len(p.hidden)-1])
			for s := range b.Len() {
				if at := int(b.Offsets[s]) * width; !slices.Equal(some[s*width:(s+1)*width], all[at:at+width]) {
					t.Errorf("%s: the first row of sequence %d differs", arch, s)
				}
			}
		})
	}
}

func TestMemoryIsReusedAcrossGrowingAndShrinkingBatches(t *testing.T) {
	for _, arch := range goldenArchitectures {
		whole := goldenBatch(openGolden(t, arch, "golden.safetensors"))
		part := func(from, to int) (*Batch, []int32) {
			b := &Batch{}
			for s := from; s < to; s++ {
				b.Append(whole.IDs[whole.Offsets[s]:whole.Offsets[s+1]], whole.TypeIDs[whole.Offsets[s]:whole.Offsets[s+1]])
			}
			return b, make([]int32, b.Len())
		}
		for _, training := range []Training{Full, Adapters} {
			dev := newCPU(t, kernels.BestTier(), 2)
			m := goldenTraining(t, dev, arch, training)
			used := newPass(t, m, dev)
			used.Training = true
			for _, size := range []int{1, 4, whole.Len(), 2, whole.Len() - 1, 1} {
				fresh := newPass(t, m, dev)
				fresh.Training = true
				b, labels := part(0, size)
				want := step(t, fresh, b, labels, true)
				gradients := read(dev, m.Trainable().Gradients)
				if got := step(t, used, b, labels, true); got != want {
					t.Errorf("%s: a batch of %d: loss %.9f in used memory, %.9f in fresh", arch, size, got, want)
				}
				if !slices.Equal(gradients, read(dev, m.Trainable().Gradients)) {
					t.Errorf("%s: a batch of %d: other gradients in used memory", arch, size)
				}
			}
		}
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, arch := range goldenArchitectures {
		b := goldenBatch(openGolden(t, arch, "golden.safetensors"))
		labels := make([]int32, b.Len())
		for _, threads := range []int{1, 2} {
			for _, training := range []Training{Frozen, Adapters, Full} {
				dev := newCPU(t, kernels.BestTier(), threads)
				m := goldenTraining(t, dev, arch, training)
				p := newPass(t, m, dev)
				p.Training = training != Frozen
				run := func() {
					logits, err := p.Forward(b)
					if err != nil {
						t.Fatal(err)
					}
					if p.Training {
						p.Loss(logits, labels, nil)
						p.ZeroGradients()
						p.Backward()
						p.Step++
					}
				}
				run()
				if n := testing.AllocsPerRun(5, run); n != 0 {
					t.Errorf("%s, training %d, %d threads: %g allocations a step", arch, training, threads, n)
				}
			}
		}
	}
}
