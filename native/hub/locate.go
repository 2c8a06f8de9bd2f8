package hub

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Location is where a model argument leads.
type Location struct {
	// Path is the folder or the file.
	Path string
	// Snapshot is set when the argument is a model of the hub, found in the cache.
	Snapshot *Snapshot
}

// Locate finds what a model argument names: a path, if anything is there, or else "org/name" or "org/name@revision" in the cache
// that the environment names; get is os.Getenv. It asks the hub nothing. Where neither is found the error is an input error that
// does not repeat the argument, wraps ErrNotCached if that could be a model of the hub, and then says how to fetch it.
func Locate(model string, need Need, get func(string) string) (Location, error) {
	return locate(model, need, func() (Cache, error) { return CacheFromEnvironment(get) })
}

// locate is Locate in a cache that is asked for only where there is no such path.
func locate(model string, need Need, cacheOf func() (Cache, error)) (Location, error) {
	_, err := os.Lstat(model)
	if err == nil {
		return Location{Path: model}, nil
	}
	id, idErr := ParseID(model)
	if idErr != nil || looksLikePath(model) {
		if errors.Is(err, os.ErrNotExist) {
			return Location{}, badinput.Errorf("no such model folder or bundle")
		}
		return Location{}, badinput.Errorf("%w", errors.Unwrap(err)) // a PathError's, whose path the caller puts in front
	}
	cache, err := cacheOf()
	if err != nil {
		return Location{}, badinput.Errorf("no such model folder or bundle: %w", err)
	}
	s, err := cache.find(id, need)
	switch {
	case err == nil:
		return Location{Path: s.Dir, Snapshot: &s}, nil
	case errors.Is(err, ErrNotCached):
		return Location{}, badinput.Errorf("no such model folder or bundle, and %w; `lorica hub pull %s`, or --pull, fetches it from the hub", err, id)
	}
	return Location{}, badinput.Errorf("%w", err)
}

// Ensure fetches the model of the hub that an argument names, unless Locate finds something, and returns what has been fetched, nil
// for nothing. What is no id stays Locate's to refuse.
func (c *Client) Ensure(ctx context.Context, model string, o PullOptions) (*Pulled, error) {
	own := func() (Cache, error) { return c.cache, nil }
	if _, err := locate(model, o.Need, own); err == nil || !errors.Is(err, ErrNotCached) {
		return nil, nil
	}
	id, err := ParseID(model)
	if err != nil {
		return nil, err
	}
	return c.Pull(ctx, id, o)
}

// looksLikePath reports whether an argument that could be an id is rather a path that does not exist.
func looksLikePath(model string) bool {
	if filepath.Ext(model) == ".safetensors" || strings.HasPrefix(model, ".") {
		return true
	}
	folder, _, ok := strings.Cut(model, "/")
	if !ok {
		return false
	}
	info, err := os.Stat(folder) // run/adapter, mistyped, beside a folder run
	return err == nil && info.IsDir()
}
