//go:build !nodefault

package builtin

import (
	_ "embed"
	"unsafe"
)

//go:embed default.safetensors
var bundle string

// Bundle returns the bundle, or an input error where the program was built without. The bytes are those of the program itself: they
// cost no copy and no file, live as long as it does, and must not be written to.
func Bundle() ([]byte, error) {
	return unsafe.Slice(unsafe.StringData(bundle), len(bundle)), nil
}
