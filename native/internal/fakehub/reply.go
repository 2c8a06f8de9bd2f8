package fakehub

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// reply is an answer that has been found but not sent: it is found under the hub's lock, and sent without.
type reply struct {
	status int
	header http.Header
	body   []byte
	ranges bool // the body is a file, of which the client may ask for a part
}

func (p reply) send(w http.ResponseWriter, r *http.Request) {
	for key, values := range p.header {
		w.Header()[key] = values
	}
	if p.ranges {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.body))
		return
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body) // a client that has gone wants nothing
}

// with adds headers, given as key and value in turn.
func (p reply) with(keysAndValues ...string) reply {
	if p.header == nil {
		p.header = http.Header{}
	}
	for i := 0; i < len(keysAndValues); i += 2 {
		p.header.Set(keysAndValues[i], keysAndValues[i+1])
	}
	return p
}

// refuse is one of the hub's errors.
func refuse(status int, code, message string) reply {
	p := found(map[string]string{"error": message}).with("X-Error-Message", message)
	if code != "" {
		p = p.with("X-Error-Code", code)
	}
	p.status = status
	return p
}

// found is a value as JSON.
func found(value any) reply {
	text, err := json.Marshal(value)
	if err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	return reply{status: http.StatusOK, body: text}.with("Content-Type", "application/json; charset=utf-8")
}

// redirect sends the client elsewhere.
func redirect(status int, location string) reply {
	return reply{status: status}.with("Location", location)
}

// content is a file's content with its entity tag.
func content(body []byte, etag string) reply {
	return reply{status: http.StatusOK, body: body, ranges: true}.with("ETag", `"`+etag+`"`, "Content-Type", "application/octet-stream")
}
