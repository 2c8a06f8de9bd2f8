package hub

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
)

// remote is a repository at a commit as a file system, in which only what is read is fetched. Whoever opens a model in a folder
// opens it here, too; weights are read by ranges, so that opening costs their headers.
type remote struct {
	ctx    context.Context
	c      *Client
	id     ID
	commit string
	names  map[string]bool

	mu     sync.Mutex
	files  map[string]*remoteContent
	failed error // the first request that did not succeed, whatever readers have made of it
}

func newRemote(ctx context.Context, c *Client, id ID, m *apiModel) *remote {
	r := &remote{ctx: ctx, c: c, id: id, commit: m.SHA, names: map[string]bool{}, files: map[string]*remoteContent{}}
	for _, name := range m.names() {
		r.names[name] = true
	}
	return r
}

// Open opens a file. One that the repository does not list is not asked for.
func (r *remote) Open(name string) (fs.File, error) {
	content, err := r.content(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openRemote{remoteContent: content}, nil
}

// Stat describes a file.
func (r *remote) Stat(name string) (fs.FileInfo, error) {
	content, err := r.content(name)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return content.info(), nil
}

func (r *remote) content(name string) (*remoteContent, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if content := r.files[name]; content != nil {
		return content, nil
	}
	if !r.names[name] {
		return nil, fs.ErrNotExist
	}
	f, err := r.c.head(r.ctx, r.id, r.commit, name)
	if err != nil {
		r.failed = cmp.Or(r.failed, err)
		return nil, err
	}
	if f.size < 0 {
		return nil, badinput.Errorf("the hub does not say how large it is")
	}
	content := &remoteContent{r: r, f: f}
	r.files[name] = content
	return content, nil
}

// readRange reads a part of a file.
func (r *remote) readRange(f *remoteFile, dst []byte, offset int64) (int, error) {
	n, err := r.c.readRange(r.ctx, f, dst, offset)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.failed = cmp.Or(r.failed, err)
	}
	return n, err
}

// remoteContent is a file's content, as far as it has been fetched.
type remoteContent struct {
	r *remote
	f *remoteFile

	mu   sync.Mutex
	head []byte // the first bytes
}

// headSize is how much is fetched at first: it has the whole header of most weights, and most small files whole.
const headSize = 128 << 10

// ReadAt reads a part.
func (f *remoteContent) ReadAt(dst []byte, offset int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if offset >= f.f.size {
		return 0, io.EOF
	}
	if f.head == nil {
		head := make([]byte, min(headSize, f.f.size))
		n, err := f.r.readRange(f.f, head, 0)
		if err != nil {
			return 0, err
		}
		f.head = head[:n]
	}
	n := 0
	if offset < int64(len(f.head)) {
		n = copy(dst, f.head[offset:])
	}
	for n < len(dst) && offset+int64(n) < f.f.size {
		more := dst[n:min(len(dst), n+maxRangeRead)]
		got, err := f.r.readRange(f.f, more[:min(int64(len(more)), f.f.size-offset-int64(n))], offset+int64(n))
		if err != nil {
			return n, err
		}
		if got == 0 {
			return n, io.ErrUnexpectedEOF
		}
		n += got
	}
	if n < len(dst) {
		return n, io.EOF
	}
	return n, nil
}

func (f *remoteContent) info() fs.FileInfo { return remoteInfo{f.f} }

// openRemote is an open file: a place in the content.
type openRemote struct {
	*remoteContent
	whole *bytes.Reader // once it has been read from
}

// maxSequential bounds what is read of a file from front to back, in bytes: a tokenizer, not weights.
const maxSequential = 64 << 20

// Read reads on. The first call fetches the whole file.
func (f *openRemote) Read(dst []byte) (int, error) {
	if f.whole == nil {
		if f.f.size > maxSequential {
			return 0, badinput.Errorf("%d bytes are more than the limit of %d for a look from afar", f.f.size, maxSequential)
		}
		content := make([]byte, f.f.size)
		if n, err := f.ReadAt(content, 0); err != nil && int64(n) < f.f.size {
			return 0, err
		}
		f.whole = bytes.NewReader(content)
	}
	return f.whole.Read(dst)
}

func (f *openRemote) Stat() (fs.FileInfo, error) { return f.info(), nil }
func (f *openRemote) Close() error               { return nil }

// remoteInfo describes a file.
type remoteInfo struct{ f *remoteFile }

func (i remoteInfo) Name() string       { return i.f.name[strings.LastIndexByte(i.f.name, '/')+1:] }
func (i remoteInfo) Size() int64        { return i.f.size }
func (i remoteInfo) Mode() fs.FileMode  { return 0o444 }
func (i remoteInfo) ModTime() time.Time { return time.Time{} }
func (i remoteInfo) IsDir() bool        { return false }
func (i remoteInfo) Sys() any           { return nil }
