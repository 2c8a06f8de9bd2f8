//go:build !wasm

package tokenizer

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// checkBase64 compares what a text is decoded to with what encoding/base64 makes of it; that steps over line ends, which are
// refused here.
func checkBase64(t *testing.T, text string) {
	t.Helper()
	got, ok := decodeBase64(text)
	want, err := base64.StdEncoding.Strict().DecodeString(text)
	wantOK := err == nil && !strings.ContainsAny(text, "\r\n")
	if ok != wantOK || ok && !bytes.Equal(got, want) {
		t.Errorf("%q: % x, %t, want % x, %v", text, got, ok, want, err)
	}
}

func TestBase64IsWhatTheStandardLibraryWrites(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		text := string(appendBase64(nil, data))
		if want := base64.StdEncoding.EncodeToString(data); text != want {
			t.Fatalf("%d bytes are written as %s, want %s", n, text, want)
		}
		checkBase64(t, text)
	}
}

func TestWhatIsNoBase64IsRefused(t *testing.T) {
	for _, text := range []string{"", "=", "==", "===", "====", "A", "AA", "AAA", "AAAA", "AA==", "AAA=", "A===", "AB==", "AAB=", "AA=A", "A=AA", "AAAA====",
		"AAAA=", "AA==AAAA", "AA=\n", "AA\n==", "AAAA\n", "AA-_", "AA A", "\xff\xff\xff\xff", "\u00e9AA", "AAA=AAA="} {
		checkBase64(t, text)
	}
}

func FuzzBase64(f *testing.F) {
	f.Add("AAAA")
	f.Add("QUJD/+==")
	f.Fuzz(checkBase64)
}
