// Package web serves the page that classifies in the browser, and writes it as files for any other server.
//
// The page is plain HTML, CSS and JavaScript modules (page/), a Go program for wasm with its kernels, and one model. Its files
// lie below an address with the digest of all of them, so that a browser may keep them for ever; only the page itself and its
// service worker, which names those addresses, are asked for again.
package web
