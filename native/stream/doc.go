// Package stream hands out rows in groups while they arrive, so that whoever answers them neither waits for the end of a long
// file nor handles the rows of a fast one singly, and holds a bounded number of them in memory.
package stream
