package native

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/native/mmap"
)

// folder is a model folder on disk whose files can be mapped. It is an encoder.Mapper.
type folder struct {
	fs.FS
	path     string
	mappings *[]*mmap.Mapping
}

func newFolder(path string, mappings *[]*mmap.Mapping) folder {
	return folder{FS: os.DirFS(path), path: path, mappings: mappings}
}

// Map maps a file. The mapping lives until the model is closed.
func (f folder) Map(name string) ([]byte, func(from, to int64), error) {
	if !fs.ValidPath(name) {
		return nil, nil, &fs.PathError{Op: "map", Path: name, Err: fs.ErrInvalid}
	}
	return mapFile(filepath.Join(f.path, filepath.FromSlash(name)), f.mappings)
}

func mapFile(path string, mappings *[]*mmap.Mapping) ([]byte, func(from, to int64), error) {
	m, err := mmap.Open(path)
	if err != nil {
		return nil, nil, err
	}
	*mappings = append(*mappings, m)
	return m.Bytes(), func(from, to int64) { m.Release(int(from), int(to)) }, nil
}
