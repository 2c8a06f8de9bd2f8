package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// write returns the file that Write makes.
func write(t *testing.T, tensors []TensorSpec, metadata map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWrittenBytesAreThoseOfTheReference(t *testing.T) {
	tests := []struct {
		name     string
		tensors  []TensorSpec
		metadata map[string]string
		want     []byte
	}{
		{"nothing", nil, nil, fileOf(`{}      `)},
		{"metadata alone", nil, map[string]string{"framework": "pt"}, fileOf(`{"__metadata__":{"framework":"pt"}}     `)},
		{"aligned header", []TensorSpec{{Name: "attn.0", DType: U8, Shape: []int{1, 2}, Bytes: []byte{7, 8}}}, nil,
			fileOf(`{"attn.0":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]}}    `, 7, 8)},
		{"wider dtypes first, then by name, and scalars", []TensorSpec{
			{Name: "a", DType: Bool, Bytes: []byte{1}},
			{Name: "d", DType: F16, Shape: []int{1}, Float32: []float32{1}},
			{Name: "c", DType: BF16, Shape: []int{1}, Float32: []float32{1}},
			{Name: "b", DType: BF16, Shape: []int{0, 3}},
		}, map[string]string{"b\n\x01": "é\"", "a": "\\"},
			fileOf(`{"__metadata__":{"a":"\\","b\n\u0001":"é\""},"b":{"dtype":"BF16","shape":[0,3],"data_offsets":[0,0]},`+
				`"c":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},"d":{"dtype":"F16","shape":[1],"data_offsets":[2,4]},`+
				`"a":{"dtype":"BOOL","shape":[],"data_offsets":[4,5]}}  `, 0x80, 0x3f, 0, 0x3c, 1)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := write(t, test.tensors, test.metadata); !bytes.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			mustParse(t, test.want)
		})
	}
}

func TestEverySourceOfElementsGivesTheSameFile(t *testing.T) {
	values, _ := numbers32()
	for _, dtype := range []DType{F32, F16, BF16} {
		spec := TensorSpec{Name: "t", DType: dtype, Shape: []int{len(values)}, Float32: values}
		src := write(t, []TensorSpec{spec}, nil)
		for _, file := range mustParse(t, src) {
			tensor := mustTensor(t, file, "t")
			data := make([]byte, tensor.Size())
			if err := tensor.ReadBytes(data, 0); err != nil {
				t.Fatal(err)
			}
			for what, again := range map[string]TensorSpec{
				"Bytes":       {Bytes: data},
				"ReadBytes":   {ReadBytes: tensor.ReadBytes},
				"ReadFloat32": {ReadFloat32: tensor.ReadFloat32},
			} {
				again.Name, again.DType, again.Shape = spec.Name, spec.DType, spec.Shape
				if !bytes.Equal(write(t, []TensorSpec{again}, nil), src) {
					t.Errorf("%s through %s: other bytes", dtype, what)
				}
			}
			got, err := tensor.LoadFloat32()
			if err != nil {
				t.Fatal(err)
			}
			relative := map[DType]float64{F32: 0, F16: 1.0 / (1 << 11), BF16: 1.0 / (1 << 8)}[dtype]
			for i, v := range values {
				if diff := math.Abs(float64(got[i]) - float64(v)); diff > relative*math.Abs(float64(v)) {
					t.Fatalf("%s: element %d is %v, want %v", dtype, i, got[i], v)
				}
			}
		}
	}
}

func TestContradictorySpecsAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	one := []float32{1}
	tests := []struct {
		name    string
		tensors []TensorSpec
		want    string
	}{
		{"name taken", []TensorSpec{{Name: "a", DType: F32, Float32: one}, {Name: "a", DType: F16, Float32: one}}, `tensor "a": the name is taken`},
		{"metadata's name", []TensorSpec{{Name: "__metadata__", DType: F32, Float32: one}}, "the name is taken"},
		{"name is not UTF-8", []TensorSpec{{Name: "\xff", DType: F32, Float32: one}}, "not UTF-8"},
		{"name too long", []TensorSpec{{Name: strings.Repeat("n", maxName+1), DType: F32, Float32: one}}, "the name takes 1025 bytes"},
		{"no dtype", []TensorSpec{{Name: "a", Float32: one}}, "unknown dtype DType(0)"},
		{"dtype after the last", []TensorSpec{{Name: "a", DType: U64 + 1, Float32: one}}, "unknown dtype DType(18)"},
		{"no elements given", []TensorSpec{{Name: "a", DType: F32}}, "0 sources of elements"},
		{"elements given twice", []TensorSpec{{Name: "a", DType: F32, Float32: one, Bytes: []byte{1, 2, 3, 4}}}, "2 sources of elements"},
		{"too few elements", []TensorSpec{{Name: "a", DType: F32, Shape: []int{2}, Float32: one}}, "1 elements for shape [2]"},
		{"too many bytes", []TensorSpec{{Name: "a", DType: I64, Bytes: make([]byte, 9)}}, "9 bytes for shape [] of I64"},
		{"floats as integers", []TensorSpec{{Name: "a", DType: I32, Float32: one}}, "float32 elements cannot be stored as I32"},
		{"negative dimension", []TensorSpec{{Name: "a", DType: F32, Shape: []int{-1}, Float32: one}}, "negative or overflows"},
		{"overflow", []TensorSpec{{Name: "a", DType: F32, Shape: []int{1 << 30, 1 << 30, 1 << 10}, Float32: one}}, "negative or overflows"},
		{"too many dimensions", []TensorSpec{{Name: "a", DType: F32, Shape: slices.Repeat([]int{1}, maxRank+1), Float32: one}}, "33 dimensions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			err := Write(&out, test.tensors, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || out.Len() > 0 {
				t.Errorf("got %v after %d bytes, want %q", err, out.Len(), test.want)
			}
		})
	}
	for key, value := range map[string]string{"\xff": "", "a": "\xff", strings.Repeat("\n", maxName/2+1): ""} {
		if err := Write(io.Discard, nil, map[string]string{key: value}); err == nil {
			t.Errorf("metadata %q: %q is accepted", key, value)
		}
	}
}

func TestFiniteElementsTooLargeForTheDTypeAreRefused(t *testing.T) {
	values := make([]float32, chunkBytes)
	values[0], values[1], values[chunkBytes-1] = float32(math.Inf(1)), float32(math.NaN()), 65520
	spec := TensorSpec{Name: "a", DType: F16, Shape: []int{len(values)}, Float32: values}
	checkInputError(t, Write(io.Discard, []TensorSpec{spec}, nil), `tensor "a": element 65535, 65520, is too large for F16`)
	spec.Float32, spec.ReadFloat32 = nil, func(dst []float32, from int) error { copy(dst, values[from:]); return nil }
	checkInputError(t, Write(io.Discard, []TensorSpec{spec}, nil), `tensor "a": element 65535, 65520, is too large for F16`)
	values[chunkBytes-1] = 65519
	if err := Write(io.Discard, []TensorSpec{spec}, nil); err != nil {
		t.Error(err)
	}
	values[chunkBytes-1], spec.DType = math.MaxFloat32, BF16
	checkInputError(t, Write(io.Discard, []TensorSpec{spec}, nil), "is too large for BF16")
}

// fullDisk takes so many bytes and then fails.
type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.left)
	d.left -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestErrorsOfWriterAndSourcesArePassedOn(t *testing.T) {
	values, data := numbers32()
	shape := []int{len(values)}
	tensors := []TensorSpec{
		{Name: "a", DType: F32, Shape: shape, Float32: values},
		{Name: "b", DType: F32, Shape: shape, Bytes: data},
		{Name: "c", DType: F32, Shape: shape, ReadBytes: func(dst []byte, from int64) error { copy(dst, data[from:]); return nil }},
		{Name: "d", DType: F16, Shape: shape, ReadFloat32: func(dst []float32, from int) error { copy(dst, values[from:]); return nil }},
	}
	size := len(write(t, tensors, nil))
	for left := 0; left < size; left += 9973 {
		if err := Write(&fullDisk{left}, tensors, nil); !errors.Is(err, errFull) || badinput.Is(err) {
			t.Errorf("room for %d of %d bytes: got %v", left, size, err)
		}
	}
	tensors[2].ReadBytes = func([]byte, int64) error { return fs.ErrPermission }
	if err := Write(io.Discard, tensors, nil); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), `tensor "c": `) {
		t.Errorf("failing source: got %v", err)
	}
	tensors[2].ReadBytes, tensors[2].Bytes = nil, data
	tensors[3].ReadFloat32 = func([]float32, int) error { return fs.ErrPermission }
	if err := Write(io.Discard, tensors, nil); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), `tensor "d": `) {
		t.Errorf("failing source: got %v", err)
	}
}

