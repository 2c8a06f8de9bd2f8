// Package inspect tells what a machine can compute with and what a model consists of.
package inspect
