package hub

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/retry"
)

// readPart reads what a request for a range has brought, of a server that knows ranges or of one that sends the whole file.
func (r *response) readPart(dst []byte, offset int64) (int, error) {
	switch r.StatusCode {
	case http.StatusPartialContent:
		first, _, err := contentRange(r.Header)
		if err != nil {
			return 0, err
		}
		if first != offset {
			return 0, badinput.Errorf("asked for bytes from %d, got those from %d", offset, first)
		}
	case http.StatusOK:
		if offset > maxRangeRead {
			return 0, badinput.Errorf("%s gives no parts of files", r.Request.URL.Host)
		}
		if _, err := io.CopyN(io.Discard, r.Body, offset); err != nil {
			return 0, retry.Temporary(err, 0)
		}
	default:
		return 0, fmt.Errorf("%s answers %d to a request for a part", r.Request.URL.Host, r.StatusCode)
	}
	part, err := io.ReadAll(io.LimitReader(r.Body, int64(len(dst)))) // tells a file that ends from a connection that breaks
	if err != nil {
		return 0, retry.Temporary(err, 0)
	}
	return copy(dst, part), nil
}

// contentRange reads a Content-Range header, "bytes 0-99/1234"; size is -1 for "*".
func contentRange(header http.Header) (first, size int64, err error) {
	text := header.Get("Content-Range")
	bad := badinput.Errorf("Content-Range %q is not understood", plain(text))
	extent, ok := strings.CutPrefix(text, "bytes ")
	span, total, cut := strings.Cut(extent, "/")
	from, to, dash := strings.Cut(span, "-")
	if !ok || !cut || !dash {
		return 0, 0, bad
	}
	first, err = strconv.ParseInt(from, 10, 64)
	last, errLast := strconv.ParseInt(to, 10, 64)
	if err != nil || errLast != nil || first < 0 || last < first {
		return 0, 0, bad
	}
	if total == "*" {
		return first, -1, nil
	}
	if size, err = strconv.ParseInt(total, 10, 64); err != nil || size <= last {
		return 0, 0, bad
	}
	return first, size, nil
}
