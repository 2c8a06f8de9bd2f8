package web_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/web"
)

// exported writes the page with a bundle into a folder and returns that.
func exported(t *testing.T, dir string, content []byte) string {
	t.Helper()
	if err := web.Export(dir, web.Options{Model: &web.Model{Name: "tiny", Size: int64(len(content)), Content: bytes.NewReader(content)}}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// files lists what lies in a folder.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all[path], err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnExportIsWhatTheServerServes(t *testing.T) {
	content := bundle(t, tinyBundle)
	h := handler(t, content)
	all := files(t, exported(t, filepath.Join(t.TempDir(), "site"), content))
	for path, content := range all {
		plain, packed := strings.CutSuffix(path, ".br")
		if packed {
			if got := readAll(t, content); !bytes.Equal(got, all[plain]) {
				t.Errorf("%s is not %s compressed", path, plain)
			}
			continue
		}
		if path == "README.txt" || strings.HasSuffix(path, ".gz") {
			continue
		}
		if r := get(h, "/"+strings.TrimSuffix(path, "index.html")); r.StatusCode != http.StatusOK || !bytes.Equal(body(t, r), content) {
			t.Errorf("%s: the server says %s, or something else", path, r.Status)
		}
		if _, compressed := all[path+".br"]; compressed == strings.HasSuffix(path, ".safetensors") {
			t.Errorf("%s: a compressed form beside it: %v", path, compressed)
		}
	}
	if notes := string(all["README.txt"]); !strings.Contains(notes, "script-src 'self' 'wasm-unsafe-eval'") || strings.Contains(notes, "%!") {
		t.Errorf("the notes lack the policy: %s", notes)
	}
}

func readAll(t *testing.T, packed []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(brotli.NewReader(bytes.NewReader(packed))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnExportWorksInAnyFolderOfAServerThatKnowsNothing(t *testing.T) {
	content := bundle(t, tinyBundle)
	dir := t.TempDir()
	exported(t, filepath.Join(dir, "some", "folder"), content)
	plain := http.FileServer(http.Dir(dir))
	url, stop := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".wasm") {
			w.Header().Set("Content-Type", "application/octet-stream") // as servers do that have never heard of it
		}
		plain.ServeHTTP(w, r)
	}))
	b := visitor(t)
	b.open(url + "some/folder/")
	b.ready()
	b.wait(`navigator.serviceWorker.controller`)
	stop()
	b.open(url + "some/folder/")
	b.ready()
	b.enter("not a good game")
	b.click("#classify")
	b.wait(`document.querySelector("#result .words")`)
	if got, want := b.text(".verdict .label"), natively(t, content, []string{"not a good game"})[0].Label; got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
}

func TestAnExportTakesThePlaceOfAnEarlierOneAndOfNothingElse(t *testing.T) {
	dir := exported(t, filepath.Join(t.TempDir(), "site"), bundle(t, tinyBundle))
	before := files(t, dir)
	exported(t, dir, bundle(t, otherBundle))
	after := files(t, dir)
	if len(before) != len(after) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
	for _, name := range []string{"notes.md", "model.safetensors"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		err := web.Export(dir, web.Options{})
		if !badinput.Is(err) || !strings.Contains(err.Error(), name) {
			t.Errorf("a folder with %s: %v", name, err)
		}
		if left := files(t, dir); len(left) != 1 {
			t.Errorf("a refused folder has %d files", len(left))
		}
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "index.html"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := web.Export(foreign, web.Options{}); !badinput.Is(err) {
		t.Errorf("another site: %v", err)
	}
}

func TestAModelThatCannotBeReadIsAnInputErrorAndLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	short := &web.Model{Name: "short", Size: 100, Content: strings.NewReader("too short")}
	if err := web.Export(dir, web.Options{Model: short}); !badinput.Is(err) || !strings.Contains(err.Error(), "short: has 9 bytes, not 100") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
	if _, err := web.Handler(web.Options{Model: short}); !badinput.Is(err) {
		t.Errorf("got %v", err)
	}
}
