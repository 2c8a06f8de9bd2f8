package hub

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"
)

// sum checks content against an entity tag: the SHA-256 of the content for files that LFS keeps, git's hash for others.
type sum struct {
	hash.Hash
	want string
}

var (
	isSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)
	isSHA1   = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// newSum begins the sum of a file of size bytes. Of tags that are no hash, which mirrors may make up, nothing can be said, and
// of git's hash only when the size is known: it begins with the size. Then checks is false.
func newSum(etag string, size int64) (s sum, checks bool) {
	switch {
	case isSHA256.MatchString(etag):
		return sum{sha256.New(), etag}, true
	case isSHA1.MatchString(etag) && size >= 0:
		s = sum{sha1.New(), etag} // as git does; this is about damage, not about attackers
		fmt.Fprintf(s, "blob %d\x00", size)
		return s, true
	}
	return sum{sha256.New(), ""}, false
}

// verify compares what has been written with the tag.
func (s sum) verify() error {
	if got := hex.EncodeToString(s.Sum(nil)); s.want != "" && got != s.want {
		return fmt.Errorf("%w: its hash is %s, the hub says %s", errDamaged, got, s.want)
	}
	return nil
}
