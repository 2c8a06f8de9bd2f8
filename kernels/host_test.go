package kernels

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// sandboxMemory is memory that operands of an operation lie in, as those of a program in a sandbox do.
type sandboxMemory struct {
	values []float32
	used   int
	rng    *rand.Rand
}

func newSandboxMemory() *sandboxMemory {
	return &sandboxMemory{values: alignedFloats(1 << 16), used: 16, rng: rand.New(rand.NewPCG(7, 8))}
}

// bytes is the memory as a host sees it.
func (m *sandboxMemory) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&m.values[0])), 4*len(m.values))
}

func (m *sandboxMemory) take(n int) []float32 {
	part := m.values[m.used : m.used+n : m.used+n]
	m.used += n
	return part
}

// tensor returns a matrix of random values, in rows that are a little further apart than they are long.
func (m *sandboxMemory) tensor(rows, cols int) Tensor {
	values := m.take(rows * (cols + 3))
	for i := range values {
		values[i] = m.rng.Float32()*2 - 1
	}
	return NewTensor(&Buffer{host: values}, 0, rows, cols+3).ColRange(0, cols)
}

func (m *sandboxMemory) ints(list ...int32) []int32 {
	if len(list) == 0 {
		return nil
	}
	part := unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(m.take(len(list))))), len(list))
	copy(part, list)
	return part
}

