package safetensors

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/shared"
)

func byteReaderAt(src []byte) io.ReaderAt { return bytes.NewReader(src) }

// repeated returns n copies of text, numbered, parted by commas.
func repeated(n int, text string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(text, i)
	}
	return strings.Join(parts, ",")
}

func TestValidHeadersAreRead(t *testing.T) {
	tests := []struct {
		name, header string
		data         int
		want         string // names, dtypes and shapes in file order
	}{
		{"no tensors", `{}`, 0, ""},
		{"no tensors, padded", `{}      `, 0, ""},
		{"white space of every kind", "{ \"a\"\t:\n{\"dtype\":\r\"U8\" , \"shape\":[ 1 , 2 ],\"data_offsets\":[ 0,2] } } \n", 2, "a U8 [1 2]"},
		{"fields in any order", `{"a":{"data_offsets":[0,8],"shape":[2],"dtype":"F32"}}`, 8, "a F32 [2]"},
		{"a scalar", `{"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}`, 8, "a F64 []"},
		{"tensors without elements", `{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},` +
			`"a":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]},"c":{"dtype":"I64","shape":[0],"data_offsets":[4,4]}}`, 4,
			"a F32 [0 7] b F32 [1] c I64 [0]"},
		{"header order differs from data order", `{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},` +
			`"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 2, "a U8 [1] b U8 [1]"},
		{"escapes and other scripts in a name", `{"\u00e9\ud83d\ude00\"\n世":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1,
			"é😀\"\n世 U8 [1]"},
		{"an empty name", `{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, " U8 [1]"},
		{"every dtype", `{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[1,3]},` +
			`"c":{"dtype":"U64","shape":[1],"data_offsets":[3,11]},"d":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[11,12]}}`, 12,
			"a BOOL [1] b BF16 [1] c U64 [1] d F8_E4M3 [1]"},
		{"as many dimensions as allowed", `{"a":{"dtype":"U8","shape":[1` + strings.Repeat(",1", maxRank-1) + `],"data_offsets":[0,1]}}`, 1,
			"a U8 [1" + strings.Repeat(" 1", maxRank-1) + "]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, file := range mustParse(t, fileOf(test.header, make([]byte, test.data)...)) {
				var got []string
				for _, tensor := range file.Tensors() {
					got = append(got, fmt.Sprint(tensor.Name, " ", tensor.DType, " ", tensor.Shape))
				}
				if joined := strings.Join(got, " "); joined != test.want {
					t.Errorf("got %q, want %q", joined, test.want)
				}
			}
		})
	}
}

func TestMetadataIsRead(t *testing.T) {
	src := fileOf(`{"__metadata__":{"format":"pt","text":"{\"a\":\"\\u00e9\\\\\"}\t"}}`)
	for _, file := range mustParse(t, src) {
		metadata := file.Metadata()
		if len(metadata) != 2 || metadata["format"] != "pt" || metadata["text"] != "{\"a\":\"\\u00e9\\\\\"}\t" {
			t.Errorf("got %q", metadata)
		}
		metadata["format"] = "changed"
		if file.Metadata()["format"] != "pt" {
			t.Error("a caller can change the file's metadata")
		}
	}
	for _, file := range mustParse(t, fileOf(`{}`)) {
		if got := file.Metadata(); got == nil || len(got) != 0 {
			t.Errorf("a file without metadata has %v", got)
		}
	}
}

func TestBrokenFilesAreRefusedWithTheirPlace(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	four := []byte{0, 0, 0, 0}
	tests := []struct {
		name string
		src  []byte
		want string
	}{
		{"empty", nil, "byte 0: the file ends inside the header's length"},
		{"shorter than the length", []byte{1, 2, 3}, "byte 3: the file ends inside"},
		{"a pickle's start", []byte("PK\x03\x04\x00\x00\x08\x08\x00\x00"), "byte 0: a header of 578712552184433488 bytes"},
		{"length with the top bit", []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, "byte 0: a header of 9223372036854775808 bytes"},
		{"header behind the file", []byte{9, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "byte 0: a header of 9 bytes, the file has only 2"},
		{"empty header", fileOf(""), "byte 8: the header does not begin"},
		{"space before the header", fileOf(" {}"), "byte 8: the header does not begin with '{'"},
		{"an array", fileOf("[]"), "byte 8: the header does not begin"},
		{"invalid UTF-8", fileOf("{\"a\xff\":1}"), "byte 11: the header is not UTF-8"},
		{"unfinished", fileOf(`{`), `byte 9: want '"', got the end`},
		{"unfinished string", fileOf(`{"abc`), "byte 9: a string without end"},
		{"unfinished escape", fileOf(`{"abc\`), "byte 9: a string without end"},
		{"text behind the header", fileOf(`{} x`), "byte 11: want nothing behind"},
		{"NUL padding", fileOf("{}\x00"), `byte 10: want nothing behind the JSON value, got '\x00'`},
		{"trailing comma", fileOf(`{`+a+`,}`, four...), `want '"', got '}'`},
		{"missing comma", fileOf(`{`+a+` "b":{}}`, four...), `want ',' or '}', got '"'`},
		{"missing colon", fileOf(`{"a" {}}`), "byte 13: want ':', got '{'"},
		{"key is a number", fileOf(`{1:{}}`), `byte 9: want '"', got '1'`},
		{"control character in a name", fileOf("{\"a\n\":{}}"), `byte 11: control character '\n'`},
		{"unknown escape", fileOf(`{"a\x":{}}`), "byte 11: invalid escape"},
		{"half a surrogate pair", fileOf(`{"\ud83dx":{}}`), "byte 10: invalid escape"},
		{"surrogates in the wrong order", fileOf(`{"\ude00\ud83d":{}}`), "byte 10: invalid escape"},
		{"short unicode escape", fileOf(`{"\u12":{}}`), "byte 10: invalid escape"},
		{"tensor twice", fileOf(`{`+a+`,`+a+`}`, four...), `"a" stands twice`},
		{"tensor twice by escape", fileOf(`{`+a+`,"\u0061":{}}`, four...), `byte 62: "a" stands twice`},
		{"metadata twice", fileOf(`{"__metadata__":{},"__metadata__":{}}`), `"__metadata__" stands twice`},
		{"metadata is null", fileOf(`{"__metadata__":null}`), "byte 24: want '{', got 'n'"},
		{"metadata is no string", fileOf(`{"__metadata__":{"a":1}}`), `byte 29: want '"', got '1'`},
		{"metadata key twice", fileOf(`{"__metadata__":{"a":"","a":""}}`), `metadata key "a" stands twice`},
		{"too much metadata", fileOf(`{"__metadata__":{` + repeated(maxMetadata+1, `"%d":""`) + `}}`), "more than 65536 metadata entries"},
		{"too many tensors", fileOf(`{` + repeated(maxTensors+1, `"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`) + `}`),
			"more than 131072 tensors"},
		{"name too long", fileOf(`{"` + strings.Repeat("n", maxName+1) + `":{}}`), "byte 10: a string of 1025 bytes, the limit is 1024"},
		{"entry is no object", fileOf(`{"a":[]}`), `tensor "a": byte 13: want '{', got '['`},
		{"nested object", fileOf(`{"a":{"dtype":{"x":{}}}}`), `tensor "a": byte 22: want '"', got '{'`},
		{"deep nesting", fileOf(`{"a":` + strings.Repeat(`{"shape":[`, 5000)), `tensor "a": byte 23: want a whole number`},
		{"field twice", fileOf(`{"a":{"dtype":"F32","dtype":"F32"}}`), `tensor "a": byte 28: field "dtype" stands twice`},
		{"unknown field", fileOf(`{"a":{"offset":1}}`), `tensor "a": byte 14: unknown field "offset"`},
		{"no dtype", fileOf(`{"a":{"shape":[1],"data_offsets":[0,4]}}`, four...), `tensor "a": byte 9: no field "dtype"`},
		{"no shape", fileOf(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, four...), `no field "shape"`},
		{"no offsets", fileOf(`{"a":{"dtype":"F32","shape":[1]}}`, four...), `no field "data_offsets"`},
		{"unknown dtype", fileOf(`{"a":{"dtype":"Q4_K","shape":[1],"data_offsets":[0,4]}}`, four...), `unsupported dtype "Q4_K"`},
		{"dtype in lower case", fileOf(`{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}`, four...), `unsupported dtype "f32"`},
		{"dtype of less than a byte", fileOf(`{"a":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}}`, four...), `unsupported dtype "F4"`},
		{"negative dimension", fileOf(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, four...), "want a whole number, got '-'"},
		{"fraction as dimension", fileOf(`{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`, four...), "got a fraction or an exponent"},
		{"exponent as dimension", fileOf(`{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}`, four...), "got a fraction or an exponent"},
		{"leading zero", fileOf(`{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}`, four...), "byte 37: a number with a leading zero"},
		{"dimension above 63 bits", fileOf(`{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}`, four...), "a number above 2^63-1"},
		{"too many dimensions", fileOf(`{"a":{"dtype":"U8","shape":[1` + strings.Repeat(",1", maxRank) + `],"data_offsets":[0,1]}}`), "more than 32 dimensions"},
		{"product overflows", fileOf(`{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`), "overflows"},
		{"product overflows before a zero", fileOf(`{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}`), "overflows"},
		{"product above 63 bits", fileOf(`{"a":{"dtype":"U8","shape":[4294967296,2147483648],"data_offsets":[0,0]}}`), "overflows"},
		{"bytes overflow", fileOf(`{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}`), "overflows"},
		{"bytes above 63 bits", fileOf(`{"a":{"dtype":"F64","shape":[1152921504606846976],"data_offsets":[0,0]}}`), "overflows"},
		{"size differs", fileOf(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, four...),
			`tensor "a": byte 9: shape [2] of F32 takes 8 bytes, data_offsets [0, 4] hold 4`},
		{"one offset", fileOf(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}`, four...), "data_offsets has 1 numbers, want two"},
		{"three offsets", fileOf(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}`, four...), "data_offsets has more than two numbers"},
		{"end before begin", fileOf(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, four...), "end before they begin"},
		{"behind the data", fileOf(`{`+a+`}`, 0, 0, 0), `tensor "a": byte 9: data_offsets [0, 4] end behind the data, which are 3 bytes`},
		{"far behind the data", fileOf(`{"a":{"dtype":"F32","shape":[2305843009213693951],"data_offsets":[0,9223372036854775804]}}`), "end behind the data"},
		{"overlap", fileOf(`{`+a+`,"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}`, 0, 0, 0, 0, 0),
			`tensor "b": byte 62: data_offsets [3, 5] overlap those of tensor "a", [0, 4]`},
		{"two tensors share data", fileOf(`{`+a+`,"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, four...), `tensor "b": byte 62: data_offsets [0, 4] overlap`},
		{"no elements inside another", fileOf(`{`+a+`,"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}`, four...), `tensor "b": byte 62: data_offsets [2, 2] overlap`},
		{"hole at the start", fileOf(`{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}`, four...), `tensor "a": byte 9: data_offsets [1, 4] leave bytes 0 to 1 before them`},
		{"hole between", fileOf(`{`+a+`,"b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}`, 0, 0, 0, 0, 0, 0), "leave bytes 4 to 5"},
		{"data left over", fileOf(`{`+a+`}`, 0, 0, 0, 0, 0), "byte 66: 1 bytes behind the last tensor's data"},
		{"data without tensors", fileOf(`{}`, 0), "byte 10: 1 bytes behind"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := parseBoth(t, test.src)
			if err == nil {
				t.Fatal("no error")
			}
			checkInputError(t, err, test.want)
		})
	}
}

// checkInputError wants an input error of one short line that contains want.
func checkInputError(t *testing.T, err error, want string) {
	t.Helper()
	switch text := fmt.Sprint(err); {
	case !badinput.Is(err):
		t.Errorf("not an input error: %v", err)
	case !strings.Contains(text, want):
		t.Errorf("got %q, want %q in it", text, want)
	case strings.Contains(text, "\n") || len(text) > 600:
		t.Errorf("not one short line: %q", text)
	}
}

func TestLongNamesAreShortenedInMessages(t *testing.T) {
	name := strings.Repeat("世\\n", maxName/5)
	_, _, err := parseBoth(t, fileOf(`{"`+name+`":{}}`))
	checkInputError(t, err, "世")
}

// failingReaderAt fails from byte after on.
type failingReaderAt struct {
	src   []byte
	after int64
	err   error
}

func (r failingReaderAt) ReadAt(dst []byte, offset int64) (int, error) {
	end := offset + int64(len(dst))
	if end <= r.after {
		return copy(dst, r.src[offset:]), nil
	}
	return copy(dst, r.src[min(offset, r.after):r.after]), r.err
}

func TestReadErrorsAreNamedAndTruncationIsBadInput(t *testing.T) {
	src := fileOf(`{"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}}`, make([]byte, 8)...)
	for _, after := range []int64{0, 4, 8, 20} {
		_, err := ParseReaderAt(failingReaderAt{src, after, fs.ErrPermission}, int64(len(src)))
		if !errors.Is(err, fs.ErrPermission) || badinput.Is(err) {
			t.Errorf("reading fails at byte %d: got %v", after, err)
		}
		_, err = ParseReaderAt(failingReaderAt{src, after, io.EOF}, int64(len(src)))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("file ends at byte %d: got %v", after, err)
		}
		checkInputError(t, err, fmt.Sprintf("byte %d", after))
	}
	file, err := ParseReaderAt(failingReaderAt{src, int64(len(src)) - 3, io.EOF}, int64(len(src)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = mustTensor(t, file, "a").LoadFloat32()
	checkInputError(t, err, `tensor "a": byte 68: unexpected EOF`)
}

// goldenFiles returns every safetensors file of the reference data.
func goldenFiles(tb testing.TB) []string {
	var files []string
	for _, root := range []string{shared.Path(tb, "golden"), shared.Path(tb, "models", "minilm-l6")} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if filepath.Ext(path) == ".safetensors" {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	if len(files) == 0 {
		tb.Skip("needs reference data: no safetensors file")
	}
	return files
}

func TestEveryReferenceFileIsReadTheSameBothWays(t *testing.T) {
	for _, path := range goldenFiles(t) {
		files := mustParse(t, mustReadFile(t, path))
		if names := files[0].Names(); len(names) == 0 || !slices.IsSorted(names) {
			t.Errorf("%s: names %q", path, names)
		}
		for _, inMemory := range files[0].Tensors() {
			read := mustTensor(t, files[1], inMemory.Name)
			want, _ := inMemory.Bytes()
			got := make([]byte, read.Size())
			if err := read.ReadBytes(got, 0); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if !bytes.Equal(got, want) || !slices.Equal(read.Shape, inMemory.Shape) || read.DType != inMemory.DType {
				t.Errorf("%s: tensor %q differs between memory and reader", path, read.Name)
			}
		}
	}
}
