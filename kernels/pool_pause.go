//go:build !amd64 || noasm

package kernels

// pause waits about as long as an instruction made for that would.
func pause() {
	for range 32 {
	}
}
