package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// oneTensor returns a file that holds the tensor "t" with these bytes, preceded by skew bytes of another tensor.
func oneTensor(dtype DType, elements, skew int, data []byte) []byte {
	header := fmt.Sprintf(`{"skew":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]},"t":{"dtype":"%s","shape":[%d],"data_offsets":[%d,%d]}}`,
		skew, skew, dtype, elements, skew, skew+len(data))
	for len(header)%8 != 0 {
		header += " "
	}
	return fileOf(header, append(make([]byte, skew), data...)...)
}

// all16 returns the little-endian bytes of 0..65535, every value of a 16-bit type.
func all16() []byte {
	var data []byte
	for h := range 1 << 16 {
		data = binary.LittleEndian.AppendUint16(data, uint16(h))
	}
	return data
}

// ieee is a 16-bit number by the definition of its format, not by bit tricks.
func ieee(h uint16, exponentBits, bias int) float64 {
	fractionBits := 15 - exponentBits
	exponent := int(h>>fractionBits) & (1<<exponentBits - 1)
	fraction := float64(h&(1<<fractionBits-1)) / float64(int(1)<<fractionBits)
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 1<<exponentBits-1 && fraction != 0:
		return math.NaN()
	case exponent == 1<<exponentBits-1:
		return math.Inf(int(sign))
	case exponent == 0:
		return math.Copysign(math.Ldexp(fraction, 1-bias), sign)
	}
	return sign * math.Ldexp(1+fraction, exponent-bias)
}

var halfFormats = []struct {
	dtype        DType
	exponentBits int
	bias         int
	narrow       func(float32) uint16
}{{F16, 5, 15, float32ToF16}, {BF16, 8, 127, float32ToBF16}}

func TestAllHalfPrecisionValuesAreWidenedExactly(t *testing.T) {
	for _, format := range halfFormats {
		for i, file := range mustParse(t, oneTensor(format.dtype, 1<<16, 0, all16())) {
			tensor := mustTensor(t, file, "t")
			narrow, err := tensor.LoadFloat32()
			if err != nil {
				t.Fatal(err)
			}
			wide, err := tensor.LoadFloat64()
			if err != nil {
				t.Fatal(err)
			}
			for h := range 1 << 16 {
				want := ieee(uint16(h), format.exponentBits, format.bias)
				same := math.Float64bits(float64(narrow[h])) == math.Float64bits(want) && math.Float64bits(wide[h]) == math.Float64bits(want)
				if math.IsNaN(want) {
					same = math.IsNaN(float64(narrow[h])) && math.IsNaN(wide[h])
				}
				if !same {
					t.Fatalf("%s %#04x (backing %d): got %v and %v, want %v", format.dtype, h, i, narrow[h], wide[h], want)
				}
			}
		}
	}
}

func TestNarrowingRoundsToNearestEven(t *testing.T) {
	for _, format := range halfFormats {
		infinity := 1<<15 - 1<<(15-format.exponentBits)
		for h := range infinity { // every finite value; the next one may be infinity, which stands for the next power of two
			low := ieee(uint16(h), format.exponentBits, format.bias)
			high := ieee(uint16(h+1), format.exponentBits, format.bias)
			if h+1 == infinity {
				high = math.Ldexp(1, format.bias+1)
			}
			middle := (low + high) / 2
			even := uint16(h + h&1)
			for _, step := range []struct {
				value float32
				want  uint16
			}{
				{float32(low), uint16(h)},
				{float32(middle), even},
				{math.Nextafter32(float32(middle), 0), uint16(h)},
				{math.Nextafter32(float32(middle), float32(math.Inf(1))), uint16(h + 1)},
			} {
				if got := format.narrow(step.value); got != step.want {
					t.Fatalf("%s of %v: got %#04x, want %#04x", format.dtype, step.value, got, step.want)
				}
				if got := format.narrow(-step.value); got != step.want|0x8000 && step.value != 0 {
					t.Fatalf("%s of %v: got %#04x, want %#04x", format.dtype, -step.value, got, step.want|0x8000)
				}
			}
		}
		for _, special := range []float32{float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32, 0, float32(math.Copysign(0, -1))} {
			got := ieee(format.narrow(special), format.exponentBits, format.bias)
			want := float64(special)
			if special == math.MaxFloat32 {
				want = math.Inf(1)
			}
			if math.Float64bits(got) != math.Float64bits(want) {
				t.Errorf("%s of %v: got %v", format.dtype, special, got)
			}
		}
		for _, nan := range []uint32{0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0x7f801000} {
			h := format.narrow(math.Float32frombits(nan))
			if !math.IsNaN(ieee(h, format.exponentBits, format.bias)) || h>>15 != uint16(nan>>31) {
				t.Errorf("%s of NaN %#x is %#04x", format.dtype, nan, h)
			}
		}
	}
}

// numbers32 is longer than one chunk of the reader.
func numbers32() (values []float32, data []byte) {
	values = make([]float32, chunkBytes/4+77)
	for i := range values {
		values[i] = float32(i)*0.37 - 1000
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(values[i]))
	}
	return values, data
}

