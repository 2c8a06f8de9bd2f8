package format

import "errors"

// wrapped is the error of a format with verbs %w.
type wrapped struct {
	text   string
	causes []error
}

func (e *wrapped) Error() string   { return e.text }
func (e *wrapped) Unwrap() []error { return e.causes }

// wrappedOne is the error of a format with one verb %w: errors.Unwrap sees through it.
type wrappedOne struct {
	text  string
	cause error
}

func (e *wrappedOne) Error() string { return e.text }
func (e *wrappedOne) Unwrap() error { return e.cause }

// smallErrorf is Errorf under WebAssembly.
func smallErrorf(format string, args []any) error {
	text := string(appendf(nil, format, args))
	var causes []error
	verbs(format, func(v verb) {
		if v.letter == 'w' && v.arg < len(args) {
			if err, ok := args[v.arg].(error); ok {
				causes = append(causes, err)
			}
		}
	}, func(string) {})
	switch len(causes) {
	case 0:
		return errors.New(text)
	case 1:
		return &wrappedOne{text, causes[0]}
	}
	return &wrapped{text, causes}
}
