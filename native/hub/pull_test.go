package hub_test

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// gitHash is the name that git gives a file's content.
func gitHash(content []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}

func sha256Hex(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func TestAPulledModelLiesAsHuggingFaceHubLaysIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this platform lacks links that everybody may make")
	}
	h, repo := start(t), tinyRepo(t, tiny.Options{})
	repo.Files["special_tokens_map.json"] = []byte("{}\n")
	commit := h.Put(name, repo)
	c := client(t, h, nil)
	p := pull(t, c, name)
	needed := []string{"config.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "model.safetensors"}
	want := []string{"CACHEDIR.TAG", "models--example-org--tiny-bert/refs/main"}
	for _, file := range needed {
		content := repo.Files[file]
		etag := gitHash(content)
		if file == "model.safetensors" {
			etag = sha256Hex(content)
		}
		want = append(want, ".locks/models--example-org--tiny-bert/"+etag+".lock", "models--example-org--tiny-bert/blobs/"+etag,
			"models--example-org--tiny-bert/snapshots/"+commit+"/"+file+" -> ../../blobs/"+etag)
	}
	slices.Sort(want)
	if got := tree(t, c.Cache().Dir); !slices.Equal(got, want) {
		t.Errorf("the cache holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if ref, err := os.ReadFile(filepath.Join(c.Cache().Dir, "models--example-org--tiny-bert/refs/main")); err != nil || string(ref) != commit {
		t.Errorf("refs/main holds %q, %v", ref, err)
	}
	sameFiles(t, p.Path, repo.Files, needed...)
	if p.Commit != commit || p.ID != name || how(p) != strings.Join(needed, ":fetched ")+":fetched" {
		t.Errorf("got %+v", p)
	}
}

func TestAPulledModelOpens(t *testing.T) {
	h := start(t)
	h.Put(name, tinyRepo(t, tiny.Options{Head: true}))
	p := pull(t, client(t, h, nil), name)
	m, err := native.Open(p.Path, native.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := m.Classify(t.Context(), []encoder.Input{{Text: "a superb game"}}); err != nil {
		t.Error(err)
	}
}

func TestPullingAgainFetchesNothing(t *testing.T) {
	h := start(t)
	h.Put(name, tinyRepo(t, tiny.Options{}))
	c := client(t, h, nil)
	pull(t, c, name)
	h.Forget()
	p := pull(t, c, name)
	if got := how(p); got != "config.json:cached tokenizer_config.json:cached vocab.txt:cached model.safetensors:cached" {
		t.Error(got)
	}
	if got := asked(h, "GET", "resolve"); got != nil {
		t.Errorf("asked for %v", got)
	}
	if err := os.Remove(filepath.Join(p.Path, "vocab.txt")); err != nil {
		t.Fatal(err)
	}
	if got := how(pull(t, c, name)); !strings.Contains(got, "vocab.txt:cached") || len(asked(h, "GET", "resolve")) > 0 {
		t.Errorf("a lost link: %s, %v", got, asked(h, "GET", "resolve"))
	}
}

func TestANewCommitSharesTheFilesThatStay(t *testing.T) {
	h, repo := start(t), tinyRepo(t, tiny.Options{})
	old := h.Put(name, repo)
	c := client(t, h, nil)
	pull(t, c, name)
	repo.Files["vocab.txt"] = append([]byte(nil), append(repo.Files["vocab.txt"], "extra\n"...)...)
	h.Put(name, repo)
	p := pull(t, c, name)
	if got := how(p); got != "config.json:cached tokenizer_config.json:cached vocab.txt:fetched model.safetensors:cached" {
		t.Error(got)
	}
	sameFiles(t, p.Path, repo.Files, "vocab.txt", "model.safetensors")
	if s, err := c.Cache().Find(parseID(t, name+"@"+old), hub.Model); err != nil || s.Commit != old {
		t.Errorf("the old snapshot: %+v, %v", s, err)
	}
	if s, err := c.Cache().Find(parseID(t, name), hub.Model); err != nil || s.Commit != p.Commit {
		t.Errorf("the new snapshot: %+v, %v", s, err)
	}
}

func TestAnUpdateThatFailsLeavesTheOldModelInItsPlace(t *testing.T) {
	h := start(t)
	old := h.Put(name, tinyRepo(t, tiny.Options{Seed: 1}))
	c := client(t, h, nil)
	pull(t, c, name)
	h.Put(name, tinyRepo(t, tiny.Options{Seed: 2}))
	h.Fault(fakehub.Fault{OnCDN: true, Status: 503})
	if _, err := c.Pull(t.Context(), parseID(t, name), hub.PullOptions{}); err == nil {
		t.Fatal("pulled")
	}
	if s, err := c.Cache().Find(parseID(t, name), hub.Model); err != nil || s.Commit != old {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestARevisionThatMovesWhileItIsPulledGivesOneCommit(t *testing.T) {
	h, before, after := start(t), tinyRepo(t, tiny.Options{Seed: 1}), tinyRepo(t, tiny.Options{Seed: 2})
	after.Files["vocab.txt"] = append([]byte(nil), append(after.Files["vocab.txt"], "extra\n"...)...)
	commit := h.Put(name, before)
	h.Fault(fakehub.Fault{Path: "resolve", Times: 1, Do: func() { h.Put(name, after) }})
	c := client(t, h, nil)
	p := pull(t, c, name)
	if p.Commit != commit {
		t.Errorf("commit %s, want %s", p.Commit, commit)
	}
	sameFiles(t, p.Path, before.Files, "config.json", "vocab.txt", "model.safetensors")
	if next := pull(t, c, name); next.Commit == commit {
		t.Error("the next pull does not see that the branch has moved")
	}
}

func TestBranchesTagsPullRequestsAndCommits(t *testing.T) {
	h := start(t)
	h.Put(name, tinyRepo(t, tiny.Options{Seed: 1}))
	repo := tinyRepo(t, tiny.Options{Seed: 2})
	for _, revision := range []string{"v1.0", "refs/pr/1", "feature/long-name"} {
		commit := h.PutRevision(name, revision, repo)
		c := client(t, h, nil)
		p := pull(t, c, name+"@"+revision)
		sameFiles(t, p.Path, repo.Files, "model.safetensors")
		if ref, err := os.ReadFile(filepath.Join(c.Cache().Dir, "models--example-org--tiny-bert/refs", revision)); err != nil || string(ref) != commit {
			t.Errorf("refs/%s holds %q, %v", revision, ref, err)
		}
		if p := pull(t, client(t, h, nil), name+"@"+commit); p.Commit != commit {
			t.Errorf("by commit: %s", p.Commit)
		}
	}
}

func TestAModelInPartsIsPulledWhole(t *testing.T) {
	h, repo := start(t), tinyRepo(t, tiny.Options{})
	delete(repo.Files, "model.safetensors")
	repo.Files["model-00001-of-00002.safetensors"] = weights(t, "a")
	repo.Files["model-00002-of-00002.safetensors"] = weights(t, "b")
	repo.Files["model.safetensors.index.json"] = []byte(`{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}`)
	h.Put(name, repo)
	c := client(t, h, nil)
	p := pull(t, c, name)
	sameFiles(t, p.Path, repo.Files, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json")
	if err := os.Remove(filepath.Join(p.Path, "model-00002-of-00002.safetensors")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Cache().Find(parseID(t, name), hub.Model); !errors.Is(err, hub.ErrNotCached) || !strings.Contains(err.Error(), "there is no model-00002") {
		t.Errorf("a part is missing: %v", err)
	}

	delete(repo.Files, "model-00002-of-00002.safetensors")
	h.Put(name, repo)
	_, err := client(t, h, nil).Pull(t.Context(), parseID(t, name), hub.PullOptions{})
	if !badinput.Is(err) || !strings.Contains(err.Error(), "names model-00002-of-00002.safetensors, which is not in the repository") {
		t.Errorf("a part that nobody has: %v", err)
	}
}

func TestProgressEndsWithAllBytesAndEveryFileOnce(t *testing.T) {
	h := start(t)
	h.Put(name, bigRepo(t))
	h.Fault(fakehub.Fault{OnCDN: true, Times: 1, CutAfter: 300_000})
	h.Fault(fakehub.Fault{OnCDN: true, Times: 1, Corrupt: true})
	var last hub.Progress
	finished := map[string]int{}
	var mu sync.Mutex
	_, err := client(t, h, nil).Pull(t.Context(), parseID(t, name), hub.PullOptions{OnProgress: func(p hub.Progress) {
		if !mu.TryLock() {
			t.Error("told by two at a time")
			return
		}
		defer mu.Unlock()
		if p.Finished != nil {
			finished[p.Finished.Name]++
		}
		last = p
	}})
	if err != nil {
		t.Fatal(err)
	}
	if last.Bytes == 0 || last.BytesDone != last.Bytes || last.Files != 4 || last.FilesDone != 4 || len(last.Active) != 0 || len(finished) != 4 {
		t.Errorf("ends with %+v, finished %v", last, finished)
	}
}

func TestTwoPullsOfOneModelFetchEachFileOnce(t *testing.T) {
	h, repo := start(t), bigRepo(t)
	h.Put(name, repo)
	h.Fault(fakehub.Fault{OnCDN: true, Method: "GET", Stall: 300 * time.Millisecond})
	cache := filepath.Join(t.TempDir(), "cache")
	var both sync.WaitGroup
	for range 2 {
		c := client(t, h, func(config *hub.Config) { config.Cache = cache })
		both.Go(func() {
			if p, err := c.Pull(t.Context(), parseID(t, name), hub.PullOptions{}); err != nil {
				t.Error(err)
			} else {
				sameFiles(t, p.Path, repo.Files, "model.safetensors")
			}
		})
	}
	both.Wait()
	if got := asked(h, "GET", "/repos/"); len(got) != 1 {
		t.Errorf("asked %v", got)
	}
}

func TestWhereThereAreNoLinksTheFilesAreCopies(t *testing.T) {
	h, repo := start(t), tinyRepo(t, tiny.Options{})
	repo.Files["added_tokens.json"] = []byte("{}")
	repo.Files["special_tokens_map.json"] = []byte("{}") // the same blob
	h.Put(name, repo)
	c := client(t, h, func(config *hub.Config) { config.CopyFiles = true; config.Parallel = 1 })
	p := pull(t, c, name)
	sameFiles(t, p.Path, repo.Files, "config.json", "added_tokens.json", "special_tokens_map.json", "model.safetensors")
	for _, path := range tree(t, c.Cache().Dir) {
		if strings.Contains(path, " -> ") || strings.Contains(path, "/blobs/") && !strings.HasSuffix(path, "/") { // moved, not doubled
			t.Error(path)
		}
	}
	if again := pull(t, c, name); strings.Contains(how(again), "fetched") {
		t.Error(how(again))
	}
}

func TestAnInterruptedPullGoesOn(t *testing.T) {
	h, repo := start(t), bigRepo(t)
	h.Put(name, repo)
	h.Fault(fakehub.Fault{OnCDN: true, Times: 1, CutAfter: 300_000, Stall: time.Minute})
	c := client(t, h, nil)
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := c.Pull(ctx, parseID(t, name), hub.PullOptions{OnProgress: func(p hub.Progress) {
		if p.BytesDone >= 250_000 {
			cancel(stop)
		}
	}})
	if !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
	if _, err := c.Cache().Find(parseID(t, name), hub.Model); !errors.Is(err, hub.ErrNotCached) {
		t.Errorf("half a model is found: %v", err)
	}
	incomplete := filepath.Join(c.Cache().Dir, "models--example-org--tiny-bert", "blobs", sha256Hex(repo.Files["model.safetensors"])+".incomplete")
	info, err := os.Stat(incomplete)
	if err != nil || info.Size() < 200_000 {
		t.Fatalf("%v, %v", info, err)
	}
	h.Forget()
	p := pull(t, c, name)
	sameFiles(t, p.Path, repo.Files, "model.safetensors")
	if !strings.Contains(how(p), "model.safetensors:resumed") || len(asked(h, "GET", "/repos/")) != 1 ||
		!strings.HasSuffix(asked(h, "GET", "/repos/")[0], fmt.Sprintf(" bytes=%d-", info.Size())) {
		t.Errorf("%s, asked %v", how(p), asked(h, "GET", "/repos/"))
	}
	if _, err := os.Stat(incomplete); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the incomplete file stays: %v", err)
	}
}
