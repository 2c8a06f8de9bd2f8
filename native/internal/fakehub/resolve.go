package fakehub

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// resolve shows the way to a file: path is the revision and the file's name. What git keeps is reached by a relative redirect,
// what LFS keeps by one to the CDN; the headers of the redirect describe the file.
func (h *Hub) resolve(r *http.Request, id string, path []string) reply {
	repo, otherwise := h.find(r, id)
	if repo == nil {
		return otherwise
	}
	if len(path) < 2 {
		return refuse(http.StatusNotFound, "EntryNotFound", "Entry not found")
	}
	commit, files, ok := repo.at(path[0])
	if !ok {
		return refuse(http.StatusNotFound, "RevisionNotFound", "Invalid rev id: "+path[0])
	}
	who := h.caller(r)
	switch {
	case repo.current.Gated == "" || slices.Contains(who.opens, id):
	case who.known:
		return refuse(http.StatusForbidden, "GatedRepo", "Access to model "+id+" is restricted and you are not in the authorized list.")
	default:
		return refuse(http.StatusUnauthorized, "GatedRepo", "Access to model "+id+" is restricted. You must be authenticated to access it.")
	}
	name := strings.Join(path[1:], "/")
	f, ok := files[name]
	if !ok {
		return refuse(http.StatusNotFound, "EntryNotFound", "Entry not found").with("X-Repo-Commit", commit)
	}
	way := redirect(http.StatusTemporaryRedirect, fmt.Sprintf("/api/resolve-cache/models/%s/%s/%s", id, commit, name))
	if f.sha256 != "" {
		way = redirect(http.StatusFound, fmt.Sprintf("%s/repos/%s/%s?X-Signature=%s&file=%s", h.CDN, id, f.sha256, signature, url.QueryEscape(name)))
	}
	return way.with("X-Repo-Commit", commit, "X-Linked-Size", strconv.Itoa(len(f.content)), "X-Linked-Etag", `"`+f.etag()+`"`)
}

// resolved serves a small file; path is its repository's id, the commit and the name.
func (h *Hub) resolved(path []string) reply {
	for words := 1; words <= 2 && words+1 < len(path); words++ {
		repo := h.repos[strings.Join(path[:words], "/")]
		if repo == nil {
			continue
		}
		commit, files, _ := repo.at(path[words])
		if f, ok := files[strings.Join(path[words+1:], "/")]; ok {
			return content(f.content, f.gitHash).with("X-Repo-Commit", commit)
		}
	}
	return refuse(http.StatusNotFound, "EntryNotFound", "Entry not found")
}

// signature is what an address on the CDN has to carry.
const signature = "secret"

// cdn serves what LFS keeps, by its hash.
func (h *Hub) cdn(r *http.Request) reply {
	switch {
	case r.Header.Get("Authorization") != "":
		return refuse(http.StatusBadRequest, "", "InvalidArgument: only one auth mechanism allowed")
	case r.URL.Query().Get("X-Signature") != signature:
		return refuse(http.StatusForbidden, "", "AccessDenied")
	}
	hash := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	for _, repo := range h.repos {
		for _, files := range repo.commits {
			for _, f := range files {
				if f.sha256 == hash {
					return content(f.content, hash[:8]+"-5") // the CDN's own entity tags say nothing of the content
				}
			}
		}
	}
	return refuse(http.StatusNotFound, "", "NoSuchKey")
}
