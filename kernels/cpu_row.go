package kernels

// rowPrimitives are one tier's inner loops over rows and spans.
type rowPrimitives struct{}

var genericRow = rowPrimitives{}

// rowArguments are the operands of a running elementwise or row operation.
type rowArguments struct{}
