// Package bench times the kernels, and whole models with them, on random data: the figures that any claim about speed is made
// with.
package bench
