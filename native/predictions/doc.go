// Package predictions reads and writes files of predictions: what a classifier, lorica's or anybody's, says of the rows of a
// data set.
//
// A file is JSON lines, a JSON array of objects, CSV or TSV, gzipped or not. A row of it may have
//
//	predicted   the label that the row is given: a name, a class's number or, for two classes, a bool; null or absent with no
//	            scores either: no answer
//	label       the same; but where there is a "predicted", too, the true label, which is checked against the data
//	score       the probability of the label that the row is given
//	scores      the probabilities of all labels: an object {label: probability}, a list of {"label", "score"} objects, or a list
//	            of numbers in the order of the labels
//	logits      likewise, before softmax; a list beside an object of scores has that object's order
//	row         the number of the data's row, counted from 0; without it, predictions stand in the order of the data
//	line        the line of that row in its file, counted from 1, which is checked
//
// and anything else, which is passed over. Of predicted, label, scores and logits one is needed. `lorica classify` and
// `lorica eval --predictions` write such files.
package predictions
