package fakehub

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lorica-go/lorica/encoder/safetensors"
)

// Repo is what a repository holds, and what the hub says of it. The names in JSON are those of a hub.json, for Load.
type Repo struct {
	// Files are the contents by name; names may have folders.
	Files map[string][]byte `json:"-"`
	// Task, Library and Licence are among the tags as well.
	Task    string   `json:"task"`
	Library string   `json:"library"`
	Licence string   `json:"licence"`
	Tags    []string `json:"tags"`
	// Downloads and the rest are the hub's own bookkeeping.
	Downloads int       `json:"downloads"`
	Likes     int       `json:"likes"`
	Created   time.Time `json:"created"`
	Modified  time.Time `json:"modified"`
	// BaseModels are the models that this one was made from, if it is known with the relation before them: "finetune:org/name".
	BaseModels []string `json:"base_models"`
	// Gated is "auto" or "manual" for a repository whose files need a token that opens them; Private ones need it for everything.
	Gated   string `json:"gated"`
	Private bool   `json:"private"`
}

// repository is a Repo with its history.
type repository struct {
	id      string
	current Repo
	commits map[string]map[string]file // files by commit
	refs    map[string]string          // branches, tags and pull requests, with their commits
}

// file is one file at a commit.
type file struct {
	content []byte
	gitHash string // SHA-1 of git's blob, the entity tag of what git keeps
	sha256  string // the entity tag of what LFS keeps, "" for what git keeps
}

func newFile(name string, content []byte, lfs func(string, int) bool) file {
	blob := sha1.New()
	fmt.Fprintf(blob, "blob %d\x00", len(content))
	blob.Write(content)
	f := file{content: content, gitHash: hex.EncodeToString(blob.Sum(nil))}
	if lfs(name, len(content)) {
		sum := sha256.Sum256(content)
		f.sha256 = hex.EncodeToString(sum[:])
		pointer := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", f.sha256, len(content))
		f.gitHash = newFile("", []byte(pointer), func(string, int) bool { return false }).gitHash
	}
	return f
}

// etag is the entity tag of the file's content.
func (f *file) etag() string {
	if f.sha256 != "" {
		return f.sha256
	}
	return f.gitHash
}

// Put makes r the content of the repository id on its main branch and returns the commit, which is a function of the contents.
func (h *Hub) Put(id string, r Repo) string { return h.PutRevision(id, "main", r) }

// PutRevision makes r the content of the branch, tag or pull request ("refs/pr/1") of that name, and returns the commit. What the
// hub says of the repository is that of the last revision put.
func (h *Hub) PutRevision(id, revision string, r Repo) string {
	files := map[string]file{}
	commit := sha1.New()
	fmt.Fprintln(commit, id)
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		f := newFile(name, r.Files[name], h.o.LFS)
		files[name] = f
		fmt.Fprintln(commit, name, f.gitHash)
	}
	hash := hex.EncodeToString(commit.Sum(nil))
	h.mu.Lock()
	defer h.mu.Unlock()
	repo := h.repos[id]
	if repo == nil {
		repo = &repository{id: id, commits: map[string]map[string]file{}, refs: map[string]string{}}
		h.repos[id] = repo
	}
	repo.current, repo.commits[hash], repo.refs[revision] = r, files, hash
	return hash
}

// at returns the files of a revision: a branch, tag, pull request or commit.
func (r *repository) at(revision string) (commit string, files map[string]file, ok bool) {
	commit, ok = r.refs[revision]
	if !ok {
		commit = revision
	}
	files, ok = r.commits[commit]
	return commit, files, ok
}

// tags returns the tags as the hub shows them, those made of other fields included.
func (r *repository) tags(files map[string]file) []string {
	c := &r.current
	tags := []string{}
	if c.Library != "" {
		tags = append(tags, c.Library)
	}
	for name := range files {
		if strings.HasSuffix(name, ".safetensors") {
			tags = append(tags, "safetensors")
			break
		}
	}
	if config := r.config(files); config != nil {
		tags = append(tags, fmt.Sprint(config["model_type"]))
	}
	if c.Task != "" {
		tags = append(tags, c.Task)
	}
	tags = append(tags, c.Tags...)
	for _, base := range c.BaseModels {
		tags = append(tags, "base_model:"+base)
		if _, id, ok := strings.Cut(base, ":"); ok {
			tags = append(tags, "base_model:"+id)
		}
	}
	if c.Licence != "" {
		tags = append(tags, "license:"+c.Licence)
	}
	return tags
}

// config returns the excerpt of config.json that the hub shows, nil where there is none.
func (r *repository) config(files map[string]file) map[string]any {
	f, ok := files["config.json"]
	if !ok {
		return nil
	}
	var whole map[string]any
	if json.Unmarshal(f.content, &whole) != nil || whole["model_type"] == nil {
		return nil
	}
	excerpt := map[string]any{"model_type": whole["model_type"]}
	if whole["architectures"] != nil {
		excerpt["architectures"] = whole["architectures"]
	}
	return excerpt
}

// parameters returns what the hub says of the weights: numbers of elements by type and in all.
func (r *repository) parameters(files map[string]file) map[string]any {
	byType, total := map[string]int{}, 0
	for name, f := range files {
		if !strings.HasPrefix(name, "model") || !strings.HasSuffix(name, ".safetensors") {
			continue
		}
		parsed, err := safetensors.Parse(f.content)
		if err != nil {
			return nil
		}
		for _, t := range parsed.Tensors() {
			byType[t.DType.String()] += t.Len()
			total += t.Len()
		}
	}
	if total == 0 {
		return nil
	}
	return map[string]any{"parameters": byType, "total": total}
}

// info returns the hub's answer on a repository at a commit.
func (r *repository) info(commit string, files map[string]file, blobs bool) map[string]any {
	c := &r.current
	author, _, _ := strings.Cut(r.id, "/")
	siblings := []any{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		sibling := map[string]any{"rfilename": name}
		if blobs {
			sibling["size"], sibling["blobId"] = len(f.content), f.gitHash
			if f.sha256 != "" {
				sibling["lfs"] = map[string]any{"sha256": f.sha256, "size": len(f.content), "pointerSize": 134}
			}
		}
		siblings = append(siblings, sibling)
	}
	card := map[string]any{}
	if c.Licence != "" {
		card["license"] = c.Licence
	}
	var gated any = false
	if c.Gated != "" {
		gated = c.Gated
	}
	all := map[string]any{
		"_id": commit[:24], "id": r.id, "modelId": r.id, "author": author, "sha": commit, "private": c.Private, "disabled": false, "gated": gated,
		"createdAt": c.Created.UTC().Format(timeFormat), "lastModified": c.Modified.UTC().Format(timeFormat),
		"downloads": c.Downloads, "likes": c.Likes, "tags": r.tags(files), "siblings": siblings, "cardData": card, "spaces": []string{},
	}
	for key, value := range map[string]string{"pipeline_tag": c.Task, "library_name": c.Library} {
		if value != "" {
			all[key] = value
		}
	}
	if config := r.config(files); config != nil {
		all["config"] = config
	}
	if parameters := r.parameters(files); parameters != nil {
		all["safetensors"] = parameters
	}
	return all
}

// timeFormat is that of the hub.
const timeFormat = "2006-01-02T15:04:05.000Z"
