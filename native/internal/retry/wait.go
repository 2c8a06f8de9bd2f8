package retry

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// rateLimit finds the seconds until the limit is lifted in a RateLimit header such as "api";r=0;t=55, of the IETF's draft
// "RateLimit header fields for HTTP".
var rateLimit = regexp.MustCompile(`;\s*t=(\d{1,9})\b`)

// WaitAsked returns how long a server asks its client to wait before the next request: what Retry-After says, in seconds or as
// a date, or else the RateLimit header. It returns 0 when neither says anything.
func WaitAsked(header http.Header, now time.Time) time.Duration {
	after := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(after, 64); err == nil && seconds >= 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second))
	}
	if date, err := http.ParseTime(after); err == nil {
		return max(date.Sub(now), 0)
	}
	if match := rateLimit.FindStringSubmatch(header.Get("RateLimit")); match != nil {
		seconds, err := strconv.Atoi(match[1])
		if err == nil {
			return time.Duration(seconds) * time.Second
		}
	}
	return 0
}
