//go:build amd64 && !noasm

package kernels

var (
	attentionAVX2   = attentionPrimitives{panel: 16, tile: 6, product: attentionProductAVX2}
	attentionAVX512 = attentionPrimitives{panel: 32, tile: 14, product: attentionProductAVX512}
)
