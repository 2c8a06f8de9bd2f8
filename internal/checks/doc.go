// Package checks holds the tests of the repository itself: which package may import which, how long a file may be, what
// must be documented, what no file may say.
//
// rooms_test.go has the table of rooms, which is the rule on imports; repository_test.go the rules on files. The command
// in skips reads the events of `go test -json` and fails where a test was skipped for a reason that is no good one.
package checks
