package kernelhost_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/lorica-go/lorica/wasm/kernelhost"
)

// BenchmarkGemm reports how fast a product [128, 768] x [768, 768] is in node and in wazero, on one thread, with each variant of
// the kernels. It runs package kernels' own benchmark there: go test -run - -bench . -benchtime 1x ./wasm/kernelhost
func BenchmarkGemm(b *testing.B) {
	args := func(tier string) []string {
		return []string{"-test.run", "^$", "-test.benchtime", "200ms", "-test.bench", "Gemm/" + tier + "/threads=1/m=128/n=768/k=768$"}
	}
	b.Run("node", func(b *testing.B) {
		node, program := findNode(b), kernelsTests(b, "js")
		for _, v := range []struct{ variant, tier string }{{"none", "generic"}, {"simd128", "simd128"}, {"relaxed", "relaxed"}} {
			b.Run(v.tier, func(b *testing.B) {
				for b.Loop() {
					out, err := inNode(b, node, v.variant, program, args(v.tier)...)
					reportRate(b, out, err)
				}
			})
		}
	})
	b.Run("wazero", func(b *testing.B) {
		program := kernelsTests(b, "wasip1")
		for _, v := range []struct {
			variant kernelhost.Variant
			tier    string
		}{{kernelhost.Portable, "generic"}, {kernelhost.SIMD128, "simd128"}} {
			b.Run(v.tier, func(b *testing.B) {
				for b.Loop() {
					out, err := inWazero(b, v.variant, program, args(v.tier)...)
					reportRate(b, out, err)
				}
			})
		}
	})
}

var rate = regexp.MustCompile(`([0-9.]+) GFLOP/s`)

// reportRate reports the rate that a benchmark within printed.
func reportRate(b *testing.B, out string, err error) {
	b.Helper()
	m := rate.FindStringSubmatch(out)
	if err != nil || m == nil {
		b.Fatalf("%v\n%s", err, out)
	}
	value, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(value, "GFLOP/s")
	b.ReportMetric(0, "ns/op")
}
