package kernels

// attentionArguments are the operands of a running Attention or AttentionBackward.
type attentionArguments struct{}
