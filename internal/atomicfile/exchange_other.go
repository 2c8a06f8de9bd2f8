//go:build !linux && !darwin

package atomicfile

import "errors"

// exchange is not to be had on this platform.
func exchange(a, b string) error { return errors.ErrUnsupported }
