// Package testbundle makes small bundles of random weights for the tests of the sandbox.
package testbundle
