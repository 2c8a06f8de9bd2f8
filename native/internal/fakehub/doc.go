// Package fakehub is a Hugging Face hub on loopback, for tests and for runs without the real one: the API, the files, and a CDN on
// another port that large files are redirected to.
//
// It answers as the hub does where clients depend on it: X-Repo-Commit, X-Linked-Etag and X-Linked-Size, a relative redirect
// for small files and a redirect to the CDN for those that git LFS would keep, git's hash or the SHA-256 as entity tag, ranges, pages
// with a Link header, gated and private repositories, redirects from old names, error codes in X-Error-Code. The CDN refuses
// requests that still carry the hub's Authorization, as storage with signed addresses does.
//
// Faults make it misbehave: dropped connections, wrong bytes, refusals with and without Retry-After, ignored ranges, stalls.
//
// The command in serve offers folders on disk: what the tests do can be done by hand, too, and with Python's huggingface_hub.
package fakehub
