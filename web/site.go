package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/wasm/guestbuild"
	"github.com/lorica-go/lorica/wasm/kernelhost"
)

// Options say what is served.
type Options struct {
	// Model is the model that the page begins with; nil lets the user choose one.
	Model *Model
	// Hosts are names, besides localhost and addresses, under which the page may be asked for.
	Hosts []string
}

// Model is a bundle to serve.
type Model struct {
	Name    string // what the page calls it; the name of its file
	Size    int64
	Content io.ReaderAt
}

// policy is what the page may do, for the browser to enforce: its own scripts and styles, wasm, and requests to its server.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"worker-src 'self'; base-uri 'none'; form-action 'none'"

const (
	indexPath  = "index.html"
	workerPath = "sw.js"
)

// servedModel is what the page is told of the model.
type servedModel struct {
	URL    string `json:"url"`
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest"`
}

// A site is all that there is to serve, by paths without a slash in front.
type site struct {
	assets    map[string]*asset
	model     *Model
	modelPath string
	digest    string // of the model
}

// fixed is what every site has, whatever its model.
type fixed struct {
	base          string // the address that all of it lies below
	assets        map[string]*asset
	index, worker []byte
	preload       []string
}

// The fixed parts, whose files are compressed once: as is good for a server that somebody waits for, and as well as possible, which
// takes seconds.
var (
	quickly  = sync.OnceValues(func() (*fixed, error) { return newFixed(false) })
	smallest = sync.OnceValues(func() (*fixed, error) { return newFixed(true) })
)

func newFixed(best bool) (*fixed, error) {
	files, err := pageFiles()
	if err != nil {
		return nil, err
	}
	f := &fixed{assets: make(map[string]*asset), index: files[indexPath], worker: files[workerPath]}
	delete(files, indexPath)
	delete(files, workerPath)
	f.preload = preloads(files)
	files["wasm/trampoline.wasm"] = kernelhost.Trampoline()
	files["wasm/simd128.wasm"] = kernelhost.SIMD128.Module()
	files["wasm/relaxed.wasm"] = kernelhost.RelaxedSIMD.Module()
	guest := guestbuild.CompressedJS()
	f.base = "v/" + versionOf(files, guest) + "/"
	for name, content := range files {
		f.assets[f.base+name] = newAsset(name, content, true, best)
	}
	f.assets[f.base+"wasm/guest.wasm"] = newPacked("guest.wasm", guest, best)
	return f, nil
}

// newSite puts the page together. best compresses as well as possible.
func newSite(o Options, best bool) (*site, error) {
	parts := quickly
	if best {
		parts = smallest
	}
	f, err := parts()
	if err != nil {
		return nil, err
	}
	s := &site{assets: maps.Clone(f.assets)}
	var told struct {
		Model *servedModel `json:"model"`
	}
	if o.Model != nil {
		if s.digest, err = modelDigest(o.Model); err != nil {
			return nil, err
		}
		s.model, s.modelPath = o.Model, "model/"+s.digest+".safetensors"
		told.Model = &servedModel{URL: s.modelPath, Name: o.Model.Name, Bytes: o.Model.Size, Digest: s.digest}
	}
	page, err := fillIndex(f.index, f.base, told, f.preload)
	if err != nil {
		return nil, err
	}
	s.assets[indexPath] = newAsset(indexPath, page, false, best)
	s.assets[workerPath] = newAsset(workerPath, fillWorker(f.worker, slices.Sorted(maps.Keys(s.assets)), digestOf(page)), false, best)
	return s, nil
}

// versionOf digests the names and contents of all files.
func versionOf(files map[string][]byte, guest []byte) string {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(hash, "%s %d\n", name, len(files[name]))
		hash.Write(files[name])
	}
	hash.Write(guest)
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// modelDigest digests the model, and finds out now whether it can be read.
func modelDigest(m *Model) (string, error) {
	hash := sha256.New()
	n, err := io.Copy(hash, io.NewSectionReader(m.Content, 0, m.Size))
	if err != nil {
		return "", badinput.Errorf("%s: %w", m.Name, err)
	}
	if n != m.Size {
		return "", badinput.Errorf("%s: has %d bytes, not %d", m.Name, n, m.Size)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8]), nil
}

// preloads lists the modules that the page itself needs, for the browser to fetch them all at once. Those of the workers are
// fetched there.
func preloads(files map[string][]byte) []string {
	var modules []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		folder := path.Dir(name)
		inPage := folder == "." || folder == "panels" || folder == "view" || folder == "results"
		if strings.HasSuffix(name, ".js") && inPage && name != "main.js" && name != "theme.js" && name != "wasm_exec.js" {
			modules = append(modules, name)
		}
	}
	return append(modules, "engine/engine.js", "engine/store.js", "rows/fields.js")
}

// fillIndex fills in the page. Config is JSON, which html/template writes as such within a script.
func fillIndex(index []byte, base string, config any, preload []string) ([]byte, error) {
	page, err := template.New(indexPath).Parse(string(index))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, struct {
		Base, Policy string
		Config       any
		Preload      []string
	}{base, policy, config, preload})
	return b.Bytes(), err
}

// fillWorker puts in front of the service worker which files it keeps, and a version that changes with any of them and with
// the model.
func fillWorker(worker []byte, paths []string, version string) []byte {
	files := []string{"./"}
	for _, path := range paths {
		if path != indexPath {
			files = append(files, path)
		}
	}
	list, _ := json.Marshal(files) // strings always can be
	return fmt.Appendf(nil, "const version = %q;\nconst files = %s;\n%s", version, list, worker)
}
