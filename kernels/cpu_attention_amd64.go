//go:build amd64 && !noasm

package kernels

var attentionAVX2 = attentionPrimitives{
	tile:     6,
	product:  attentionProductAVX2,
	softmax:  attentionSoftmaxAVX2,
	gradient: attentionGradientAVX2,
	dots:     attentionDotsAVX2,
	fetch:    attentionFetchAVX2,
}

var attentionAVX512 = attentionPrimitives{
	tile:     14,
	product:  attentionProductAVX512,
	softmax:  attentionSoftmaxAVX512,
	gradient: attentionGradientAVX512,
	dots:     attentionDotsAVX512,
	fetch:    attentionFetchAVX512,
}
