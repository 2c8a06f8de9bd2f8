//go:build wasm && !noasm

package kernels

import "unsafe"

// fillRowWasm sets those primitives that there are kernels for: all that inference runs. What only training needs stays
// portable.
func fillRowWasm(r *rowPrimitives) {
	r.add = wasmSpan3(wasmAdd)
	r.scale = scaleWasm
	r.addScaled = addScaledWasm
	r.dot = dotWasm
	r.max = maxWasm
	r.sum = sumWasm
	r.addRows = addRowsWasm
	r.expSum = expSumWasm
	r.activate = [activations]func(dst, x []float32){
		Identity: identity, GELU: wasmSpan2(wasmGELU), Tanh: wasmSpan2(wasmTanh), ReLU: wasmSpan2(wasmReLU),
		GELUTanh: wasmSpan2(wasmGELUTanh),
	}
	r.gate = [activations]func(dst, x, gate []float32){
		Identity: wasmSpan3(wasmMultiply), GELU: wasmSpan3(wasmGELUGate), Tanh: wasmSpan3(wasmTanhGate),
		ReLU: wasmSpan3(wasmReLUGate), GELUTanh: wasmSpan3(wasmGELUTanhGate),
	}
	r.normStats = normStatsWasm
	r.normApply = normApplyWasm
	r.rotate = rotateWasm
	r.dequantise = dequantiseWasm
}

// first returns where a span begins. A span that is too short is a mistake that shall not go unnoticed.
func first(x []float32, n int) *float32 { return unsafe.SliceData(x[:n]) }

// wasmSpan2 makes a primitive of a kernel over a destination and a span; wasmSpan3 over two.
//
//go:noinline
func wasmSpan2(kernel func(dst, x *float32, n int32)) func(dst, x []float32) {
	return func(dst, x []float32) { kernel(unsafe.SliceData(dst), first(x, len(dst)), int32(len(dst))) }
}

//go:noinline
func wasmSpan3(kernel func(dst, x, y *float32, n int32)) func(dst, x, y []float32) {
	return func(dst, x, y []float32) {
		kernel(unsafe.SliceData(dst), first(x, len(dst)), first(y, len(dst)), int32(len(dst)))
	}
}

func scaleWasm(dst, x []float32, a float32) {
	wasmScale(unsafe.SliceData(dst), first(x, len(dst)), int32(len(dst)), a)
}

func addScaledWasm(dst, x []float32, a float32) {
	wasmAddScaled(unsafe.SliceData(dst), first(x, len(dst)), int32(len(dst)), a)
}

func dotWasm(x, y []float32) float32 {
	return wasmDot(unsafe.SliceData(x), first(y, len(x)), int32(len(x)))
}

func maxWasm(x []float32) float32 { return wasmLargest(unsafe.SliceData(x), int32(len(x))) }

func sumWasm(x []float32) float32 { return wasmSum(unsafe.SliceData(x), int32(len(x))) }

func addRowsWasm(dst, src []float32, r, step int) {
	if r > 0 {
		wasmAddRows(unsafe.SliceData(dst), first(src, (r-1)*step+len(dst)), int32(len(dst)), int32(r), int32(step))
	}
}

func expSumWasm(dst, x []float32, scale, shift float32) float32 {
	return wasmExpSum(unsafe.SliceData(dst), first(x, len(dst)), int32(len(dst)), scale, shift)
}

func normStatsWasm(x []float32, eps float32) (mean, rstd float32) {
	var out [2]float32
	wasmNormStats(&out[0], unsafe.SliceData(x), int32(len(x)), eps)
	return out[0], out[1]
}

func normApplyWasm(dst, x, gamma, beta []float32, mean, rstd float32) {
	n := len(dst)
	wasmNormApply(unsafe.SliceData(dst), first(x, n), first(gamma, n), first(beta, n), int32(n), mean, rstd)
}

func rotateWasm(dst, x, cos, sin []float32, heads int, sign float32) {
	half := len(cos)
	n := 2 * half * heads
	wasmRotate(first(dst, n), first(x, n), unsafe.SliceData(cos), first(sin, half), int32(half), int32(heads), sign)
}

func dequantiseWasm(dst []float32, x []int8, scales []float32, group int) {
	wasmDequantise(unsafe.SliceData(dst), unsafe.SliceData(x[:len(scales)*group]), unsafe.SliceData(scales), int32(len(scales)), int32(group))
}
