package main

import "strings"

// needsReferenceData begins the reason that internal/shared gives when a file of the reference data is not there.
const needsReferenceData = "needs reference data: "

// goodReasons are how the reason of a skipped test may begin on any machine: what it says is not there cannot be brought
// about by installing, copying or setting something.
var goodReasons = []string{
	"this CPU lacks ",      // an instruction set
	"this platform lacks ", // a facility of the operating system: memory maps, signals, file permissions
	"root may ",            // a file that nobody may read or write, in a test that runs as root
}

// allowedReasons returns how the reason of a skipped test may begin. Where the reference data is, no test may miss it.
func allowedReasons(haveReferenceData bool) []string {
	if haveReferenceData {
		return goodReasons
	}
	return append([]string{needsReferenceData}, goodReasons...)
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
