package hub

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
)

// Cache is the folder in which models are kept, in the layout of huggingface_hub:
//
//	models--org--name/refs/main                  the commit that the branch stood for when it was last fetched
//	models--org--name/snapshots/COMMIT/NAME      a link to the file's blob
//	models--org--name/blobs/ETAG                 the content; ETAG.incomplete while it is being fetched
//	.locks/models--org--name/ETAG.lock           held by whoever fetches the blob
type Cache struct {
	// Dir is the folder; it need not exist.
	Dir string
}

// Snapshot is a model in the cache.
type Snapshot struct {
	ID     ID
	Commit string
	Dir    string // the folder of its files
}

// Need is what a caller wants of a snapshot.
type Need int

const (
	// Model is configuration, weights and tokenizer.
	Model Need = iota
	// TokenizerOnly goes without weights.
	TokenizerOnly
)

// The names of a model's files that have a meaning here.
const (
	configFile  = "config.json"
	weightsFile = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
	pickleFile  = "pytorch_model.bin"
)

// Limits of small files in the cache, in bytes.
const (
	maxRef   = 1 << 10
	maxIndex = 64 << 20
)

// Find returns the model in the cache. The error wraps ErrNotCached where it is not there, or lacks what is needed.
func (c Cache) Find(id ID, need Need) (Snapshot, error) {
	s, err := c.find(id, need)
	if err != nil {
		return Snapshot{}, badinput.Errorf("%s: %w", id, err)
	}
	return s, nil
}

// find is Find with errors that do not begin with the id.
func (c Cache) find(id ID, need Need) (Snapshot, error) {
	commit, err := c.commit(id)
	if errors.Is(err, fs.ErrNotExist) {
		return Snapshot{}, fmt.Errorf("%w %s", ErrNotCached, c.Dir)
	}
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{ID: id, Commit: commit, Dir: filepath.Join(c.model(id), "snapshots", commit)}
	if _, err := os.Stat(s.Dir); err != nil {
		return Snapshot{}, fmt.Errorf("%w %s", ErrNotCached, c.Dir)
	}
	if need == TokenizerOnly {
		return s, nil
	}
	missing, err := s.missing()
	if err != nil {
		return Snapshot{}, fmt.Errorf("%s: %w", s.Dir, err)
	}
	if missing != "" {
		return Snapshot{}, fmt.Errorf("%w %s as a whole: there is no %s", ErrNotCached, c.Dir, missing)
	}
	return s, nil
}

// tag is the content of CACHEDIR.TAG, by which programs that make backups know a cache: the signature is the standard's, at
// bford.info/cachedir.
const tag = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder can be fetched again; see bford.info/cachedir.\n"

// make makes the cache's folder, as huggingface_hub does.
func (c Cache) make() error {
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return badinput.Errorf("the Hugging Face cache: %w", err)
	}
	path := filepath.Join(c.Dir, "CACHEDIR.TAG")
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		_ = os.WriteFile(path, []byte(tag), 0o666) // a courtesy, no more
	}
	return nil
}

// model returns the folder of a model, whatever its revision.
func (c Cache) model(id ID) string { return filepath.Join(c.Dir, id.folder()) }

// refPath returns the file that holds a revision's commit.
func (c Cache) refPath(id ID) string {
	return filepath.Join(c.model(id), "refs", filepath.FromSlash(id.revision()))
}

// commit returns the commit that the revision stood for when it was fetched.
func (c Cache) commit(id ID) (string, error) {
	if commitHash.MatchString(id.revision()) {
		return id.revision(), nil
	}
	text, err := readSmall(c.refPath(id), maxRef)
	if err != nil {
		return "", err
	}
	commit := strings.TrimSpace(string(text))
	if !commitHash.MatchString(commit) {
		return "", fmt.Errorf("%s holds no commit", c.refPath(id))
	}
	return commit, nil
}

// missing returns the name of the first file that the model needs and the snapshot lacks, "" for none. Weights that lorica does not
// read count: whoever opens the model says what is wrong with them.
func (s Snapshot) missing() (string, error) {
	if !s.has(configFile) {
		return configFile, nil
	}
	if s.has(weightsFile) {
		return "", nil
	}
	if !s.has(indexFile) {
		if s.has(pickleFile) {
			return "", nil
		}
		return weightsFile, nil
	}
	shards, err := readIndex(filepath.Join(s.Dir, indexFile))
	if err != nil {
		return "", err
	}
	for _, name := range shards {
		if !s.has(name) {
			return name, nil
		}
	}
	return "", nil
}

// has reports whether a file of the snapshot can be read; a link to a blob that has gone cannot.
func (s Snapshot) has(name string) bool {
	info, err := os.Stat(filepath.Join(s.Dir, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular()
}

// readIndex returns the names of the shards that an index on disk lists.
func readIndex(path string) ([]string, error) {
	text, err := readSmall(path, maxIndex)
	if err != nil {
		return nil, err
	}
	index, err := safetensors.ParseIndex(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", indexFile, err)
	}
	return index.Files(), nil
}

// readSmall reads a file of at most limit bytes.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s: more than the limit of %d bytes", path, limit)
	}
	return text, nil
}
