// Package bigram is the classifier that an encoder has to beat: logistic regression on the words of a text and on its pairs of
// neighbouring words.
//
// The definitions are scikit-learn's, those of TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True) and of
// LogisticRegression(C=C), so that the figures can be had from it as well; testdata/make_reference.py does, and a test compares.
package bigram
