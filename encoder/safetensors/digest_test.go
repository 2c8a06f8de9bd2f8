//go:build !wasm

package safetensors

import (
	"testing"
)

func TestDigestsDependOnContentAlone(t *testing.T) {
	_, data := numbers32()
	spec := func(name string, dtype DType, shape ...int) TensorSpec {
		_, size, _ := sizeOf(dtype, shape)
		return TensorSpec{Name: name, DType: dtype, Shape: shape, Bytes: data[:size]}
	}
	whole := write(t, []TensorSpec{spec("a", F32, chunkBytes/4+1), spec("b", U8, 5)}, nil)
	var digests [][32]byte
	for _, file := range mustParse(t, whole) {
		digest, err := Digest(file)
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest)
	}
	index := &Index{map[string]string{"a": "1.safetensors", "b": "2.safetensors"}}
	set, err := OpenSet(index, openFrom(map[string][]byte{
		"1.safetensors": write(t, []TensorSpec{spec("a", F32, chunkBytes/4+1)}, map[string]string{"x": "y"}),
		"2.safetensors": write(t, []TensorSpec{spec("b", U8, 5)}, nil),
	}))
	if err != nil {
		t.Fatal(err)
	}
	sharded, err := Digest(set)
	if err != nil || digests[0] != digests[1] || digests[0] != sharded {
		t.Errorf("memory %x, reader %x, set %x, %v", digests[0], digests[1], sharded, err)
	}
	for what, changed := range map[string][]TensorSpec{
		"name": {spec("a", F32, chunkBytes/4+1), spec("c", U8, 5)}, "dtype": {spec("a", F32, chunkBytes/4+1), spec("b", I8, 5)},
		"shape": {spec("a", F32, chunkBytes/4+1), spec("b", U8, 1, 5)}, "data": {spec("a", F32, chunkBytes/4+1), {Name: "b", DType: U8, Shape: []int{5}, Bytes: data[1:6]}},
		"tensor": {spec("a", F32, chunkBytes/4+1)},
	} {
		if digest, err := Digest(mustParse(t, write(t, changed, nil))[0]); err != nil || digest == digests[0] {
			t.Errorf("another %s: the same digest (%v)", what, err)
		}
	}
	first, _ := mustTensor(t, set, "b").Digest()
	want := "\x01\x00\x00\x00\x00\x00\x00\x00b\x02\x00\x00\x00\x00\x00\x00\x00U8\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00"
	if first != sha(append([]byte(want), data[:5]...)) {
		t.Errorf("digest %x is not that of the documented form", first)
	}
}
