package kernels

import "math"

// Portable layer norm (Ba, Kiros and Hinton 2016), forward and backward, one row at a time.

// normStatsGeneric goes over the row twice: sums of squares less the squared mean would lose the variance of a row that lies
// far from zero.
func normStatsGeneric(x []float32, eps float32) (mean, rstd float32) {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	m := sum / float64(len(x))
	var squares float64
	for _, v := range x {
		d := float64(v) - m
		squares += d * d
	}
	return float32(m), float32(1 / math.Sqrt(squares/float64(len(x))+float64(eps)))
}

func normApplyGeneric(dst, x, gamma, beta []float32, mean, rstd float32) {
	x, gamma, beta = x[:len(dst)], gamma[:len(dst)], beta[:len(dst)]
	for i, v := range x {
		dst[i] = (v-mean)*rstd*gamma[i] + beta[i]
	}
}

// normBackwardGeneric: with h = (z - mean) rstd and g = dy gamma, in the forward pass dst = h gamma + beta, so now
// dz = rstd (g - mean(g) - h mean(g h)).
func normBackwardGeneric(dx, dy, z, gamma []float32, mean, rstd float32) {
	dy, z, gamma = dy[:len(dx)], z[:len(dx)], gamma[:len(dx)]
	meanG, meanGH := normBackwardMeans(dy, z, gamma, mean, rstd)
	for i, d := range dy {
		h := (z[i] - mean) * rstd
		dx[i] = rstd * (d*gamma[i] - meanG - h*meanGH)
	}
}

func normBackwardAddGeneric(dx, dy, z, gamma []float32, mean, rstd float32) {
	dy, z, gamma = dy[:len(dx)], z[:len(dx)], gamma[:len(dx)]
	meanG, meanGH := normBackwardMeans(dy, z, gamma, mean, rstd)
	for i, d := range dy {
		h := (z[i] - mean) * rstd
		dx[i] += rstd * (d*gamma[i] - meanG - h*meanGH)
	}
}

// normBackwardMeans returns mean(g) and mean(g h) of spans of one length.
func normBackwardMeans(dy, z, gamma []float32, mean, rstd float32) (meanG, meanGH float32) {
	var sumG, sumGH float64
	for i, d := range dy {
		g := float64(d) * float64(gamma[i])
		sumG += g
		sumGH += g * (float64(z[i]) - float64(mean))
	}
	n := float64(len(dy))
	return float32(sumG / n), float32(sumGH * float64(rstd) / n)
}

func normParametersGeneric(dgamma, dbeta, dy, z []float32, mean, rstd float32) {
	dbeta, dy, z = dbeta[:len(dgamma)], dy[:len(dgamma)], z[:len(dgamma)]
	for i, d := range dy {
		dgamma[i] += d * ((z[i] - mean) * rstd)
		dbeta[i] += d
	}
}
