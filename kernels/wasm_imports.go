//go:build wasm && !noasm

package kernels

import "unsafe"

// The kernels of wasm/kernelhost/_c, by way of its trampoline, which a host has to link to every Go program for wasm that
// contains this package. Lengths and strides are in values; a pointer to pointers is to Go's, which are 64 bits wide.

//go:wasmimport kernels level
//go:noescape
func wasmLevel() int32

//go:wasmimport kernels products
//go:noescape
func wasmProducts(rows, k int32, a *float32, lda int32, b *float32, ldb, step int32, init *float32, ldi int32, out *float32, ldo, count int32)

//go:wasmimport kernels int8_products
//go:noescape
func wasmInt8Products(rows, steps int32, a *byte, lda int32, scales, panel *float32, step int32, init *float32, ldi int32, out *float32, ldo, count int32)

//go:wasmimport kernels magnitude
//go:noescape
func wasmMagnitude(x *float32, n int32) float32

//go:wasmimport kernels quantise
//go:noescape
func wasmQuantise(dst *byte, x *float32, n int32, factor float32)

//go:wasmimport kernels quantise_rows
//go:noescape
func wasmQuantiseRows(dst *float32, ldd int32, x *float32, ldx, rows, n int32, scales *float32, alpha float32)

//go:wasmimport kernels dequantise
//go:noescape
func wasmDequantise(dst *float32, x *int8, scales *float32, groups, group int32)

//go:wasmimport kernels spread
//go:noescape
func wasmSpread(dst *float32, ldd int32, src *float32, lds, rows, n int32)

//go:wasmimport kernels transpose_rows
//go:noescape
func wasmTransposeRows(dst *float32, ldd int32, rows unsafe.Pointer, n int32)

//go:wasmimport kernels dots
//go:noescape
func wasmDots(k int32, x, y unsafe.Pointer, out *float32)

//go:wasmimport kernels peak
//go:noescape
func wasmPeak(n int32, x float32) float32

//go:wasmimport kernels add
//go:noescape
func wasmAdd(dst, x, y *float32, n int32)

//go:wasmimport kernels scale
//go:noescape
func wasmScale(dst, x *float32, n int32, a float32)

//go:wasmimport kernels add_scaled
//go:noescape
func wasmAddScaled(dst, x *float32, n int32, a float32)

//go:wasmimport kernels add_rows
//go:noescape
func wasmAddRows(dst, src *float32, n, r, step int32)

//go:wasmimport kernels dot
//go:noescape
func wasmDot(x, y *float32, n int32) float32

//go:wasmimport kernels sum
//go:noescape
func wasmSum(x *float32, n int32) float32

//go:wasmimport kernels largest
//go:noescape
func wasmLargest(x *float32, n int32) float32

//go:wasmimport kernels exp_sum
//go:noescape
func wasmExpSum(dst, x *float32, n int32, scale, shift float32) float32

//go:wasmimport kernels relu
//go:noescape
func wasmReLU(dst, x *float32, n int32)

//go:wasmimport kernels tanh_span
//go:noescape
func wasmTanh(dst, x *float32, n int32)

//go:wasmimport kernels gelu
//go:noescape
func wasmGELU(dst, x *float32, n int32)

//go:wasmimport kernels gelu_tanh
//go:noescape
func wasmGELUTanh(dst, x *float32, n int32)

//go:wasmimport kernels multiply
//go:noescape
func wasmMultiply(dst, x, gate *float32, n int32)

//go:wasmimport kernels relu_gate
//go:noescape
func wasmReLUGate(dst, x, gate *float32, n int32)

//go:wasmimport kernels tanh_gate
//go:noescape
func wasmTanhGate(dst, x, gate *float32, n int32)

//go:wasmimport kernels gelu_gate
//go:noescape
func wasmGELUGate(dst, x, gate *float32, n int32)

//go:wasmimport kernels gelu_tanh_gate
//go:noescape
func wasmGELUTanhGate(dst, x, gate *float32, n int32)

//go:wasmimport kernels norm_stats
//go:noescape
func wasmNormStats(out *float32, x *float32, n int32, eps float32)

//go:wasmimport kernels norm_apply
//go:noescape
func wasmNormApply(dst, x, gamma, beta *float32, n int32, mean, rstd float32)

//go:wasmimport kernels rotate
//go:noescape
func wasmRotate(dst, x, cos, sin *float32, half, heads int32, sign float32)

//go:wasmimport kernels attention_product
//go:noescape
func wasmAttentionProduct(c *float32, cRow int32, a *float32, aRow, aCol int32, b *float32, bRow, m, k int32, factors *float32, accumulate int32)

//go:wasmimport kernels attention_tiles
//go:noescape
func wasmAttentionTiles(c *float32, cRow int32, a *float32, aRow int32, b *float32, bRow, m, k int32, factors *float32, accumulate int32)

//go:wasmimport kernels attention_softmax
//go:noescape
func wasmAttentionSoftmax(scores *float32, row, m, n int32, scale float32, sums, tops *float32)
