package fakehub

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// api answers what comes to the hub's own address: the list, a model, its tree, and the way to a file.
func (h *Hub) api(r *http.Request) reply {
	path := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i := range path {
		if plain, err := url.PathUnescape(path[i]); err == nil {
			path[i] = plain
		}
	}
	switch at := slices.Index(path, "resolve"); {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return refuse(http.StatusMethodNotAllowed, "", "Method not allowed")
	case h.caller(r).invalid:
		return refuse(http.StatusUnauthorized, "", "Invalid credentials in Authorization header")
	case len(path) == 2 && path[0] == "api" && path[1] == "models":
		return h.list(r.URL.Query())
	case len(path) > 2 && path[0] == "api" && path[1] == "models":
		return h.model(r, path[2:])
	case len(path) > 5 && path[0] == "api" && path[1] == "resolve-cache":
		return h.resolved(path[3:])
	case at == 1 || at == 2:
		return h.resolve(r, strings.Join(path[:at], "/"), path[at+1:])
	}
	return refuse(http.StatusNotFound, "", "Not Found")
}

// find returns a repository that the caller may know of, or nil and what to answer.
func (h *Hub) find(r *http.Request, id string) (*repository, reply) {
	if now, ok := h.aliases[id]; ok {
		return nil, redirect(http.StatusTemporaryRedirect, strings.Replace(r.URL.RequestURI(), id, now, 1))
	}
	repo, who := h.repos[id], h.caller(r)
	switch {
	case repo != nil && (!repo.current.Private || slices.Contains(who.opens, id)):
		return repo, reply{}
	case who.known:
		return nil, refuse(http.StatusNotFound, "RepoNotFound", "Repository not found")
	}
	return nil, refuse(http.StatusUnauthorized, "RepoNotFound", "Invalid username or password.")
}

// model answers on one repository: path is its id, perhaps with revision or tree and what follows.
func (h *Hub) model(r *http.Request, path []string) reply {
	what := slices.IndexFunc(path, func(word string) bool { return word == "revision" || word == "tree" })
	revision := "main"
	id := strings.Join(path, "/")
	if what > 0 {
		id = strings.Join(path[:what], "/")
		revision = strings.Join(path[what+1:], "/")
	}
	repo, otherwise := h.find(r, id)
	if repo == nil {
		return otherwise
	}
	commit, files, ok := repo.at(revision)
	switch {
	case !ok:
		return refuse(http.StatusNotFound, "RevisionNotFound", "Invalid rev id: "+revision)
	case what > 0 && path[what] == "tree":
		return found(tree(files)).with("X-Repo-Commit", commit)
	}
	return found(repo.info(commit, files, r.URL.Query().Get("blobs") != ""))
}

// tree lists the files of a commit.
func tree(files map[string]file) []map[string]any {
	entries := []map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		entry := map[string]any{"type": "file", "oid": f.gitHash, "size": len(f.content), "path": name}
		if f.sha256 != "" {
			entry["lfs"] = map[string]any{"oid": f.sha256, "size": len(f.content), "pointerSize": 134}
		}
		entries = append(entries, entry)
	}
	return entries
}

// list answers a search, a page at a time.
func (h *Hub) list(q url.Values) reply {
	by, ascending := q.Get("sort"), q.Get("direction") == "1"
	if ascending && by != "createdAt" { // the hub itself sorts by other keys in one direction only
		return refuse(http.StatusBadRequest, "", "Invalid direction for sort "+by)
	}
	order, ok := orders[cmp.Or(by, "trendingScore")]
	if !ok {
		return refuse(http.StatusBadRequest, "", "Invalid sort parameter")
	}
	var all []*repository
	for _, id := range slices.Sorted(maps.Keys(h.repos)) {
		if repo := h.repos[id]; repo.matches(q) && !repo.current.Private {
			all = append(all, repo)
		}
	}
	slices.SortStableFunc(all, func(a, b *repository) int {
		if ascending {
			a, b = b, a
		}
		return order(b, a)
	})
	from, _ := strconv.Atoi(q.Get("cursor"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	if limit <= 0 {
		limit = h.o.PageSize
	}
	from = min(max(from, 0), len(all))
	to := min(from+min(limit, h.o.PageSize), len(all))
	page := []map[string]any{}
	for _, repo := range all[from:to] {
		page = append(page, repo.listed(q))
	}
	answer := found(page)
	if to < len(all) {
		q.Set("cursor", strconv.Itoa(to))
		answer = answer.with("Link", fmt.Sprintf("<%s/api/models?%s>; rel=\"next\"", h.URL, q.Encode()))
	}
	return answer
}

// orders compare two repositories, the smaller one first.
var orders = map[string]func(a, b *repository) int{
	"downloads":     func(a, b *repository) int { return cmp.Compare(a.current.Downloads, b.current.Downloads) },
	"likes":         func(a, b *repository) int { return cmp.Compare(a.current.Likes, b.current.Likes) },
	"trendingScore": func(a, b *repository) int { return cmp.Compare(a.current.Likes, b.current.Likes) },
	"createdAt":     func(a, b *repository) int { return a.current.Created.Compare(b.current.Created) },
	"lastModified":  func(a, b *repository) int { return a.current.Modified.Compare(b.current.Modified) },
}

// matches reports whether a search finds a repository.
func (r *repository) matches(q url.Values) bool {
	author, _, _ := strings.Cut(r.id, "/")
	_, files, _ := r.at("main")
	tags := r.tags(files)
	for _, tag := range q["filter"] {
		if !slices.Contains(tags, tag) {
			return false
		}
	}
	return strings.Contains(strings.ToLower(r.id), strings.ToLower(q.Get("search"))) &&
		(q.Get("author") == "" || q.Get("author") == author) &&
		(q.Get("pipeline_tag") == "" || q.Get("pipeline_tag") == r.current.Task)
}

// listed returns what the list shows of a repository: the fields that expand names, or a few.
func (r *repository) listed(q url.Values) map[string]any {
	commit, files, _ := r.at("main")
	all := r.info(commit, files, false)
	shown := map[string]any{}
	keys := append([]string{"_id", "id", "modelId"}, q["expand"]...)
	if len(q["expand"]) == 0 {
		keys = append(keys, "likes", "private", "downloads", "tags", "pipeline_tag", "library_name", "createdAt")
		if q.Get("full") != "" {
			keys = append(keys, "author", "sha", "lastModified", "gated", "siblings", "disabled")
		}
		if q.Get("config") != "" {
			keys = append(keys, "config")
		}
	}
	for _, key := range keys {
		if value, ok := all[key]; ok {
			shown[key] = value
		}
	}
	return shown
}
