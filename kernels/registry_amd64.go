//go:build amd64 && !noasm

package kernels

import "github.com/klauspost/cpuid/v2"

// init adds what this CPU, and its operating system, can run. A tier takes from the one below what it has none of its own of.
func init() {
	below := *implementations[0]
	if !cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) {
		return
	}
	avx2 := below
	avx2.tier = AVX2
	avx2.gemm = gemmAVX2
	avx2.int8 = int8AVX2
	avx2.row = rowAVX2
	avx2.attention = attentionAVX2
	implementations = append(implementations, &avx2)

	if !cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.BMI2) {
		return
	}
	avx512 := avx2
	avx512.tier = AVX512
	avx512.gemm = gemmAVX512
	avx512.int8 = int8AVX512
	avx512.row = rowAVX512
	avx512.attention = attentionAVX512
	implementations = append(implementations, &avx512)

	if !cpuid.CPU.Supports(cpuid.AVX512VNNI) {
		return
	}
	vnni := avx512
	vnni.tier = AVX512VNNI
	vnni.int8 = int8VNNI
	implementations = append(implementations, &vnni)
}
