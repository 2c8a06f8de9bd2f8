package main

import (
	"bytes"
	"os"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestTheCommittedTablesAreWhatThisCommandWrites(t *testing.T) {
	if norm.Version != version {
		t.Skip("golang.org/x/text has Unicode " + norm.Version)
	}
	committed, err := os.ReadFile("../../../tokenizer/internal/forms/data.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, source()) {
		t.Error("tokenizer/internal/forms/data.go is another; run go generate ./tokenizer/internal/forms")
	}
}
