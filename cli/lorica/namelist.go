package main

import "strings"

// nameList is the value of a flag that takes names with commas in between. Unlike pflag's own lists it knows no quotes, so
// that a name may have some. It is a pflag.SliceValue, so that a file of settings may give the names as a list.
type nameList struct {
	names *[]string
	given bool
}

// String returns the names with commas.
func (l *nameList) String() string {
	if l.names == nil {
		return ""
	}
	return strings.Join(*l.names, ",")
}

// Type names the value in help texts.
func (l *nameList) Type() string { return "names" }

// Set takes names with commas. Given again, the flag adds to them.
func (l *nameList) Set(s string) error {
	if !l.given {
		*l.names, l.given = nil, true
	}
	if s != "" {
		*l.names = append(*l.names, strings.Split(s, ",")...)
	}
	return nil
}

// Append adds one name.
func (l *nameList) Append(name string) error {
	*l.names, l.given = append(*l.names, name), true
	return nil
}

// Replace takes names in place of those there are.
func (l *nameList) Replace(names []string) error {
	*l.names, l.given = names, true
	return nil
}

// GetSlice returns the names.
func (l *nameList) GetSlice() []string { return *l.names }
