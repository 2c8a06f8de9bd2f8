// Package tiny makes small random models and learnable rows, for tests that need a whole classifier and no downloads.
package tiny
