package hub

import (
	"regexp"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// DefaultRevision is the branch that is meant when none is named.
const DefaultRevision = "main"

// ID names a model on the hub, at a revision.
type ID struct {
	// Name is "org/name", or one word for old models without an organisation.
	Name string
	// Revision is a branch, a tag, a pull request ("refs/pr/1") or a commit; "" is DefaultRevision.
	Revision string
}

// The hub's rules for names; idName takes one of the two words.
var (
	idName     = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?$`)
	idRevision = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/+-]*$`)
	commitHash = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

const (
	maxIDName   = 96
	maxRevision = 255
)

// ParseID reads "org/name" or "org/name@revision". A mistake is an input error that begins with s.
func ParseID(s string) (ID, error) {
	name, revision, at := strings.Cut(s, "@")
	id := ID{Name: name, Revision: revision}
	words := strings.Split(name, "/")
	valid := len(words) <= 2 && len(name) <= maxIDName && !strings.Contains(name, "--") && !strings.Contains(name, "..") && !strings.HasSuffix(name, ".git")
	for _, word := range words {
		valid = valid && idName.MatchString(word)
	}
	if !valid {
		return ID{}, badinput.Errorf("%.200q is no model id: want org/name, or org/name@revision", s)
	}
	if at && !validRevision(revision) {
		return ID{}, badinput.Errorf("%.200q: %.200q is no revision: want a branch, a tag or a commit", s, revision)
	}
	return id, nil
}

// validRevision reports whether a revision may become part of an address and of a path below refs.
func validRevision(revision string) bool {
	if len(revision) > maxRevision || !idRevision.MatchString(revision) {
		return false
	}
	for _, part := range strings.Split(revision, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return true
}

// String returns the id as ParseID reads it.
func (id ID) String() string {
	if id.Revision == "" {
		return id.Name
	}
	return id.Name + "@" + id.Revision
}

// revision returns the revision, the default one for none.
func (id ID) revision() string {
	if id.Revision == "" {
		return DefaultRevision
	}
	return id.Revision
}

// Author returns the organisation or user before the slash, "" for old names without one.
func (id ID) Author() string {
	author, _, ok := strings.Cut(id.Name, "/")
	if !ok {
		return ""
	}
	return author
}

// folder is the model's name in the cache: "models--org--name".
func (id ID) folder() string { return "models--" + strings.ReplaceAll(id.Name, "/", "--") }
