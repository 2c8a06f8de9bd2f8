package main

import (
	"slices"
	"strings"
)

// goodReasons are how the reason of a skipped test may begin on any machine: what it says is not there cannot be brought
// about by installing, copying or setting something.
var goodReasons = []string{
	"this CPU lacks ",      // an instruction set
	"this platform lacks ", // a facility of the operating system: memory maps, signals, file permissions
	"root may ",            // read or write any file, in a test on one that nobody may
	"needs go1.",           // of one version; what it built is committed
	"needs clang-",         // of one version; what it wrote is committed, with a digest of its sources, which is always checked
}

// conditionalReasons are how the reason may begin where what it asks for is not there.
const (
	needsReferenceData = "needs reference data: " // what internal/shared says
	needsPython        = "needs LORICA_PYTHON"    // an interpreter for the comparisons with the libraries that lorica replaces
	needsNode          = "needs node: "           // what exec.LookPath says
	needsChromium      = "needs Chromium: "       // what web/internal/chromium says
)

// allowedReasons returns how the reason of a skipped test may begin, given what the machine has.
func allowedReasons(haveReferenceData, havePython, haveNode, haveChromium bool) []string {
	allowed := slices.Clone(goodReasons)
	if !haveReferenceData {
		allowed = append(allowed, needsReferenceData)
	}
	if !havePython {
		allowed = append(allowed, needsPython)
	}
	if !haveNode {
		allowed = append(allowed, needsNode)
	}
	if !haveChromium {
		allowed = append(allowed, needsChromium)
	}
	return allowed
}

// isAllowed reports whether the reason begins as one of the allowed.
func isAllowed(reason string, allowed []string) bool {
	for _, prefix := range allowed {
		if strings.HasPrefix(reason, prefix) {
			return true
		}
	}
	return false
}
