//go:build !nodefault

package builtin_test

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	"github.com/lorica-go/lorica/native/builtin"
)

// BenchmarkInflate shows what it would save and cost to embed the bundle compressed: as it is, and with the high and the low bytes of
// the bfloat16 weights apart, of which the high ones repeat. A program would do at every start what is timed.
func BenchmarkInflate(b *testing.B) {
	bundle, err := builtin.Bundle()
	if err != nil {
		b.Fatal(err)
	}
	for _, way := range []struct {
		name           string
		before, behind func([]byte) []byte
	}{
		{"as it is", bytes.Clone, func(content []byte) []byte { return content }},
		{"bytes apart", apart, together},
	} {
		b.Run(way.name, func(b *testing.B) {
			var packed bytes.Buffer
			w, err := flate.NewWriter(&packed, flate.BestCompression)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := w.Write(way.before(bundle)); err != nil {
				b.Fatal(err)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			content := make([]byte, len(bundle))
			for b.Loop() {
				if _, err := io.ReadFull(flate.NewReader(bytes.NewReader(packed.Bytes())), content); err != nil {
					b.Fatal(err)
				}
				if got := way.behind(content); got[len(got)/2] != bundle[len(bundle)/2] {
					b.Fatal("other bytes came back")
				}
			}
			b.ReportMetric(float64(len(bundle))/1e6, "MB-before")
			b.ReportMetric(float64(packed.Len())/1e6, "MB-after")
		})
	}
}

// apart puts the even bytes before the odd ones.
func apart(content []byte) []byte {
	half := (len(content) + 1) / 2
	out := make([]byte, len(content))
	for i, v := range content {
		out[i%2*half+i/2] = v
	}
	return out
}

// together takes apart back.
func together(content []byte) []byte {
	half := (len(content) + 1) / 2
	out := make([]byte, len(content))
	for i := range out {
		out[i] = content[i%2*half+i/2]
	}
	return out
}
