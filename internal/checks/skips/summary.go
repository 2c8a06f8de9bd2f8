package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// An event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string // "" in what concerns the package
	Output  string
}

// key identifies a test.
type key struct{ pkg, test string }

// A summary collects what the events say.
type summary struct {
	out     io.Writer
	allowed []string

	output  map[key][]string // the lines of the tests that run
	failing map[string]bool  // the packages in which a test failed
	skipped map[string]int   // how many tests for each reason, without its details
	refused []string         // the tests that were skipped for no good reason

	passed, failed, skips int
}

// maxLine bounds one event: a test's output comes line by line.
const maxLine = 16 << 20

// summarize copies from events to out what go test would print, then the reasons for which tests were skipped, then the
// closing line. It returns whether all is well: at least one test ran, none failed, none was skipped for a reason that
// begins with none of allowed. Lines that are not events go to out as they are.
func summarize(events io.Reader, out io.Writer, allowed []string) (bool, error) {
	buffered := bufio.NewWriter(out)
	s := &summary{
		out:     buffered,
		allowed: allowed,
		output:  make(map[key][]string),
		failing: make(map[string]bool),
		skipped: make(map[string]int),
	}
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Action == "" {
			fmt.Fprintln(buffered, lines.Text())
		} else {
			s.add(e)
		}
		if err := buffered.Flush(); err != nil {
			return false, err
		}
	}
	ok := s.close()
	return ok, errors.Join(lines.Err(), buffered.Flush())
}

// add takes one event in.
func (s *summary) add(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "output":
		switch {
		case e.Test != "" && !strings.HasPrefix(e.Output, "=== "): // which begins what -v adds
			s.output[k] = append(s.output[k], e.Output)
		case e.Test == "" && e.Output != "PASS\n":
			fmt.Fprint(s.out, e.Output)
		}
	case "pass":
		if e.Test != "" {
			s.passed++
			delete(s.output, k)
		}
	case "fail":
		s.fail(e, k)
	case "skip":
		if e.Test != "" {
			s.skip(k)
		}
	}
}

// fail prints what a failed test said. A package that fails without a failed test, since it does not build or exits,
// counts as one.
func (s *summary) fail(e event, k key) {
	switch {
	case e.Test != "":
		fmt.Fprint(s.out, strings.Join(s.output[k], ""))
		delete(s.output, k)
		s.failing[e.Package] = true
		s.failed++
	case !s.failing[e.Package]:
		s.failing[e.Package] = true
		s.failed++
	}
}

// skip counts a skipped test and judges its reason.
func (s *summary) skip(k key) {
	reason := reasonOf(s.output[k])
	delete(s.output, k)
	s.skips++
	what, _, _ := strings.Cut(reason, ": ") // without the file that is missing
	s.skipped[what]++
	if !isAllowed(reason, s.allowed) {
		s.refused = append(s.refused, fmt.Sprintf("%s %s: %s", k.pkg, k.test, reason))
	}
}

// logged matches a line that a test logged; go test indents it by its depth.
var logged = regexp.MustCompile(`^ +\S+\.go:\d+: (.*)$`)

// reasonOf returns the reason that a skipped test gave, which is the last that it logged.
func reasonOf(output []string) string {
	reason := "no reason given"
	for _, line := range output {
		if match := logged.FindStringSubmatch(strings.TrimRight(line, "\n")); match != nil {
			reason = match[1]
		}
	}
	return reason
}

// close prints the findings on skipped tests and the closing line, and returns whether all is well.
func (s *summary) close() bool {
	for _, reason := range slices.Sorted(maps.Keys(s.skipped)) {
		fmt.Fprintf(s.out, "skipped %d: %s\n", s.skipped[reason], reason)
	}
	for _, refused := range s.refused {
		fmt.Fprintf(s.out, "FAIL: skipped without a good reason: %s\n", refused)
	}
	if s.passed+s.failed == 0 {
		fmt.Fprintln(s.out, "FAIL: no test ran")
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skips)
	return s.passed > 0 && s.failed == 0 && len(s.refused) == 0
}
