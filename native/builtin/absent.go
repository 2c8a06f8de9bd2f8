//go:build nodefault

package builtin

import "github.com/lorica-go/lorica/internal/badinput"

// Bundle returns an input error: the program was built without the bundle.
func Bundle() ([]byte, error) {
	return nil, badinput.Errorf("this lorica was built without its default model (tag nodefault): name another")
}