// hostedOperations use every operation that a Hosted device passes on.
var hostedOperations = map[string]func(d Device, m *sandboxMemory){
	"Gemm with a packed operand": func(d Device, m *sandboxMemory) {
		w := m.tensor(37, 19)
		packed := d.Pack(TensorSource(w, true))
		d.Gemm([]GemmJob{
			{Dst: m.tensor(5, 37), A: m.tensor(5, 19), Packed: packed, Bias: m.tensor(1, 37), Activation: GELU},
			{Dst: m.tensor(70, 37), A: m.tensor(70, 19), Packed: packed, Alpha: 0.5, Accumulate: true, PreActivation: m.tensor(70, 37)},
		})
	},
	"Gemm with an operand packed as it stands": func(d Device, m *sandboxMemory) {
		d.Gemm([]GemmJob{{Dst: m.tensor(5, 40), A: m.tensor(5, 19), Packed: d.Pack(TensorSource(m.tensor(19, 40), false))}})
	},
	"Gemm without a packed operand": func(d Device, m *sandboxMemory) {
		d.Gemm([]GemmJob{{Dst: m.tensor(9, 33), A: m.tensor(17, 9), TransA: true, B: m.tensor(33, 17), TransB: true}})
	},
	"Gemm with weights of eight bits": func(d Device, m *sandboxMemory) {
		weights := make([]int8, 37*19)
		for i := range weights {
			weights[i] = int8(m.rng.IntN(255) - 127)
		}
		scales := make([]float32, 37)
		for i := range scales {
			scales[i] = m.rng.Float32()
		}
		packed := d.PackInt8(Int8Source{K: 19, N: 37, Scales: scales, Row: func(i int, _ []int8) []int8 { return weights[i*19 : (i+1)*19] }})
		d.Gemm([]GemmJob{{Dst: m.tensor(70, 37), A: m.tensor(70, 19), Packed: packed, Bias: m.tensor(1, 37), Activation: GELU}})
	},
	"LayerNorm": func(d Device, m *sandboxMemory) {
		d.LayerNorm(LayerNorm{Dst: m.tensor(7, 33), X: m.tensor(7, 33), Gamma: m.tensor(1, 33), Eps: 1e-5})
		d.LayerNorm(LayerNorm{Dst: m.tensor(7, 33), X: m.tensor(7, 33), Residual: m.tensor(7, 33), Sum: m.tensor(7, 33), Stats: m.tensor(7, 2),
			Gamma: m.tensor(1, 33), Beta: m.tensor(1, 33), Eps: 1e-12})
	},
	"Attention": func(d Device, m *sandboxMemory) {
		op := Attention{Dst: m.tensor(12, 24), Q: m.tensor(12, 24), K: m.tensor(12, 24), V: m.tensor(12, 24), LogSumExp: m.tensor(12, 3),
			QueryOffsets: m.ints(0, 5, 12), KeyOffsets: m.ints(0, 5, 12), Heads: 3, Scale: 0.3}
		d.Attention(op)
		op.Dst, op.Window, op.LogSumExp = m.tensor(12, 24), 2, Tensor{}
		d.Attention(op)
		op.Dst, op.Window = m.tensor(12, 24), 0
		op.Relative = Relative{Keys: m.tensor(13, 24), Queries: m.tensor(13, 24), Rows: m.ints(12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)}
		d.Attention(op)
	},
	"EmbeddingSum": func(d Device, m *sandboxMemory) {
		d.EmbeddingSum(m.tensor(3, 10), []EmbeddingTerm{{Table: m.tensor(6, 10), IDs: m.ints(5, 0, 3)}, {Table: m.tensor(2, 10), IDs: m.ints(1, 0, 1)}})
		table := d.WrapInt8([]int8{1, -2, 3, 4, 5, 6, 7, 8, 9, 127, -127, 0}, 2, []float32{0.5, 0.25})
		d.EmbeddingSum(m.tensor(3, 6), []EmbeddingTerm{{Int8: table, IDs: m.ints(1, 0, 1)}, {Table: m.tensor(2, 6), IDs: m.ints(1, 0, 1)}})
	},
	"Activate": func(d Device, m *sandboxMemory) { d.Activate(m.tensor(3, 50), m.tensor(3, 50), Tanh) },
	"Gate":     func(d Device, m *sandboxMemory) { d.Gate(m.tensor(3, 20), m.tensor(3, 40), GELU) },
	"Rotate": func(d Device, m *sandboxMemory) {
		d.Rotate(Rotary{Dst: m.tensor(3, 16), X: m.tensor(3, 16), Heads: 2, Table: m.tensor(5, 8), Positions: m.ints(4, 0, 2), Inverse: true})
	},
	"GatherRows": func(d Device, m *sandboxMemory) { d.GatherRows(m.tensor(4, 9), m.tensor(6, 9), m.ints(5, 5, 0, 1)) },
	"MeanRows":   func(d Device, m *sandboxMemory) { d.MeanRows(m.tensor(2, 9), m.tensor(6, 9), m.ints(0, 2, 6)) },
	"Transpose":  func(d Device, m *sandboxMemory) { d.Transpose(m.tensor(9, 5), m.tensor(5, 9)) },
	"Zero":       func(d Device, m *sandboxMemory) { d.Zero(m.tensor(3, 7)) },
	"Copy":       func(d Device, m *sandboxMemory) { d.Copy(m.tensor(3, 7), m.tensor(3, 7)) },
	"Add":        func(d Device, m *sandboxMemory) { d.Add(m.tensor(3, 7), m.tensor(3, 7)) },
	"Scale":      func(d Device, m *sandboxMemory) { d.Scale(m.tensor(3, 7), -2) },
	"nothing": func(d Device, m *sandboxMemory) {
		d.Add(m.tensor(0, 7), m.tensor(0, 7))
		d.Gemm(nil)
	},
}

func TestAHostedDeviceComputesWhatItsHostDoes(t *testing.T) {
	for _, tier := range Tiers() {
		for name, operation := range hostedOperations {
			t.Run(tier.String()+"/"+name, func(t *testing.T) {
				hostCPU, guestCPU, plain := testCPU(t, tier), testCPU(t, Generic), testCPU(t, tier)
				got, want := newSandboxMemory(), newSandboxMemory()
				h := NewHost(hostCPU)
				base := uintptr(unsafe.Pointer(&got.values[0]))
				const calls = 1 << 15 // where the words of a call are put
				device := NewHosted(guestCPU, h.Width(), func(op uint32, words []uint32) {
					copy(unsafe.Slice((*uint32)(unsafe.Pointer(&got.values[calls])), len(words)), words)
					if err := h.Run(got.bytes(), op, 4*calls, uint32(len(words))); err != nil {
						t.Fatal(err)
					}
				})
				device.base = base
				device.rows = got.values[calls+1<<12:][: 1<<12 : 1<<12]
				guestCPU.memory.advise, guestCPU.memory.slab = func([]byte) {}, got.values[calls+1<<13:]
				operation(device, got)
				operation(plain, want)
				if got.used != want.used || !slices.Equal(got.values[:got.used], want.values[:want.used]) {
					t.Error("other results than without a host")
				}
			})
		}
	}
}

