// Package data turns files of labelled reviews into rows, classes and splits.
//
// A Reader streams rows from JSON lines, JSON, CSV and TSV files, gzipped or not, and names file and line of whatever is
// wrong with them. Labels maps what such files say (true, 1, "pos", "1.0") to class ids. Set holds the rows of one
// file in memory, and from there the package gives what training and evaluation need: the splits that Hugging Face's
// datasets and scikit-learn make (row for row, from the same generators), the texts that stand in both halves, class
// weights, and a digest that says which rows a model has seen.
package data
