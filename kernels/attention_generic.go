package kernels

var genericAttention = attentionPrimitives{panel: 4, tile: 2, product: attentionProductGeneric}

// attentionProductGeneric works on tiles of 2 x 4, whose sums fit the registers of amd64 and arm64. The conversions keep
// compilers from fusing multiplication and addition in one of its loops and not in the other: a row's result may not
// depend on which of them computes it.
func attentionProductGeneric(c []float32, cRow int, a []float32, aRow, aCol int, b []float32, bRow, m, k int, factors []float32, accumulate bool) {
	i := 0
	for ; i+2 <= m; i += 2 {
		c0, c1 := (*[4]float32)(c[i*cRow:]), (*[4]float32)(c[(i+1)*cRow:])
		var s00, s01, s02, s03, s10, s11, s12, s13 float32
		if accumulate {
			s00, s01, s02, s03 = c0[0], c0[1], c0[2], c0[3]
			s10, s11, s12, s13 = c1[0], c1[1], c1[2], c1[3]
		}
		a0, a1 := a[i*aRow:], a[(i+1)*aRow:]
		for j := range k {
			row := (*[4]float32)(b[j*bRow:])
			x, y := a0[j*aCol], a1[j*aCol]
			s00 += float32(x * row[0])
			s01 += float32(x * row[1])
			s02 += float32(x * row[2])
			s03 += float32(x * row[3])
			s10 += float32(y * row[0])
			s11 += float32(y * row[1])
			s12 += float32(y * row[2])
			s13 += float32(y * row[3])
		}
		if factors != nil {
			f, g := factors[i], factors[i+1]
			s00, s01, s02, s03 = f*s00, f*s01, f*s02, f*s03
			s10, s11, s12, s13 = g*s10, g*s11, g*s12, g*s13
		}
		*c0 = [4]float32{s00, s01, s02, s03}
		*c1 = [4]float32{s10, s11, s12, s13}
	}
	if i == m {
		return
	}
	c0 := (*[4]float32)(c[i*cRow:])
	var s0, s1, s2, s3 float32
	if accumulate {
		s0, s1, s2, s3 = c0[0], c0[1], c0[2], c0[3]
	}
	a0 := a[i*aRow:]
	for j := range k {
		row := (*[4]float32)(b[j*bRow:])
		x := a0[j*aCol]
		s0 += float32(x * row[0])
		s1 += float32(x * row[1])
		s2 += float32(x * row[2])
		s3 += float32(x * row[3])
	}
	if factors != nil {
		f := factors[i]
		s0, s1, s2, s3 = f*s0, f*s1, f*s2, f*s3
	}
	*c0 = [4]float32{s0, s1, s2, s3}
}