// testCPU returns a device of one thread.
func testCPU(t testing.TB, tier Tier) *CPU {
	t.Helper()
	c, err := NewCPU(tier, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAHostRefusesWhatCannotBeRight(t *testing.T) {
	h := NewHost(testCPU(t, BestTier()))
	tensor := func(at, rows, cols, stride uint32) []uint32 { return []uint32{at, rows, cols, stride} }
	good := tensor(64, 2, 4, 4)
	for _, test := range []struct {
		name  string
		op    uint32
		words []uint32
		says  string
	}{
		{"an unknown operation", 99, slices.Concat(good, good), "unknown"},
		{"no words", hostAdd, nil, "too few"},
		{"a word too many", hostAdd, slices.Concat(good, good, []uint32{1}), "too many"},
		{"a tensor behind the end", hostAdd, slices.Concat(good, tensor(1020, 2, 4, 4)), "memory of 1024 bytes"},
		{"a tensor that begins behind the end", hostAdd, slices.Concat(good, tensor(1<<31, 2, 4, 4)), "memory of 1024 bytes"},
		{"a tensor without end", hostZero, tensor(64, 1<<30, 1<<30, 1<<30), "memory of 1024 bytes"},
		{"a negative count", hostZero, tensor(64, 1<<31, 1, 1), "too large"},
		{"rows that overlap", hostZero, tensor(64, 100, 4, 0), "apart"},
		{"an odd address", hostZero, tensor(65, 1, 1, 1), "multiple of 4"},
		{"shapes that differ", hostAdd, slices.Concat(good, tensor(64, 4, 2, 2)), "want"},
		{"an activation that is none", hostActivate, slices.Concat(good, good, []uint32{77}), "out of range"},
		{"rows that are not there", hostGatherRows, slices.Concat(good, good, []uint32{512, 2}), "index"},
		{"jobs without end", hostGemm, []uint32{1 << 20}, "a list of"},
		{"a bias across rows", hostGemm, slices.Concat([]uint32{1, 0}, tensor(64, 2, 8, 8), tensor(64, 2, 4, 4), tensor(64, 4, 8, 8), tensor(64, 8, 1, 1),
			tensor(0, 0, 0, 0), []uint32{0, 0}), "a bias of 8 rows"},
		{"products without end", hostGemm, slices.Concat([]uint32{1, 0}, tensor(64, 1<<13, 0, 0), tensor(64, 1<<13, 0, 0), tensor(64, 0, 1<<30, 0)), ""},
	} {
		memory := make([]byte, 1024)
		for i := range 16 {
			binary.LittleEndian.PutUint32(memory[512+4*i:], 1<<20)
		}
		for i, w := range test.words {
			binary.LittleEndian.PutUint32(memory[768+4*i:], w)
		}
		err := h.Run(memory, test.op, 768, uint32(len(test.words)))
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want something with %q", test.name, err, test.says)
		}
	}
	if err := h.Run(make([]byte, 1024), hostAdd, 1020, 8); err == nil {
		t.Error("words behind the end are read")
	}
}

// FuzzHost runs words that anybody may have written.
func FuzzHost(f *testing.F) {
	h := NewHost(testCPU(f, BestTier()))
	for op := range hostOperations {
		f.Add(op, []byte{128, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0})
	}
	f.Fuzz(func(t *testing.T, op uint32, words []byte) {
		memory := make([]byte, 4096)
		n := copy(memory[:2048], words)
		_ = h.Run(memory, op, 0, uint32(n/4))
	})
}
