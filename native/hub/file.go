package hub

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// remoteFile is a file on the hub at a commit, as a HEAD describes it.
type remoteFile struct {
	id     ID // as it was asked for
	commit string
	name   string
	size   int64  // -1 when the hub does not say
	etag   string // fit for a file name: the SHA-256 of what LFS keeps, git's hash of what git keeps
}

// etagName is what an entity tag has to look like to become the name of a blob.
var etagName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// address returns where the file's content is, or the way to it begins.
func (f *remoteFile) address(c *Client) string {
	parts := strings.Split(f.name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return c.config.Endpoint + "/" + f.id.Name + "/resolve/" + f.commit + "/" + strings.Join(parts, "/")
}

// identity asks for the file as it is: a compressed answer would have another size, and no ranges.
func identity() http.Header { return http.Header{"Accept-Encoding": {"identity"}} }

// head asks what a file is at a commit, which the answer must confirm.
func (c *Client) head(ctx context.Context, id ID, commit, name string) (*remoteFile, error) {
	f := &remoteFile{id: id, commit: commit, name: name}
	err := c.retry.Do(ctx, func() error {
		r, err := c.send(ctx, http.MethodHead, f.address(c), identity())
		if err != nil {
			return err
		}
		r.Body.Close()
		return f.describe(r)
	})
	if err != nil {
		return nil, c.explain(id, name, err)
	}
	return f, nil
}

// describe reads the headers on the way to the file.
func (f *remoteFile) describe(r *response) error {
	size := r.linkedSize
	if size == "" && !r.elsewhere && r.Header.Get("Content-Encoding") == "" {
		size = r.Header.Get("Content-Length")
	}
	f.size = -1
	if size != "" {
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil || n < 0 {
			return badinput.Errorf("%s: the hub says that it has %q bytes", f.name, plain(size))
		}
		f.size = n
	}
	tag := r.linkedEtag
	if tag == "" && !r.elsewhere {
		tag = r.Header.Get("ETag")
	}
	f.etag = strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
	switch {
	case r.commit == "":
		return badinput.Errorf("%s: no %s in the answer: this is no hub, or something in between hides it", f.name, headerCommit)
	case r.commit != f.commit:
		return badinput.Errorf("%s: asked for commit %s, the hub answers with %s", f.name, f.commit, plain(r.commit))
	case !etagName.MatchString(f.etag):
		return badinput.Errorf("%s: the entity tag %q is no name for a file", f.name, plain(tag))
	}
	return nil
}

// maxRangeRead is how much is read at once of a remote file, in bytes: enough for any header of weights.
const maxRangeRead = 32 << 20

// readRange reads the bytes of a file from offset on into dst, or as many as there are.
func (c *Client) readRange(ctx context.Context, f *remoteFile, dst []byte, offset int64) (int, error) {
	if len(dst) == 0 {
		return 0, nil
	}
	if len(dst) > maxRangeRead {
		return 0, badinput.Errorf("%s: %d bytes at once, more than the limit of %d", f.name, len(dst), maxRangeRead)
	}
	n := 0
	err := c.retry.Do(ctx, func() error {
		header := identity()
		header.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+int64(len(dst))-1))
		r, err := c.send(ctx, http.MethodGet, f.address(c), header)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		n, err = r.readPart(dst, offset)
		return err
	})
	if err != nil {
		return 0, c.explain(f.id, f.name, err)
	}
	return n, nil
}
