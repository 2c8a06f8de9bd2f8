package kernels

// The methods of CPU stand in the cpu_*.go files, by kind of operation.
var _ Device = (*CPU)(nil)
