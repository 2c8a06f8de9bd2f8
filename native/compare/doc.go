// Package compare measures several classifiers, models and saved predictions alike, on one labelled set, and says what of their
// differences is more than chance.
//
// Every classifier is measured on the same rows, by the same labels. Pairs are compared by McNemar's exact test, with Holm's
// correction when there are several, and by a paired bootstrap. Models take turns in classifying the rows, so that whatever
// slows the machine down slows all of them.
package compare
