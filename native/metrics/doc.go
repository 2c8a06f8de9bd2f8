// Package metrics measures classifiers: scikit-learn's numbers, and its classification report to the digit.
//
// Evaluate takes logits and true classes and gives a Report, which is also what is written as JSON. Classify does the
// part that needs predictions only. The functions under them (ROCAUC, LogLoss, MCC, ...) follow scikit-learn in
// degenerate cases, too: what it calls undefined is NaN here, which JSON carries as null. Sums that decide a printed digit
// are taken in numpy's order.
package metrics