func TestRangesAreReadPiecewiseAtAnyAlignment(t *testing.T) {
	values, data := numbers32()
	var data64 []byte
	for _, v := range values {
		data64 = binary.LittleEndian.AppendUint64(data64, math.Float64bits(float64(v)))
	}
	for skew := range 5 {
		for _, form := range []struct {
			dtype DType
			data  []byte
		}{{F32, data}, {F64, data64}} {
			for _, file := range mustParse(t, oneTensor(form.dtype, len(values), skew, form.data)) {
				tensor := mustTensor(t, file, "t")
				for _, piece := range [][2]int{{0, len(values)}, {0, 0}, {len(values), len(values)}, {1, 2}, {5, len(values) - 3}, {len(values) - 1, len(values)}} {
					got := make([]float32, piece[1]-piece[0])
					if err := tensor.ReadFloat32(got, piece[0]); err != nil || !slices.Equal(got, values[piece[0]:piece[1]]) {
						t.Fatalf("%s, skew %d, elements %v: wrong (%v)", form.dtype, skew, piece, err)
					}
					wide := make([]float64, piece[1]-piece[0])
					if err := tensor.ReadFloat64(wide, piece[0]); err != nil || len(wide) > 0 && float32(wide[0]) != values[piece[0]] {
						t.Fatalf("%s, skew %d, elements %v as float64: wrong (%v)", form.dtype, skew, piece, err)
					}
				}
			}
		}
	}
}

func TestReadsOutsideATensorAreErrorsButNoBadInput(t *testing.T) {
	for _, file := range mustParse(t, oneTensor(F32, 4, 0, make([]byte, 16))) {
		tensor := mustTensor(t, file, "t")
		for _, from := range []int{-1, 2, 4, math.MaxInt, math.MinInt} {
			for what, err := range map[string]error{
				"float32": tensor.ReadFloat32(make([]float32, 3), from), "float64": tensor.ReadFloat64(make([]float64, 3), from),
				"bytes": tensor.ReadBytes(make([]byte, 15), int64(from)),
			} {
				if err == nil || badinput.Is(err) {
					t.Errorf("%s from %d: got error %v", what, from, err)
				}
			}
		}
	}
}

func TestFloat32sIsAViewOfAlignedF32InMemory(t *testing.T) {
	values, data := numbers32()
	for skew := range 5 {
		src := oneTensor(F32, len(values), skew, data)
		files := mustParse(t, src)
		view, ok := mustTensor(t, files[0], "t").Float32s()
		if aligned := skew%4 == 0 && littleEndian; ok != aligned {
			t.Errorf("skew %d: view is %v, want %v", skew, ok, aligned)
		}
		if ok && !slices.Equal(view, values) {
			t.Errorf("skew %d: the view holds other values", skew)
		}
		if _, ok := mustTensor(t, files[1], "t").Float32s(); ok {
			t.Error("a file behind an io.ReaderAt gives a view")
		}
		if ok {
			src[len(src)-1] ^= 0x80
			if view[len(view)-1] != -values[len(values)-1] {
				t.Errorf("skew %d: the view is a copy", skew)
			}
		}
	}
	for _, file := range mustParse(t, oneTensor(F16, 2, 0, make([]byte, 4))) {
		if _, ok := mustTensor(t, file, "t").Float32s(); ok {
			t.Error("an F16 tensor gives a float32 view")
		}
	}
	if view, ok := mustTensor(t, mustParse(t, oneTensor(F32, 0, 0, nil))[0], "t").Float32s(); len(view) != 0 || ok != littleEndian {
		t.Errorf("a tensor without elements: %v, %v", view, ok)
	}
}

func TestIntegersAreReadFromEveryWidth(t *testing.T) {
	tests := []struct {
		dtype DType
		data  []byte
		want  []int64
	}{
		{Bool, []byte{0, 1}, []int64{0, 1}},
		{U8, []byte{1, 255}, []int64{1, 255}},
		{I8, []byte{1, 255}, []int64{1, -1}},
		{U16, []byte{1, 2, 255, 255}, []int64{513, 65535}},
		{I16, []byte{1, 2, 254, 255}, []int64{513, -2}},
		{U32, []byte{1, 0, 0, 128}, []int64{1<<31 + 1}},
		{I32, []byte{1, 0, 0, 128}, []int64{1 - 1<<31}},
		{I64, []byte{254, 255, 255, 255, 255, 255, 255, 255}, []int64{-2}},
		{U64, []byte{254, 255, 255, 255, 255, 255, 255, 127}, []int64{math.MaxInt64 - 1}},
	}
	for _, test := range tests {
		for _, file := range mustParse(t, oneTensor(test.dtype, len(test.want), 1, test.data)) {
			tensor := mustTensor(t, file, "t")
			if got, err := tensor.LoadInt64(); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%s: got %v, %v, want %v", test.dtype, got, err, test.want)
			}
			got, err := tensor.LoadInt32()
			if last := test.want[len(test.want)-1]; int64(int32(last)) != last {
				checkInputError(t, err, `tensor "t": element 0 does not fit int32`)
			} else if err != nil || int64(got[len(got)-1]) != last {
				t.Errorf("%s as int32: got %v, %v", test.dtype, got, err)
			}
		}
	}
	for _, file := range mustParse(t, oneTensor(U64, 1, 0, []byte{0, 0, 0, 0, 0, 0, 0, 128})) {
		_, err := mustTensor(t, file, "t").LoadInt64()
		checkInputError(t, err, `tensor "t": element 0 does not fit int64`)
	}
}

func TestOtherDTypesAreRefusedByName(t *testing.T) {
	for _, file := range mustParse(t, oneTensor(I64, 1, 0, make([]byte, 8))) {
		_, err := mustTensor(t, file, "t").LoadFloat32()
		checkInputError(t, err, `tensor "t": dtype I64 cannot be read as float32`)
		_, err = mustTensor(t, file, "t").LoadFloat64()
		checkInputError(t, err, `tensor "t": dtype I64 cannot be read as float64`)
	}
	for _, file := range mustParse(t, oneTensor(F32, 2, 0, make([]byte, 8))) {
		_, err := mustTensor(t, file, "t").LoadInt32()
		checkInputError(t, err, `tensor "t": dtype F32 cannot be read as integers`)
	}
}
