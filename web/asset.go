package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"path"
	"sync"

	"github.com/andybalholm/brotli"
)

// An encoding is a form in which a file travels, by the name that HTTP has for it.
type encoding string

// The encodings. Identity is the file as it is.
const (
	identity encoding = ""
	brotliEn encoding = "br"
	gzipEn   encoding = "gzip"
)

// suffixes are what servers of static files put behind the name of a file for its compressed form.
var suffixes = map[encoding]string{brotliEn: ".br", gzipEn: ".gz"}

// An asset is one file of the page.
type asset struct {
	contentType string
	immutable   bool // the address changes with the content
	compress    bool // it becomes much smaller
	digest      string

	forms map[encoding]func() ([]byte, error) // each makes its form once, when it is first asked for
}

// newAsset returns the asset of a file. The levels of compression are those for a server that has just been started and has
// somebody waiting, or the best.
func newAsset(name string, content []byte, immutable, best bool) *asset {
	a := &asset{contentType: contentType(name), immutable: immutable, compress: compressible(name), digest: digestOf(content)}
	a.forms = map[encoding]func() ([]byte, error){identity: func() ([]byte, error) { return content, nil }}
	if a.compress {
		a.compressed(best)
	}
	return a
}

// newPacked returns the asset of a file that is stored compressed by brotli.
func newPacked(name string, packed []byte, best bool) *asset {
	a := &asset{contentType: contentType(name), immutable: true, compress: true, digest: digestOf(packed)}
	a.forms = map[encoding]func() ([]byte, error){
		brotliEn: func() ([]byte, error) { return packed, nil },
		identity: sync.OnceValues(func() ([]byte, error) { return io.ReadAll(brotli.NewReader(bytes.NewReader(packed))) }),
	}
	a.compressed(best)
	return a
}

// compressed adds the compressed forms that a has not got.
func (a *asset) compressed(best bool) {
	brotliLevel, gzipLevel := 5, gzip.DefaultCompression
	if best {
		brotliLevel, gzipLevel = brotli.BestCompression, gzip.BestCompression
	}
	plain := a.forms[identity]
	add := func(e encoding, pack func(w io.Writer) (io.WriteCloser, error)) {
		if a.forms[e] != nil {
			return
		}
		a.forms[e] = sync.OnceValues(func() ([]byte, error) {
			content, err := plain()
			if err != nil {
				return nil, err
			}
			var b bytes.Buffer
			w, err := pack(&b)
			if err != nil {
				return nil, err
			}
			if _, err := w.Write(content); err != nil {
				return nil, err
			}
			if err := w.Close(); err != nil {
				return nil, err
			}
			return b.Bytes(), nil
		})
	}
	add(brotliEn, func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, brotliLevel), nil })
	add(gzipEn, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzipLevel) })
}

// types are the content types of the page's files. The system's own table, which package mime reads, may lack or bend any of
// them.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".wasm": "application/wasm",
}

// contentType returns what a file is.
func contentType(name string) string {
	ending := path.Ext(name)
	if known, ok := types[ending]; ok {
		return known
	}
	if known := mime.TypeByExtension(ending); known != "" {
		return known
	}
	return "application/octet-stream"
}

// compressible reports whether compressing a file is worth it, as it is for all types of the page's own files.
func compressible(name string) bool { return types[path.Ext(name)] != "" }

// digestOf names a content: the first 16 hexadecimal digits of its SHA-256.
func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}
