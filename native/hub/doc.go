// Package hub finds, describes and fetches base models on the Hugging Face Hub, and finds those that are already in its cache.
//
// A Client talks to the hub: Search lists models, Describe says what one is and whether lorica can train it, Pull brings the files
// that lorica needs into the cache. Describe downloads no weights: the same code that opens a model on disk opens it through
// ranges of its remote files, of which it reads the headers.
//
// The cache is that of Python's huggingface_hub, to the file: models--org--name with blobs named after their entity tags, a folder
// of links a commit below snapshots, and the commit that a branch or tag stood for below refs. Either side finds what the other
// has fetched, and both wait for the same locks. A Cache finds models without any request; native.Open goes through it.
//
// # What is trusted
//
// Nothing that arrives. Bodies have limits, names of files and tags are checked before they become paths, the SHA-256 or git's
// hash of a file is compared with what the hub said of it before the file gets its name, and a snapshot's branch is only
// written when all its files are there. The token goes to the hub's own address and nowhere else: a redirect to another host,
// port or protocol is followed without it.
package hub
