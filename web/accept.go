package web

import (
	"strconv"
	"strings"
)

// preferred are the encodings from the smallest to the plainest.
var preferred = []encoding{brotliEn, gzipEn, identity}

// choose returns the encoding to answer with, given the values of Accept-Encoding (RFC 9110, 12.5.3): of those that the client
// takes and has no lower weight than another, the smallest that the asset has.
func choose(header []string, a *asset) encoding {
	weights := make(map[string]float64)
	for _, part := range strings.Split(strings.Join(header, ","), ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight := 1.0
		for parameter := range strings.SplitSeq(parameters, ";") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
				weight = 0 // what is no number is no wish
				if q, err := strconv.ParseFloat(value, 64); err == nil {
					weight = q
				}
			}
		}
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			weights[name] = weight
		}
	}
	best, most := identity, 0.0
	for _, e := range preferred {
		weight, named := weights[string(e)]
		if e == identity {
			weight, named = weights["identity"]
			if !named {
				weight, named = 1e-9, true // always welcome, unless it says otherwise
			}
		}
		if !named {
			weight = weights["*"]
		}
		if a.forms[e] != nil && weight > most {
			best, most = e, weight
		}
	}
	return best
}
