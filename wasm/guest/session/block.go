package session

import (
	"io"
)

// blockReader reads from another reader in large blocks, because each call across the border of wasm costs as much as some
// hundred values. Weights are read row by row, about in order.
type blockReader struct {
	under io.ReaderAt
	size  int64
	block []byte
	at    int64 // of block
}

const blockSize = 64 << 10

// ReadAt implements io.ReaderAt.
func (b *blockReader) ReadAt(p []byte, off int64) (int, error) {
	if len(p) >= blockSize {
		return b.under.ReadAt(p, off)
	}
	done := 0
	for done < len(p) {
		from := off + int64(done)
		if from < b.at || from >= b.at+int64(len(b.block)) {
			if err := b.fill(from); err != nil {
				return done, err
			}
		}
		done += copy(p[done:], b.block[from-b.at:])
	}
	return done, nil
}

// fill reads the block that begins at from.
func (b *blockReader) fill(from int64) error {
	n := min(blockSize, b.size-from)
	if n <= 0 {
		return io.EOF
	}
	if b.block == nil {
		b.block = make([]byte, blockSize)
	}
	b.block, b.at = b.block[:n], from
	read, err := b.under.ReadAt(b.block, from)
	if int64(read) < n {
		b.block = b.block[:0]
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}
