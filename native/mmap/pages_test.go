package mmap

import (
	"os"
	"testing"
)

func TestOnlyWholePagesAreReleased(t *testing.T) {
	page := os.Getpagesize()
	data := make([]byte, 3*page+10)
	tests := []struct {
		name             string
		from, to         int
		wantFrom, wantTo int
	}{
		{"nothing", 5, 5, 0, 0},
		{"part of a page", 1, page - 1, 0, 0},
		{"parts of two pages", 1, 2*page - 1, 0, 0},
		{"one page", page, 2 * page, page, 2 * page},
		{"a page and parts of its neighbours", page - 1, 2*page + 1, page, 2 * page},
		{"to the end of the file", page + 1, len(data), 2 * page, len(data)},
		{"the end of the last page", len(data) - 1, len(data), 0, 0},
		{"everything", 0, len(data), 0, len(data)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := wholePages(data, test.from, test.to)
			if len(got) != test.wantTo-test.wantFrom || len(got) > 0 && &got[0] != &data[test.wantFrom] {
				t.Errorf("%d bytes, want bytes %d to %d", len(got), test.wantFrom, test.wantTo)
			}
		})
	}
}
