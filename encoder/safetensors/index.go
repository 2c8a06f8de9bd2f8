package safetensors

import (
	"maps"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
)

// maxFileName bounds the name of a shard, as file systems do.
const maxFileName = 255

// Index says in which file of a sharded model each tensor lies: the content of model.safetensors.index.json.
type Index struct {
	fileOf map[string]string
}

// ParseIndex parses {"metadata": {...}, "weight_map": {"tensor": "model-00001-of-00002.safetensors", ...}}; only weight_map
// counts. It returns an input error that names the byte for anything else, and for file names that are not plain.
func ParseIndex(src []byte) (*Index, error) {
	s := &scanner{src: src}
	if len(src) > maxHeader {
		return nil, s.errorf(0, "an index of %d bytes, the limit is %d", len(src), maxHeader)
	}
	if bad := invalidUTF8(src); bad >= 0 {
		return nil, s.errorf(bad, "the index is not UTF-8")
	}
	x := &Index{}
	err := s.object(func(key string, at int) error {
		if key != "weight_map" {
			return s.skip(maxDepth)
		}
		if x.fileOf != nil {
			return s.errorf(at, "%s stands twice", quote(key))
		}
		return x.parseWeightMap(s)
	})
	if err != nil {
		return nil, err
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	if x.fileOf == nil {
		return nil, s.errorf(0, `the index has no "weight_map"`)
	}
	return x, nil
}

func (x *Index) parseWeightMap(s *scanner) error {
	x.fileOf = map[string]string{}
	return s.object(func(tensor string, at int) error {
		if _, twice := x.fileOf[tensor]; twice {
			return s.errorf(at, "tensor %s stands twice", quote(tensor))
		}
		if len(x.fileOf) == maxTensors {
			return s.errorf(at, "more than %d tensors", maxTensors)
		}
		file, err := s.text(maxName)
		if err != nil {
			return format.Errorf("tensor %s: %w", quote(tensor), err)
		}
		if !isPlainShardName(file) {
			return format.Errorf("tensor %s: %w", quote(tensor), s.errorf(at, "%s is no plain name of a .safetensors file", quote(file)))
		}
		x.fileOf[tensor] = file
		return nil
	})
}

// isPlainShardName reports whether name names a file beside the index on every platform: no folder, no drive, no stream, no
// control character. Requiring the suffix refuses pickles and "..".
func isPlainShardName(name string) bool {
	return len(name) <= maxFileName && strings.HasSuffix(name, ".safetensors") && !strings.HasPrefix(name, ".") &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) })
}

// Files returns the names of the shards, sorted.
func (x *Index) Files() []string {
	return slices.Compact(slices.Sorted(maps.Values(x.fileOf)))
}

// Set is a sharded model: several files as one name space.
type Set struct {
	files  map[string]*File
	fileOf map[string]string
}

// OpenSet opens every shard of the index through open, which is given plain file names, and checks that each holds exactly the
// tensors that the index places there. It returns open's error with the shard's name before it, so that a missing shard is
// named, and an input error for a tensor that is missing or not placed.
func OpenSet(x *Index, open func(name string) (*File, error)) (*Set, error) {
	s := &Set{files: map[string]*File{}, fileOf: x.fileOf}
	for _, name := range x.Files() {
		file, err := open(name)
		if err != nil {
			return nil, format.Errorf("%s: %w", name, err)
		}
		s.files[name] = file
		for _, tensor := range file.Names() {
			if x.fileOf[tensor] != name {
				return nil, badinput.Errorf("%s: tensor %s is not placed in this file by the index", name, quote(tensor))
			}
		}
	}
	for _, tensor := range s.Names() {
		name := x.fileOf[tensor]
		if _, ok := s.files[name].Tensor(tensor); !ok {
			return nil, badinput.Errorf("%s: no tensor %s, which the index places in this file", name, quote(tensor))
		}
	}
	return s, nil
}

// Names returns the names of all tensors of all shards, sorted.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.fileOf)) }

// Tensor returns the tensor of that name, from whichever shard holds it.
func (s *Set) Tensor(name string) (Tensor, bool) {
	file, ok := s.files[s.fileOf[name]]
	if !ok {
		return Tensor{}, false
	}
	return file.Tensor(name)
}