// copyOf returns specs that write a file's tensors unchanged.
func copyOf(file *File) []TensorSpec {
	var specs []TensorSpec
	for _, t := range file.Tensors() {
		specs = append(specs, TensorSpec{Name: t.Name, DType: t.DType, Shape: t.Shape, ReadBytes: t.ReadBytes})
	}
	return specs
}

func TestReferenceFilesAreRewrittenToTheByte(t *testing.T) {
	same := 0
	for _, path := range goldenFiles(t) {
		src := mustReadFile(t, path)
		file := mustParse(t, src)[0]
		if file.start%8 != 0 {
			continue // written before the reference padded headers
		}
		if !bytes.Equal(write(t, copyOf(file), file.Metadata()), src) {
			t.Errorf("%s: rewriting changes the bytes", path)
		}
		same++
	}
	if same == 0 {
		t.Error("no file was compared")
	}
}

func TestPythonReadsWhatIsWritten(t *testing.T) {
	python := os.Getenv("LORICA_PYTHON")
	if python == "" {
		t.Skip("needs LORICA_PYTHON, an interpreter with the packages safetensors and numpy")
	}
	values := []float32{1, -2.5, 0, float32(math.Inf(1)), 65504, 1e-7}
	var integers []byte
	for i := range 3 {
		integers = binary.LittleEndian.AppendUint64(integers, uint64(-i))
	}
	path := filepath.Join(t.TempDir(), "t.safetensors")
	src := write(t, []TensorSpec{
		{Name: "half", DType: F16, Shape: []int{2, 3}, Float32: values},
		{Name: "single", DType: F32, Shape: []int{3, 2}, Float32: values},
		{Name: "empty", DType: F32, Shape: []int{0, 4}},
		{Name: "scalar", DType: F32, Float32: values[1:2]},
		{Name: "é\"\n", DType: I64, Shape: []int{3}, Bytes: integers},
	}, map[string]string{"format": "pt", "note": "é\"\\\n\x01"})
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
	const script = `
import sys, numpy as np, safetensors
from safetensors.numpy import load_file, save_file
t = load_file(sys.argv[1])
v = np.array([1, -2.5, 0, np.inf, 65504, 1e-7], dtype=np.float32)
assert sorted(t) == sorted(["half", "single", "empty", "scalar", "é\"\n"]), t.keys()
assert np.array_equal(t["single"], v.reshape(3, 2)) and t["single"].dtype == np.float32
assert np.array_equal(t["half"], v.astype(np.float16).reshape(2, 3)) and t["half"].dtype == np.float16
assert t["empty"].shape == (0, 4) and t["scalar"].shape == () and t["scalar"] == -2.5
assert t["é\"\n"].tolist() == [0, -1, -2] and t["é\"\n"].dtype == np.int64
with safetensors.safe_open(sys.argv[1], "np") as f:
    assert f.metadata() == {"format": "pt", "note": "é\"\\\n\x01"}, f.metadata()
save_file(t, sys.argv[1] + ".python", metadata={"format": "pt"})
`
	if out, err := exec.Command(python, "-c", script, path).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file := mustParse(t, src)[0]
	if want := write(t, copyOf(file), map[string]string{"format": "pt"}); !bytes.Equal(mustReadFile(t, path+".python"), want) {
		t.Errorf("Python writes\n%q, this package\n%q", mustReadFile(t, path+".python"), want)
	}
}
