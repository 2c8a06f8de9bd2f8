package hub

import (
	"net/url"
	"testing"
)

func TestWhereARedirectMayLeadAndWhoIsTheHub(t *testing.T) {
	for _, test := range []struct {
		from, to  string
		may, same bool
	}{
		{"https://hub.example/a", "https://hub.example/b", true, true},
		{"https://hub.example/a", "https://hub.example:443/b", true, true},
		{"https://hub.example/a", "https://HUB.example/b", true, true},
		{"https://hub.example/a", "https://cdn.hub.example/b", true, false},
		{"https://hub.example/a", "https://hub.example:8443/b", true, false},
		{"https://hub.example/a", "http://hub.example/b", false, false}, // leaves encryption
		{"http://127.0.0.1:80/a", "http://127.0.0.1/b", true, true},
		{"http://127.0.0.1:80/a", "http://127.0.0.1:81/b", true, false},
		{"http://hub.example/a", "https://hub.example/b", true, false},
		{"https://hub.example/a", "file:///b", false, false},
		{"http://hub.example/a", "ftp://hub.example/b", false, false},
	} {
		from, err := url.Parse(test.from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := from.Parse(test.to)
		if err != nil {
			t.Fatal(err)
		}
		if may, same := mayFollow(from, to) == nil, sameOrigin(from, to); may != test.may || same != test.same {
			t.Errorf("from %s to %s: may %v, same %v", test.from, test.to, may, same)
		}
	}
}
