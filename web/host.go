package web

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// hosts are the names under which the page may be asked for.
type hosts []string

// allow reports whether a request's Host may be answered. A page of a foreign site cannot read from this server, unless its
// name is made to point here after it has been loaded (DNS rebinding): then the browser takes both for the same site, but it
// still sends that name. So what is asked for by an address, as localhost or by a name that the server was told of is
// answered, and any other name is not.
func (h hosts) allow(host string) bool {
	name := host
	if without, _, err := net.SplitHostPort(host); err == nil {
		name = without
	}
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.Contains(h, name)
}
