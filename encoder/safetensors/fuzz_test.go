package safetensors

import (
	"encoding/json"
	"testing"
)

// FuzzParse checks that any bytes give a file whose tensors are readable and cover its data, or an input error.
func FuzzParse(f *testing.F) {
	const a = `"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	for _, seed := range [][]byte{
		nil,
		fileOf(`{}      `),
		fileOf(`{`+a+`}`, 1, 2, 3, 4),
		fileOf(`{"__metadata__":{"format":"pt","\u00e9\\":"\ud83d\ude00"},`+a+`,"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]}}  `, 1, 2, 3, 4, 5, 6, 7, 8),
		fileOf(`{"z":{"dtype":"I64","shape":[0],"data_offsets":[0,0]},`+a+`}`, 1, 2, 3, 4),
		fileOf(`{`+a+`,`+a+`}`, 1, 2, 3, 4),
		fileOf(`{`+a+`,"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}`, 1, 2, 3, 4, 5),
		fileOf(`{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}`),
		fileOf(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 1, 2, 3, 4),
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, '{', '}'},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		inMemory, read, err := parseBoth(t, src)
		if err != nil {
			checkInputError(t, err, "byte ")
			return
		}
		if !json.Valid(src[8:inMemory.start]) {
			t.Error("the header is accepted and no JSON")
		}
		end := inMemory.start
		for i, tensor := range inMemory.Tensors() {
			if tensor.Offset() != end {
				t.Errorf("tensor %q begins at %d, the one before ends at %d", tensor.Name, tensor.Offset(), end)
			}
			end += tensor.Size()
			if data, ok := tensor.Bytes(); !ok || int64(len(data)) != tensor.Size() {
				t.Errorf("tensor %q has %d bytes, want %d", tensor.Name, len(data), tensor.Size())
			}
			other := read.Tensors()[i]
			if got, err := other.LoadFloat64(); err == nil && len(got) != tensor.Len() {
				t.Errorf("tensor %q has %d numbers, want %d", tensor.Name, len(got), tensor.Len())
			}
		}
		if end != int64(len(src)) {
			t.Errorf("the tensors end at %d, the file at %d", end, len(src))
		}
	})
}
