// Package settings reads and writes the settings of a command as a file, in YAML or JSON.
//
// A file is one mapping of names to values: a truth value, a number, a text, or a list of such. It has no levels, anchors, aliases
// or tags of its own. Every value knows its place, so that whoever takes it can say where it is wrong.
package settings
