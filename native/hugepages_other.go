//go:build !linux

package native

// adviseHugePages does nothing: this system decides by itself.
func adviseHugePages([]byte) {}
