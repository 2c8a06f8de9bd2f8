//go:build amd64 && !noasm

package kernels

var rowAVX2 = func() rowPrimitives {
	r := genericRow
	r.add = addAVX2
	r.scale = scaleAVX2
	r.addScaled = addScaledAVX2
	return r
}()

var rowAVX512 = func() rowPrimitives {
	r := genericRow
	r.add = addAVX512
	r.scale = scaleAVX512
	r.addScaled = addScaledAVX512
	return r
}()
