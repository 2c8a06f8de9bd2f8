package abi

// AppendReply begins a reply; what was asked for follows.
func AppendReply(b []byte) []byte { return append(b, byte(OK)) }

// AppendError appends the whole of a reply that reports a failure.
func AppendError(b []byte, e *Error) []byte {
	w := writer(b)
	w.byte(byte(e.Kind))
	w.string(e.Text)
	return w
}

// ReadReply returns the answer in a reply, or the *Error that it reports. A reply that is neither is an error of another type.
func ReadReply(b []byte) ([]byte, error) {
	r := reader{rest: b}
	kind := Kind(r.byte())
	switch {
	case r.err != nil:
		return nil, r.err
	case kind == OK:
		return r.rest, nil
	case kind > Internal:
		r.fail("a reply of kind %d", byte(kind))
		return nil, r.err
	}
	e := &Error{Kind: kind, Text: r.string()}
	if err := r.end(); err != nil {
		return nil, err
	}
	return nil, e
}

// Append appends the facts, the answer of Open.
func (f *Facts) Append(b []byte) []byte {
	w := writer(b)
	for _, s := range []string{f.Kernels, f.ModelType, f.DType, f.Name, string(f.Provenance)} {
		w.string(s)
	}
	w.uint32(len(f.Labels))
	for _, l := range f.Labels {
		w.string(l)
	}
	w.int64(f.Parameters)
	w.int64(f.Bytes)
	for _, n := range []int{f.Vocabulary, f.Limit, f.MaxTokens, f.Probes} {
		w.uint32(n)
	}
	w.bool(f.Checked)
	w.float64(f.Worst)
	return w
}

// ReadFacts reads what Facts.Append wrote.
func ReadFacts(b []byte) (*Facts, error) {
	r := reader{rest: b}
	f := &Facts{Kernels: r.string(), ModelType: r.string(), DType: r.string(), Name: r.string(), Provenance: []byte(r.string())}
	f.Labels = make([]string, r.length(MaxLabels, 4))
	for i := range f.Labels {
		f.Labels[i] = r.string()
	}
	f.Parameters, f.Bytes = r.int64(), r.int64()
	f.Vocabulary, f.Limit, f.MaxTokens, f.Probes = r.uint32(), r.uint32(), r.uint32(), r.uint32()
	f.Checked, f.Worst = r.bool(), r.float64()
	return f, r.end()
}
