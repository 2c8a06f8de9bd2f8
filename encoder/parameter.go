package encoder

import (
	"math"
	"math/bits"
	"slices"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/kernels"
)

// Parameter is one named tensor of a model.
type Parameter struct {
	// Name is the full name that transformers gives it, such as "bert.pooler.dense.weight".
	Name string
	// Shape is its shape in files: [out, in] for a linear layer's weight, [width] for a vector.
	Shape []int
	// Trainable says that it has a gradient and that the optimiser moves it.
	Trainable bool
	// Fresh says that no file gave it a value: it was initialised at random or with a constant.
	Fresh bool

	file    string             // the file that has the value, for messages; may be empty
	source  safetensors.Tensor // where the value comes from, when a file has it
	stored  bool               // source is set
	value   kernels.Tensor     // the value on the device, once it is needed there
	grad    kernels.Tensor     // the gradient, when trainable
	initial initialiser
	// Of a value with eight bits: how many values share a scale, 0 when the file may not have one; the scales; a table's handle.
	scaled  int
	scales  []float32
	table   *kernels.Int8Table
	release func(safetensors.Tensor) // tells the owner of the file's memory that the tensor has been read
}

// initialiser says how a parameter that no file has begins.
type initialiser uint8

const (
	mustExist  initialiser = iota // a file has to have it
	zeros                         // biases of heads
	ones                          // layer norm weights of heads
	normal                        // normally distributed: weights of heads
	loraNormal                    // U(-1/sqrt(in), 1/sqrt(in)): lora_A, PEFT's Kaiming uniform with a = sqrt 5
)

// Len returns the number of values.
func (p *Parameter) Len() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// rows and cols give the shape as a matrix; a vector is one row.
func (p *Parameter) rows() int {
	if len(p.Shape) < 2 {
		return 1
	}
	return p.Shape[0]
}

func (p *Parameter) cols() int { return p.Shape[len(p.Shape)-1] }

// Decays reports whether weight decay acts on the parameter: transformers spares biases and layer norms.
func (p *Parameter) Decays() bool { return decays(p.Name) }

// Value returns the handle of the value on the model's device. It is the zero Tensor before Prepare, and for frozen linear
// weights always: those exist in packed form only. So it is for a table of eight bits.
func (p *Parameter) Value() kernels.Tensor { return p.value }

// Gradient returns the handle of the gradient, the zero Tensor for a parameter that is not trainable.
func (p *Parameter) Gradient() kernels.Tensor { return p.grad }

// bind takes the value from a file's tensor, whose shape has to be the parameter's.
func (p *Parameter) bind(t safetensors.Tensor, release func(safetensors.Tensor)) error {
	if !slices.Equal(t.Shape, p.Shape) {
		return badinput.Errorf("tensor %s: shape %v, the configuration asks for %v", t.Name, t.Shape, p.Shape)
	}
	if !isFloat(t.DType) && !(p.scaled > 0 && t.DType == safetensors.I8) {
		return badinput.Errorf("tensor %s: dtype %s, want F32, F16, BF16 or F64", t.Name, t.DType)
	}
	p.source, p.stored, p.release, p.Fresh = t, true, release, false
	return nil
}

// row returns row i of the stored value, in scratch unless the file's memory can be used as it is.
func (p *Parameter) row(i int, scratch []float32) ([]float32, error) {
	n := p.cols()
	row := scratch[:n]
	if all, ok := p.source.Float32s(); ok {
		row = all[i*n : (i+1)*n]
	} else if err := p.readFloat32(row, i*n); err != nil {
		return nil, err
	}
	return row, p.checkFinite(row, i)
}

// checkFinite returns an input error when one of the values, which begin with row first, is infinite or NaN.
func (p *Parameter) checkFinite(values []float32, first int) error {
	if finite(values) {
		return nil
	}
	row, n := 0, p.cols()
	for finite(values[row*n : (row+1)*n]) {
		row++
	}
	name := p.Name
	if p.stored {
		name = p.source.Name
	}
	if p.file != "" {
		return badinput.Errorf("%s: tensor %s: row %d has a value that is not a finite number", p.file, name, first+row)
	}
	return badinput.Errorf("tensor %s: row %d has a value that is not a finite number", name, first+row)
}

// Float32s returns the parameter's present value in new memory, row-major.
func (p *Parameter) Float32s(dev kernels.Device) ([]float32, error) {
	values := make([]float32, p.Len())
	if !p.value.IsZero() {
		dev.Read(values, p.value)
		return values, nil
	}
	if !p.stored {
		return nil, format.Errorf("parameter %s has no value", p.Name)
	}
	return values, p.readFloat32(values, 0)
}

