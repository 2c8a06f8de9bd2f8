package encoder

import (
	"io"
	"math"
	"slices"
	"sync"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// A bundle may store weights with eight bits: a tensor I8 and, beside it, scales. A linear layer's weight has one a row, that is an
// output, and products are computed with the integers (kernels.PackInt8). The table of words has one for every 32 values of a row:
// in some columns all its values are large, and would leave the others few steps.

// scaleSuffix is what the name of the scales has behind that of the tensor.
const scaleSuffix = "_scale"

// largestScale keeps the product with an integer, -128 at the utmost, finite.
const largestScale = math.MaxFloat32 / 128

// markEightBits says which parameters may be stored with eight bits: the weights of all linear layers but the last one, which is
// small and decides, and the table of words, in small models half of all bytes.
func (m *Model) markEightBits() {
	for _, l := range m.linears() {
		if m.Task != Classification || l != m.head.output {
			l.weight.scaled = l.in
		}
	}
	const some = 32
	word := m.embeddings.word
	word.scaled = word.cols()
	if word.cols()%some == 0 {
		word.scaled = some
	}
}

// scaleShape returns the shape of the tensor of scales.
func (p *Parameter) scaleShape() []int {
	if p.scaled == p.cols() {
		return []int{p.rows()}
	}
	return []int{p.rows(), p.cols() / p.scaled}
}

// EightBits reports whether a weight is stored with eight bits. Such a model cannot be trained.
func (m *Model) EightBits() bool {
	return slices.ContainsFunc(m.params, func(p *Parameter) bool { return p.scales != nil })
}

// bindScales takes the scales of a parameter that has been bound to the tensor name, whose elements have eight bits.
func (p *Parameter) bindScales(tensors safetensors.Tensors, name string) error {
	t, ok := tensors.Tensor(name + scaleSuffix)
	if !ok {
		return badinput.Errorf("tensor %s has eight bits, and %s is missing", name, name+scaleSuffix)
	}
	if want := p.scaleShape(); t.DType != safetensors.F32 || !slices.Equal(t.Shape, want) {
		return badinput.Errorf("tensor %s: dtype %s and shape %v, want F32 and %v", t.Name, t.DType, t.Shape, want)
	}
	scales, err := t.LoadFloat32()
	if err != nil {
		return err
	}
	for i, s := range scales {
		if !(s >= 0 && s <= largestScale) {
			return badinput.Errorf("tensor %s: scale %d is %g, want a number from 0 to %.3g", t.Name, i, s, largestScale)
		}
	}
	p.scales = scales
	return nil
}

// readFloat32 fills dst with the stored values from value from on.
func (p *Parameter) readFloat32(dst []float32, from int) error {
	if p.scales == nil {
		return p.source.ReadFloat32(dst, from)
	}
	row, n := make([]int8, p.scaled), p.scaled
	for len(dst) > 0 {
		part := row[:min(n-from%n, len(dst))]
		if err := p.source.ReadInt8(part, from); err != nil {
			return err
		}
		kernels.Dequantise(dst[:len(part)], part, p.scales[from/n])
		dst, from = dst[len(part):], from+len(part)
	}
	return nil
}

// int8Row returns row i of a value of eight bits, in scratch unless the file's memory can be used as it is.
func (p *Parameter) int8Row(i int, scratch []int8) ([]int8, error) {
	n := p.cols()
	if all, ok := p.source.Int8s(); ok {
		return all[i*n : (i+1)*n], nil
	}
	return scratch[:n], p.source.ReadInt8(scratch[:n], i*n)
}

// materialiseInt8 brings a table of eight bits to the device.
func (p *Parameter) materialiseInt8(dev kernels.Device) error {
	values, ok := p.source.Int8s()
	if !ok {
		values = make([]int8, p.Len())
		if err := p.source.ReadInt8(values, 0); err != nil {
			return err
		}
	}
	p.table = dev.WrapInt8(values, p.rows(), p.scales)
	return nil
}

// packInt8 packs a weight of eight bits.
func (l *linear) packInt8(dev kernels.Device) (*kernels.Packed, error) {
	var failed failure
	packed := dev.PackInt8(kernels.Int8Source{K: l.in, N: l.out, Scales: l.weight.scales, Row: func(i int, scratch []int8) []int8 {
		row, err := l.weight.int8Row(i, scratch)
		if err != nil {
			failed.set(err)
			return scratch[:l.in]
		}
		return row
	}})
	return packed, failed.err()
}

// failure is the first error of several goroutines.
type failure struct {
	mu    sync.Mutex
	first error
}

func (f *failure) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first == nil {
		f.first = err
	}
}

func (f *failure) err() error {
	if f.first == nil {
		return nil
	}
	return badinput.Errorf("%w", f.first)
}

// eightBitSpecs returns how a parameter and its scales are written. read returns a way to read the values from the first to the last;
// a parameter that is stored with eight bits, and has no adapter, is copied.
func (p *Parameter) eightBitSpecs(adapted bool, read func() func(dst []float32, from int) error) []safetensors.TensorSpec {
	weight := safetensors.TensorSpec{Name: p.Name, DType: safetensors.I8, Shape: p.Shape}
	scales := safetensors.TensorSpec{Name: p.Name + scaleSuffix, DType: safetensors.F32, Shape: p.scaleShape()}
	if p.scales != nil && !adapted {
		weight.ReadBytes, scales.Float32 = p.source.ReadBytes, p.scales
	} else {
		q := quantiser{of: p, reading: read}
		r := quantiser{of: p, reading: read}
		weight.ReadBytes, scales.ReadFloat32 = q.bytes, r.scales
	}
	return []safetensors.TensorSpec{weight, scales}
}

// quantiser rounds a parameter piece by piece, each with a scale of its own, as it is read from the beginning to the end.
type quantiser struct {
	of      *Parameter
	reading func() func(dst []float32, from int) error
	read    func(dst []float32, from int) error
	next    int // the piece that comes
	values  []float32
	rounded []int8
	scale   float32
}

// advance rounds piece i, which is the present one or the next, or 0.
func (q *quantiser) advance(i int) error {
	n := q.of.scaled
	if i == 0 && q.next != 1 || q.read == nil {
		q.read, q.next, q.values, q.rounded = q.reading(), 0, make([]float32, n), make([]int8, n)
	}
	if i == q.next-1 {
		return nil
	}
	if i != q.next {
		return io.ErrUnexpectedEOF
	}
	q.next++
	if err := q.read(q.values, i*n); err != nil {
		return err
	}
	q.scale = kernels.Quantise(q.rounded, q.values)
	if !(q.scale <= largestScale) {
		return badinput.Errorf("row %d has a value that is not a finite number, or is too large for eight bits", i*n/q.of.cols())
	}
	return nil
}

// bytes is the tensor's safetensors.TensorSpec.ReadBytes.
func (q *quantiser) bytes(dst []byte, from int64) error {
	n := int64(q.of.scaled)
	for len(dst) > 0 {
		if err := q.advance(int(from / n)); err != nil {
			return err
		}
		part := q.rounded[from%n:]
		part = part[:min(len(part), len(dst))]
		for i, v := range part {
			dst[i] = byte(v)
		}
		dst, from = dst[len(part):], from+int64(len(part))
	}
	return nil
}

// scales is the ReadFloat32 of the tensor of scales.
func (q *quantiser) scales(dst []float32, from int) error {
	for i := range dst {
		if err := q.advance(from + i); err != nil {
			return err
		}
		dst[i] = q.scale
	}
	return nil
}
