package hub

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/lorica-go/lorica/internal/badinput"
)

// lockPoll is the time between two attempts at a lock that somebody else holds.
const lockPoll = 100 * time.Millisecond

// lock takes the lock of a blob, which Python's huggingface_hub takes, too, and returns what gives it back. Where the file system
// has no locks it returns without: what is fetched twice then is still right, as it is checked before it gets its name.
func (c *Client) lock(ctx context.Context, id ID, etag string) (unlock func(), err error) {
	path := filepath.Join(c.cache.Dir, ".locks", id.folder(), etag+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o664))
	held, err := l.TryLock()
	if err == nil && !held {
		c.config.Logger.Info("waiting for another process that fetches the same file", "lock", path)
		held, err = l.TryLockContext(ctx, lockPoll)
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, errors.ErrUnsupported):
		return func() {}, nil
	case err != nil:
		return nil, badinput.Errorf("%w", err)
	case !held:
		return nil, fmt.Errorf("no lock: %s", path)
	}
	return func() { _ = l.Unlock() }, nil // closes the file in any case, and so gives the lock back
}
