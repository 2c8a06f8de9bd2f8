package kernels

// gemmPrimitives are one tier's inner loops of matrix products.
type gemmPrimitives struct{}

var genericGemm = gemmPrimitives{}

// Packed is the right operand of a product, laid out for one tier.
type Packed struct{}

// gemmArguments are the operands of a running Gemm or Pack.
type gemmArguments struct{}
