package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/retry"
)

// incompleteMark ends the name of a blob that is being fetched; huggingface_hub before version 1 goes on with such a file, too.
const incompleteMark = ".incomplete"

// errDamaged is wrapped by errors for content that is not what the hub said.
var errDamaged = errors.New("the content is damaged")

// download is a blob on its way.
type download struct {
	c     *Client
	f     *remoteFile
	path  string         // of the incomplete file
	file  *os.File       // open for reading and writing
	have  int64          // bytes of the file that have come, all of them summed
	sum   sum            // of these
	tell  func(by int64) // told of bytes that come, and of those that were for nothing
	fresh bool           // nothing was there from an earlier attempt
}

// fetchBlob fetches a file's content to path: it goes on with what an earlier attempt has left, checks the whole, flushes it
// to the disk and only then gives it its name. The caller holds the blob's lock. Damaged content is fetched once more, from the
// beginning.
func (c *Client) fetchBlob(ctx context.Context, f *remoteFile, path string, tell func(by int64)) (resumed bool, err error) {
	for second := false; ; second = true {
		d := &download{c: c, f: f, path: path + incompleteMark, tell: tell}
		err := d.run(ctx)
		if errors.Is(err, errDamaged) {
			_ = os.Remove(d.path)
			tell(-d.have)
			if !second || !d.fresh {
				c.config.Logger.Warn("fetching again", "file", f.name, "because", err)
				continue
			}
			return false, badinput.Errorf("%s: %s: %w", f.id, f.name, err)
		}
		if err != nil {
			return false, c.explain(f.id, f.name, err)
		}
		return !d.fresh, c.keep(d.path, path)
	}
}

// keep gives a complete file its name.
func (c *Client) keep(incomplete, path string) error {
	if err := os.Rename(incomplete, path); err != nil {
		return badinput.Errorf("%w", err)
	}
	return nil
}

// run fetches what is missing and checks the whole.
func (d *download) run(ctx context.Context) error {
	if err := d.begin(); err != nil {
		return err
	}
	defer func() { _ = d.file.Close() }() // after a failure; what has come is of use all the same
	if err := d.c.retry.Do(ctx, func() error { return d.attempt(ctx) }); err != nil {
		return err
	}
	if d.f.size >= 0 && d.have != d.f.size {
		return fmt.Errorf("%w: %d bytes, the hub says %d", errDamaged, d.have, d.f.size)
	}
	if err := d.sum.verify(); err != nil {
		return err
	}
	if err := d.file.Sync(); err != nil {
		return badinput.Errorf("%w", err)
	}
	if err := d.file.Close(); err != nil {
		return badinput.Errorf("%w", err)
	}
	return nil
}

// begin opens the incomplete file and sums what is there.
func (d *download) begin() error {
	if err := os.MkdirAll(filepath.Dir(d.path), 0o777); err != nil {
		return badinput.Errorf("%w", err)
	}
	info, err := os.Lstat(d.path)
	if err == nil && (!info.Mode().IsRegular() || d.f.size >= 0 && info.Size() > d.f.size) {
		err = os.Remove(d.path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return badinput.Errorf("%w", err)
	}
	if d.file, err = os.OpenFile(d.path, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return badinput.Errorf("%w", err)
	}
	d.sum, _ = newSum(d.f.etag, d.f.size)
	d.have, err = io.Copy(d.sum, d.file)
	if err != nil {
		_ = d.file.Close()
		return badinput.Errorf("%w", err)
	}
	d.fresh = d.have == 0
	d.tell(d.have)
	return nil
}

// attempt asks for what is missing and takes what comes. An attempt that has brought something does not count as one.
func (d *download) attempt(ctx context.Context) error {
	if d.have == d.f.size {
		return nil
	}
	before := d.have
	err := d.fetch(ctx)
	if retry.IsTemporary(err) && d.have > before {
		return retry.Advanced(err)
	}
	return err
}

func (d *download) fetch(ctx context.Context) error {
	header := identity()
	if d.have > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", d.have))
	}
	r, err := d.c.send(ctx, http.MethodGet, d.f.address(d.c), header)
	var refused *refusal
	if errors.As(err, &refused) && refused.status == http.StatusRequestedRangeNotSatisfiable {
		return fmt.Errorf("%w: %w", errDamaged, err) // there is more than the whole
	}
	if err != nil {
		return err
	}
	defer r.Body.Close()
	switch {
	case r.StatusCode == http.StatusPartialContent:
		first, size, err := contentRange(r.Header)
		if err != nil {
			return err
		}
		if first != d.have || size >= 0 && d.f.size >= 0 && size != d.f.size {
			return fmt.Errorf("%w: asked for bytes from %d of %d, got those from %d of %d", errDamaged, d.have, d.f.size, first, size)
		}
	case r.StatusCode != http.StatusOK:
		return fmt.Errorf("%s answers %d", r.Request.URL.Host, r.StatusCode)
	case d.have > 0: // the server knows no ranges
		if err := d.restart(); err != nil {
			return err
		}
	}
	return d.take(ctx, r.Body)
}

// restart begins at the first byte, in a file of its own: nobody else's writing into the old one can then do harm.
func (d *download) restart() error {
	d.tell(-d.have)
	d.have = 0
	d.sum, _ = newSum(d.f.etag, d.f.size)
	if err := errors.Join(d.file.Close(), os.Remove(d.path)); err != nil {
		return badinput.Errorf("%w", err)
	}
	var err error
	if d.file, err = os.OpenFile(d.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666); err != nil {
		return badinput.Errorf("%w", err)
	}
	return nil
}

const (
	chunkSize  = 256 << 10 // how much is read at a time, in bytes
	maxUnsized = 1 << 30   // the largest file whose size the hub does not say
)

// take appends a body to the file.
func (d *download) take(ctx context.Context, body io.Reader) error {
	chunk := make([]byte, chunkSize)
	for {
		n, err := body.Read(chunk)
		if n > 0 {
			switch after := d.have + int64(n); {
			case d.f.size >= 0 && after > d.f.size:
				return fmt.Errorf("%w: more than the %d bytes that the hub says", errDamaged, d.f.size)
			case d.f.size < 0 && after > maxUnsized:
				return badinput.Errorf("%s: more than %d bytes, and the hub does not say how many", d.f.name, int64(maxUnsized))
			}
			if _, err := d.file.WriteAt(chunk[:n], d.have); err != nil {
				return badinput.Errorf("%w", err)
			}
			d.sum.Write(chunk[:n])
			d.have += int64(n)
			d.tell(int64(n))
		}
		if errors.Is(err, io.EOF) {
			if d.f.size < 0 || d.have == d.f.size {
				return nil
			}
			err = io.ErrUnexpectedEOF
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return retry.Temporary(fmt.Errorf("%s broke off after %d bytes: %w", d.f.name, d.have, err), 0)
		}
	}
}
