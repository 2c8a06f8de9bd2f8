package hub

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
)

// PullOptions say how a model is fetched. The zero value fetches what lorica can train.
type PullOptions struct {
	// Need is what is wanted of the model.
	Need Need
	// AnyType fetches models of types that lorica does not know as well.
	AnyType bool
	// OnProgress is told what has come; it is not called by two goroutines at a time. It may be nil.
	OnProgress func(Progress)
}

// Progress is how far a Pull is.
type Progress struct {
	// Files and Bytes are those that there are, as far as it is known yet; those Done are complete, or have come.
	Files, FilesDone int
	Bytes, BytesDone int64
	// Active are the names of the files on their way, sorted.
	Active []string
	// Finished is set when a file has been completed.
	Finished *PulledFile
}

// How a file came to be in a snapshot.
const (
	Cached  = "cached"  // it was there
	Fetched = "fetched" // it has come
	Resumed = "resumed" // its rest has come
)

// PulledFile is a file of a pulled model.
type PulledFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	How   string `json:"how"` // Cached, Fetched or Resumed
}

// Pulled is a model that Pull has seen to.
type Pulled struct {
	ID     string       `json:"id"`
	Commit string       `json:"commit"`
	Path   string       `json:"path"` // the snapshot's folder
	Files  []PulledFile `json:"files"`
}

// Pull sees to it that the cache has the model as it is on the hub now, and returns its snapshot. It asks once which commit the
// revision is; all files are that commit's, whatever happens to the revision meanwhile. Only files that lorica needs are
// fetched, only those that are not there, and of those only what earlier attempts have not brought. When the context ends,
// what has come stays for the next attempt. Offline it returns what the cache has.
func (c *Client) Pull(ctx context.Context, id ID, o PullOptions) (*Pulled, error) {
	if c.config.Offline {
		return c.pullOffline(id, o.Need)
	}
	m, err := c.model(ctx, id)
	if err != nil {
		return nil, err
	}
	names, err := needed(m.names(), o.Need)
	if err != nil {
		return nil, badinput.Errorf("%s: %w", id, err)
	}
	p := &pull{
		c: c, id: id, commit: m.SHA, tell: o.OnProgress, active: map[string]bool{},
		dir: filepath.Join(c.cache.model(id), "snapshots", m.SHA), sizes: m.sizes(),
	}
	if err := c.cache.make(); err != nil {
		return nil, err
	}
	if err := p.run(ctx, names, m.names(), o.AnyType); err != nil {
		return nil, err
	}
	slices.SortFunc(p.done, func(a, b PulledFile) int { return slices.Index(p.names, a.Name) - slices.Index(p.names, b.Name) })
	return &Pulled{ID: id.String(), Commit: p.commit, Path: p.dir, Files: p.done}, nil
}

func (c *Client) pullOffline(id ID, need Need) (*Pulled, error) {
	s, err := c.cache.Find(id, need)
	if err != nil {
		return nil, badinput.Errorf("%w; %w", err, ErrOffline)
	}
	return &Pulled{ID: id.String(), Commit: s.Commit, Path: s.Dir, Files: []PulledFile{}}, nil
}

// pull is one model on its way.
type pull struct {
	c      *Client
	id     ID
	commit string
	dir    string   // of the snapshot
	names  []string // of all files, in their order
	sizes  map[string]int64
	config *remoteFile

	mu     sync.Mutex
	tell   func(Progress)
	now    Progress
	active map[string]bool
	done   []PulledFile
}

// run fetches the configuration, which tells whether the rest is wanted, then everything, and at last notes which commit the
// revision is: before that, nobody who asks for the revision is led to a part of the model.
func (p *pull) run(ctx context.Context, names, all []string, anyType bool) error {
	p.expect(names)
	if err := p.files(ctx, names[:1]); err != nil {
		return err
	}
	if !anyType {
		if err := p.checkType(); err != nil {
			return badinput.Errorf("%s: %w", p.id, err)
		}
	}
	last := names[len(names)-1]
	if last == indexFile {
		if err := p.files(ctx, []string{indexFile}); err != nil {
			return err
		}
		shards, err := readIndex(filepath.Join(p.dir, indexFile))
		if err != nil {
			return badinput.Errorf("%s: %w", p.id, err)
		}
		for _, name := range shards {
			if !slices.Contains(all, name) {
				return badinput.Errorf("%s: %s names %s, which is not in the repository", p.id, indexFile, name)
			}
		}
		p.expect(shards)
		names = append(names[:len(names)-1:len(names)-1], shards...)
	}
	if err := p.files(ctx, names[1:]); err != nil {
		return err
	}
	return p.writeRef(ctx)
}

