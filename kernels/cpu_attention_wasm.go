//go:build wasm && !noasm

package kernels

import "unsafe"

func attentionProductWasm(c []float32, cRow, _ int, a []float32, aRow, aCol int, b []float32, bRow, m, k int, factors []float32, accumulate bool) {
	add := int32(0)
	if accumulate {
		add = 1
	}
	wasmAttentionProduct(first(c, (m-1)*cRow+gemmWasm.nr), int32(cRow), first(a, (m-1)*aRow+(k-1)*aCol+1), int32(aRow), int32(aCol),
		first(b, (k-1)*bRow+gemmWasm.nr), int32(bRow), int32(m), int32(k), unsafe.SliceData(factors), add)
}

func attentionTilesWasm(c []float32, cRow int, a []float32, aRow int, b []float32, bRow, m, k int, factors []float32, accumulate bool) {
	add := int32(0)
	if accumulate {
		add = 1
	}
	wasmAttentionTiles(first(c, (m-1)*cRow+gemmWasm.nr), int32(cRow), unsafe.SliceData(a), int32(aRow),
		first(b, (k-1)*bRow+gemmWasm.nr), int32(bRow), int32(m), int32(k), unsafe.SliceData(factors), add)
}

func attentionSoftmaxWasm(scores []float32, row, m, n int, scale float32, factors, logSumExp []float32) {
	if m == 0 {
		return
	}
	wasmAttentionSoftmax(first(scores, (m-1)*row+n), int32(row), int32(m), int32(n), scale, first(factors, m), first(logSumExp, m))
	for r, sum := range factors[:m] {
		top := logSumExp[r]
		factors[r], logSumExp[r] = 1/sum, scale*top+logarithm(sum)
	}
}
