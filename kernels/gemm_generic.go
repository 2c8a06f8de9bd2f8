package kernels

import "unsafe"

// genericGemm are the inner loops in Go. A tile is computed in blocks of 2 x 4 values, whose sums fit the registers.
var genericGemm = gemmPrimitives{
	nr: 8, mr: 4,
	tile:      []tileFunc{nil, genericTile(1), genericTile(2), genericTile(3), genericTile(4)},
	sweep:     []sweepFunc{nil, genericSweep(1), genericSweep(2), genericSweep(3), genericSweep(4)},
	transpose: transposeRowsGeneric,
	dots:      dotsGeneric,
	peak:      peakGeneric,
	peakFlops: 16,
}

// advance returns the address n values after p.
func advance(p *float32, n int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(p), n*4))
}

// genericTile returns the tile function for that many rows. Where it is inlined, as other functions that return one, the compiler makes a
// copy of what it returns for every call: that costs a page some kilobytes.
//
//go:noinline
func genericTile(rows int) tileFunc {
	const nr = 8
	return func(k int, a *float32, lda int, b *float32, ldb int, init *float32, ldi int, out *float32, ldo, _, _ int) {
		left := unsafe.Slice(a, (rows-1)*lda+k)
		dst := unsafe.Slice(out, (rows-1)*ldo+nr)
		var right []float32
		if k > 0 {
			right = unsafe.Slice(b, (k-1)*ldb+nr)
		}
		var begin []float32
		if init != nil {
			begin = unsafe.Slice(init, (rows-1)*ldi+nr)
		}
		for j := 0; j < nr; j += 4 {
			for i := 0; i < rows; i += 2 {
				i1 := min(i+1, rows-1) // an odd last row is computed twice
				var s0, s1 [4]float32
				if begin != nil {
					copy(s0[:], begin[i*ldi+j:])
					copy(s1[:], begin[i1*ldi+j:])
				}
				genericBlock(left[i*lda:i*lda+k], left[i1*lda:i1*lda+k], right, j, ldb, &s0, &s1)
				copy(dst[i*ldo+j:], s0[:])
				copy(dst[i1*ldo+j:], s1[:])
			}
		}
	}
}

// genericSweep returns the sweep function for that many rows.
//
//go:noinline
func genericSweep(rows int) sweepFunc {
	const nr = 8
	tile := genericTile(rows)
	return func(k int, a *float32, lda int, b *float32, ldb, panelStep int, init *float32, ldi int, out *float32, ldo, count int) {
		for {
			tile(k, a, lda, b, ldb, init, ldi, out, ldo, 0, 0)
			if count--; count == 0 {
				return
			}
			if init != nil {
				init = advance(init, nr)
			}
			b, out = advance(b, panelStep), advance(out, nr)
		}
	}
}

// genericBlock adds a0[l] b[l*ldb+j ...] to s0 and a1[l] b[l*ldb+j ...] to s1, four values each.
func genericBlock(a0, a1, b []float32, j, ldb int, s0, s1 *[4]float32) {
	c00, c01, c02, c03 := s0[0], s0[1], s0[2], s0[3]
	c10, c11, c12, c13 := s1[0], s1[1], s1[2], s1[3]
	at := j
	a1 = a1[:len(a0)]
	for l, x := range a0 {
		y := a1[l]
		r := (*[4]float32)(b[at:])
		c00 += float32(x * r[0])
		c01 += float32(x * r[1])
		c02 += float32(x * r[2])
		c03 += float32(x * r[3])
		c10 += float32(y * r[0])
		c11 += float32(y * r[1])
		c12 += float32(y * r[2])
		c13 += float32(y * r[3])
		at += ldb
	}
	*s0 = [4]float32{c00, c01, c02, c03}
	*s1 = [4]float32{c10, c11, c12, c13}
}

func transposeRowsGeneric(dst *float32, ldd int, rows *[16]*float32, n int) {
	to := unsafe.Slice(dst, (n-1)*ldd+8)
	for i, first := range rows[:8] {
		for j, v := range unsafe.Slice(first, n) {
			to[j*ldd+i] = v
		}
	}
}

func dotsGeneric(k int, x, y *[4]*float32, out *[16]float32) {
	for i, xi := range x {
		a := unsafe.Slice(xi, k)
		for j, yj := range y {
			b := unsafe.Slice(yj, k)[:len(a)]
			var s0, s1 float32
			l := 0
			for ; l+1 < len(a); l += 2 {
				s0 += float32(a[l] * b[l])
				s1 += float32(a[l+1] * b[l+1])
			}
			if l < len(a) {
				s0 += float32(a[l] * b[l])
			}
			out[i*4+j] = s0 + s1
		}
	}
}