// checkType refuses a model of a type that lorica does not know, before its weights are fetched.
func (p *pull) checkType() error {
	_, err := encoder.ReadConfig(os.DirFS(p.dir))
	if err != nil {
		return fmt.Errorf("%w; nothing else of it has been fetched", err)
	}
	return nil
}

// files sees to several files at a time. The first error ends the others.
func (p *pull) files(ctx context.Context, names []string) error {
	p.names = append(p.names, names...)
	remote := make([]*remoteFile, len(names))
	err := p.each(ctx, len(names), func(ctx context.Context, i int) error {
		f, err := p.c.head(ctx, p.id, p.commit, names[i])
		if err != nil {
			return err
		}
		remote[i] = f
		if f.name == configFile {
			p.config = f
		}
		p.report(func(now *Progress) { now.Bytes += max(f.size, 0) - p.sizes[names[i]] })
		return nil
	})
	if err != nil {
		return err
	}
	return p.each(ctx, len(remote), func(ctx context.Context, i int) error { return p.file(ctx, remote[i]) })
}

// expect counts files that are still to be seen to, with the sizes that the list of files gives.
func (p *pull) expect(names []string) {
	p.report(func(now *Progress) {
		for _, name := range names {
			now.Files++
			now.Bytes += p.sizes[name]
		}
	})
}

// each calls do for 0 to n-1, as many at a time as the client may, until one fails.
func (p *pull) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.c.config.Parallel)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// file sees to one file: that its blob is there, and that the snapshot leads to it.
func (p *pull) file(ctx context.Context, f *remoteFile) error {
	pointer := filepath.Join(p.dir, filepath.FromSlash(f.name))
	if size, ok := holds(pointer, f.size); ok {
		p.finish(f, Cached, size)
		return nil
	}
	blob := filepath.Join(p.c.cache.model(p.id), "blobs", f.etag)
	unlock, err := p.c.lock(ctx, p.id, f.etag)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", p.id, f.name, err)
	}
	defer unlock()
	how := Cached
	come, ok := holds(blob, f.size)
	if !ok {
		p.begin(f)
		resumed, err := p.c.fetchBlob(ctx, f, blob, func(by int64) {
			come += by
			p.report(func(now *Progress) { now.BytesDone += by })
		})
		if err != nil {
			return err
		}
		if how = Fetched; resumed {
			how = Resumed
		}
	}
	if err := p.c.point(blob, pointer, how != Cached); err != nil {
		return fmt.Errorf("%s: %s: %w", p.id, f.name, err)
	}
	p.finish(f, how, come)
	return nil
}

// holds returns the size of a file, or of what a link leads to; ok says that it is there and that size, any size when that is -1.
func holds(path string, size int64) (bytes int64, ok bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || size >= 0 && info.Size() != size {
		return 0, false
	}
	return info.Size(), true
}

func (p *pull) begin(f *remoteFile) {
	p.report(func(*Progress) { p.active[f.name] = true })
}

// finish notes a complete file.
func (p *pull) finish(f *remoteFile, how string, bytes int64) {
	file := PulledFile{Name: f.name, Bytes: bytes, How: how}
	p.report(func(now *Progress) {
		delete(p.active, f.name)
		p.done = append(p.done, file)
		now.FilesDone++
		now.Finished = &file
		if how == Cached {
			now.BytesDone += bytes
		}
	})
}

// report changes the progress and tells it.
func (p *pull) report(change func(now *Progress)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Finished = nil
	change(&p.now)
	if p.tell == nil {
		return
	}
	now := p.now
	for name := range p.active {
		now.Active = append(now.Active, name)
	}
	slices.Sort(now.Active)
	p.tell(now)
}

// writeRef notes which commit the revision is. The lock of the configuration's blob keeps other writers of the ref away.
func (p *pull) writeRef(ctx context.Context) error {
	if p.id.revision() == p.commit {
		return nil
	}
	unlock, err := p.c.lock(ctx, p.id, p.config.etag)
	if err != nil {
		return fmt.Errorf("%s: %w", p.id, err)
	}
	defer unlock()
	if commit, err := p.c.cache.commit(p.id); err == nil && commit == p.commit {
		return nil
	}
	path := p.c.cache.refPath(p.id)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return badinput.Errorf("%s: %w", p.id, err)
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, p.commit) // without a line's end, as huggingface_hub reads it
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", p.id, err)
	}
	return nil
}
