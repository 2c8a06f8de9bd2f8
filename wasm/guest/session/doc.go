// Package session is what both guests are made of: one opened model and the calls to it. It has no build constraints, so its
// tests run natively.
//
// Whatever goes wrong is an *abi.Error, a panic too; after a panic the model is gone and has to be opened again.
package session
