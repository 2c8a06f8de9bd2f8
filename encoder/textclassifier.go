package encoder

// TextClassifier is what a host needs of a classifier, wherever it runs: Classifier itself, a native.Classifier, or a
// wasm.Classifier in a sandbox. It is safe for concurrent use.
type TextClassifier interface {
	// Labels returns the class names in the order of Prediction.Scores.
	Labels() []string
	// Encode tokenises an input, cut to the classifier's limit.
	Encode(in Input) (Encoded, error)
	// Classify returns a prediction for every input, in order.
	Classify(ctx Context, inputs []Input) ([]Prediction, error)
	// Explain returns the effect of every word of a text on the score of a class.
	Explain(ctx Context, text string, o ExplainOptions) (*Explanation, error)
}

var _ TextClassifier = (*Classifier)(nil)