// materialise brings the value to the device: into dst when that is given, else into memory of its own or the file's.
func (p *Parameter) materialise(dev kernels.Device, dst kernels.Tensor, rng *initRand) error {
	if dst.IsZero() && !p.value.IsZero() {
		return nil
	}
	if p.scales != nil {
		return p.materialiseInt8(dev)
	}
	if p.stored && p.value.IsZero() && dst.IsZero() {
		if all, ok := p.source.Float32s(); ok {
			if err := p.checkFinite(all, 0); err != nil {
				return err
			}
			p.value = kernels.NewTensor(dev.Wrap(all), 0, p.rows(), p.cols())
			return nil
		}
	}
	if dst.IsZero() {
		dst = kernels.NewTensor(dev.NewBuffer(p.Len()), 0, p.rows(), p.cols())
	}
	var err error
	switch {
	case !p.value.IsZero(): // it moves to where trainable parameters are
		values := make([]float32, p.Len())
		dev.Read(values, p.value)
		err = p.place(dev, dst, values, 0)
	case p.stored:
		err = p.read(dev, dst)
	default:
		var values []float32
		if values, err = p.fresh(rng); err == nil {
			err = p.place(dev, dst, values, 0)
		}
	}
	if err != nil {
		return err
	}
	p.value = dst
	if p.stored && p.release != nil {
		p.release(p.source)
	}
	return nil
}

// place writes values into dst from a row on, if they are finite.
func (p *Parameter) place(dev kernels.Device, dst kernels.Tensor, values []float32, row int) error {
	if err := p.checkFinite(values, row); err != nil {
		return err
	}
	dev.Write(dst.RowRange(row, row+len(values)/p.cols()), values)
	return nil
}

// read brings the stored value to dst, some rows at a time, so that a large table does not lie in memory twice.
func (p *Parameter) read(dev kernels.Device, dst kernels.Tensor) error {
	const most = 256 << 10 // values
	rows, cols := p.rows(), p.cols()
	step := max(1, most/max(1, cols))
	values := make([]float32, min(rows, step)*cols)
	for row := 0; row < rows; row += step {
		n := min(step, rows-row)
		if err := p.source.ReadFloat32(values[:n*cols], row*cols); err != nil {
			return err
		}
		if err := p.place(dev, dst, values[:n*cols], row); err != nil {
			return err
		}
	}
	return nil
}

// fresh returns the values that a parameter begins with when no file has it.
func (p *Parameter) fresh(rng *initRand) ([]float32, error) {
	if !canTrain {
		return nil, badinput.Errorf("tensor %s is missing", p.Name)
	}
	values := make([]float32, p.Len())
	switch p.initial {
	case zeros:
	case ones:
		for i := range values {
			values[i] = 1
		}
	case normal:
		for i := range values {
			values[i] = float32(rng.normal())
		}
	case loraNormal:
		bound := 1 / math.Sqrt(float64(p.cols()))
		for i := range values {
			values[i] = float32(bound * (2*rng.uniform() - 1))
		}
	default:
		return nil, badinput.Errorf("tensor %s is missing", p.Name)
	}
	return values, nil
}

// finite reports whether no value is infinite or NaN, two at a time: adding 1 to an exponent of all ones overflows into the
// sign bit, which has been cleared before.
func finite(values []float32) bool {
	const magnitude, one = 0x7fffffff, 0x00800000
	var seen uint32
	for _, v := range values {
		seen |= math.Float32bits(v)&magnitude + one
	}
	return seen>>31 == 0
}

// initRand draws initial values: splitmix64 (Steele et al. 2014) with Box and Muller's normal deviates.
type initRand struct {
	state          uint64
	stddev, cutoff float64 // of normal; values further away than cutoff standard deviations are drawn again, when it is not 0
}

// newInitRand returns a generator for one parameter, so that a value depends on the seed and the name and not on the order.
func newInitRand(seed uint64, name string) *initRand {
	r := &initRand{state: seed}
	for _, b := range []byte(name) {
		r.state = bits.RotateLeft64(r.next()^uint64(b), 17)
	}
	return r
}

func (r *initRand) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// uniform returns a number in [0, 1).
func (r *initRand) uniform() float64 { return float64(r.next()>>11) * 0x1p-53 }

// normal returns a deviate of mean 0.
func (r *initRand) normal() float64 {
	for {
		radius := math.Sqrt(-2 * math.Log(1-r.uniform()))
		if z := radius * math.Cos(2*math.Pi*r.uniform()); r.cutoff == 0 || math.Abs(z) <= r.cutoff {
			return r.stddev * z
		}
	}
}

// isFloat reports whether weights may be stored as d.
func isFloat(d safetensors.DType) bool {
	return d == safetensors.F32 || d == safetensors.F16 || d == safetensors.BF16 || d == safetensors.F64
}
