package kernels

import "math"

var genericAttention = attentionPrimitives{
	tile:     2,
	product:  attentionProductGeneric,
	softmax:  attentionSoftmaxGeneric,
	gradient: attentionGradientGeneric,
	dots:     attentionDotsGeneric,
}

// attentionProductGeneric works on the two halves of its panels of eight.
func attentionProductGeneric(c []float32, cRow, n int, a []float32, aRow, aCol int, b []float32, bRow, m, k int, factors []float32, accumulate bool) {
	attentionProductOf4(c, cRow, a, aRow, aCol, b, bRow, m, k, factors, accumulate)
	if n <= 4 {
		return
	}
	attentionProductOf4(c[4:], cRow, a, aRow, aCol, b[4:], bRow, m, k, factors, accumulate)
}

// attentionProductOf4 works on tiles of 2 x 4, whose sums fit the registers of amd64 and arm64. The conversions keep
// compilers from fusing multiplication and addition in one of its loops and not in the other: a row's result may not
// depend on which of them computes it.
func attentionProductOf4(c []float32, cRow int, a []float32, aRow, aCol int, b []float32, bRow, m, k int, factors []float32, accumulate bool) {
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

func attentionSoftmaxGeneric(scores []float32, row, m, n int, scale float32, factors, logSumExp []float32) {
	factor := scale * math.Log2E
	for r := range m {
		line := scores[r*row:][:n]
		top := line[0]
		for _, s := range line {
			top = max(top, s)
		}
		var sum float32
		for i, s := range line {
			p := float32(exp2Wide(float64(factor * (s - top))))
			line[i] = p
			sum += p
		}
		factors[r], logSumExp[r] = 1/sum, scale*top+logarithm(sum)
	}
}

func attentionGradientGeneric(scores, dp []float32, row, m, n int, scale float32, logSumExp, delta []float32) {
	factor := scale * math.Log2E
	for r := range m {
		shift, d := logSumExp[r]*math.Log2E, delta[r]
		line := scores[r*row:][:n]
		grad := dp[r*row:][:n]
		for i, s := range line {
			p := float32(exp2Wide(float64(factor)*float64(s) - float64(shift)))
			line[i] = p
			grad[i] = scale * p * (grad[i] - d)
		}
	}
}

func attentionDotsGeneric(dst, a []float32, aRow int, b []float32, bRow, m, n int) {
	for r := range m {
		x, y := a[r*aRow:][:n], b[r*bRow:][:n]
		var sum float32
		for i, v := range x {
			sum += float32(v * y[i])
		}
		dst[r] = sum
	}
}

// logarithm returns log(x) for normal x > 0, within 1 ulp or 4e-8.
func logarithm(x float32) float32 {
	if x != x {
		return x
	}
	bits := int32(math.Float32bits(x))
	exponent := (bits - int32(math.Float32bits(math.Sqrt2/2))) >> 23
	f := float64(math.Float32frombits(uint32(bits-exponent<<23))) - 1
	p := logC0 + f*(logC1+f*(logC2+f*(logC3+f*(logC4+f*(logC5+f*(logC6+f*(logC7+f*logC8)))))))
	return float32(p*f + float64(exponent)*math.Ln2)
}
