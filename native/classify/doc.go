// Package classify runs a classifier over rows: streams of them, answered as they are read, and labelled sets, measured.
package classify
