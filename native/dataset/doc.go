// Package dataset makes data sets of files of reviews and says what is in them.
//
// Build merges files, cleans texts, drops what is empty or there twice, balances the labels and orders the rows. Divide parts a
// file into training, test and validation rows. Measure counts lengths, labels, duplicates and languages. Pick takes a few rows
// to look at. Nothing is lost silently: every row that is read either stands in a result or is counted under a reason.
//
// Rows wait in a file of the system's temporary folder, so that memory holds an entry of about a hundred bytes for each, whatever
// its text and its other fields are.
package dataset
