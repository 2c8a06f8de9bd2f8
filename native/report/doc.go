// Package report writes what a training run leaves beside its model for people to read: curves, a confusion matrix, a
// reliability diagram, a report as text, as JSON, and as one HTML page. It does the same for a comparison of classifiers.
//
// Write takes a Run, which holds the facts, the log and the measures, and fills a folder; WriteComparison takes what compare
// has found. The same gives the same bytes: nothing is read from the clock, the machine or the environment. The pages need no
// network, no scripts and no other file; they follow the reader's light or dark setting, a narrow screen and the printer.
//
// Texts and labels come out of data files, so they are untrusted. Every way into a file escapes them: html/template in the
// page, encoding/json in the JSON, printable and xmlText elsewhere.
package report
