// Package notebook holds no code: its test runs the commands of docs/notebook.md against servers on loopback.
package notebook
