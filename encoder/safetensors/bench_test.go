package safetensors

import (
	"strconv"
	"testing"
)

// BenchmarkParse reads a header of 400 tensors, as a base-size encoder has.
func BenchmarkParse(b *testing.B) {
	header, end := `{"__metadata__":{"format":"pt"}`, 0
	for i := range 400 {
		header += `,"roberta.encoder.layer.` + strconv.Itoa(i) + `.attention.self.query.weight":{"dtype":"F32","shape":[8,8],"data_offsets":[` +
			strconv.Itoa(end) + "," + strconv.Itoa(end+256) + "]}"
		end += 256
	}
	src := fileOf(header+"}", make([]byte, end)...)
	b.SetBytes(int64(len(header)))
	for b.Loop() {
		if _, err := Parse(src); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadFloat32 converts a tensor of a million elements; bytes are those of the float32s.
func BenchmarkReadFloat32(b *testing.B) {
	const elements = 1 << 20
	data := make([]byte, 8*elements)
	for i := range data {
		data[i] = byte(i*7 + i>>8)
	}
	dst := make([]float32, elements)
	for _, dtype := range []DType{F32, F16, BF16, F64} {
		b.Run(dtype.String(), func(b *testing.B) {
			file, err := Parse(oneTensor(dtype, elements, 0, data[:elements*dtype.Size()]))
			if err != nil {
				b.Fatal(err)
			}
			tensor, _ := file.Tensor("t")
			b.SetBytes(4 * elements)
			for b.Loop() {
				if err := tensor.ReadFloat32(dst, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNarrow rounds a million float32s; bytes are those of the float32s.
func BenchmarkNarrow(b *testing.B) {
	values := make([]float32, 1<<20)
	for i := range values {
		values[i] = float32(i%997) * 1e-3
	}
	dst := make([]byte, 2*len(values))
	for dtype, encode := range map[DType]func([]byte, []float32) int{F16: encodeF16, BF16: encodeBF16} {
		b.Run(dtype.String(), func(b *testing.B) {
			b.SetBytes(4 << 20)
			for b.Loop() {
				encode(dst, values)
			}
		})
	}
}
