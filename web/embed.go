package web

import (
	"embed"
	"io/fs"
)

//go:generate go run ./internal/wasmexec page/wasm_exec.js

// The page's own files. page/index.html is a template, and page/sw.js gets its list of files in front.
//
//go:embed page
var embedded embed.FS

// pageFiles returns the files of page/ by their paths below it.
func pageFiles() (map[string][]byte, error) {
	files := make(map[string][]byte)
	page, err := fs.Sub(embedded, "page")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(page, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(page, path)
		return err
	})
	return files, err
}
