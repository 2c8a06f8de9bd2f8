// Package recipes holds settings that are known to work, as files of settings that are part of the program: a folder for each
// command, a file for each recipe. A recipe is what a file of settings is, and "about" says what it is for.
package recipes
