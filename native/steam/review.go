package steam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/native/data"
)

// review is one review of an answer or of the rows file.
type review struct {
	id       string
	app      int64
	updated  int64 // seconds since 1970; 0 when the review does not say
	positive bool
	empty    bool
	row      []byte // the object in one line, without the newline
}

// parseReview reads one object of an answer about an app, or with app 0 of a rows file.
func parseReview(object json.RawMessage, app int64) (review, error) {
	if err := data.CheckJSON(bytes.TrimSpace(object), maxNesting); err != nil {
		return review{}, err
	}
	members, err := membersOf(object)
	if err != nil {
		return review{}, err
	}
	r := review{id: scalar(members["recommendationid"])}
	if r.id == "" {
		return r, errors.New("a review without recommendationid")
	}
	switch vote := members["voted_up"]; string(vote) {
	case "true":
		r.positive = true
	case "false":
	default:
		return r, fmt.Errorf("review %s: voted_up: want true or false, got %s", r.id, excerpt(vote))
	}
	var text *string
	if json.Unmarshal(members["review"], &text) != nil || text == nil {
		return r, fmt.Errorf("review %s: want a text, got %s", r.id, excerpt(members["review"]))
	}
	r.empty = strings.TrimSpace(*text) == ""
	r.updated = integer(members["timestamp_updated"], integer(members["timestamp_created"], 0))
	var row bytes.Buffer
	if err := json.Compact(&row, object); err != nil {
		return r, err
	}
	r.row = row.Bytes()
	switch own, ok := members["appid"]; {
	case !ok && app == 0:
		return r, fmt.Errorf("review %s: no appid", r.id)
	case !ok:
		r.app = app
		r.row = append(fmt.Appendf(nil, `{"appid":%d,`, app), r.row[1:]...)
	default:
		if r.app = integer(own, 0); r.app < 1 || app != 0 && r.app != app {
			return r, fmt.Errorf("review %s: appid %s", r.id, excerpt(own))
		}
	}
	return r, nil
}

// maxNesting bounds how deep a review's objects and lists may stand in each other: less than what readers of rows refuse.
const maxNesting = 16

// membersOf returns an object's members. A name that stands twice is an error: readers would not agree on which one counts.
func membersOf(object []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if opening, err := d.Token(); err != nil || opening != json.Delim('{') {
		return nil, errors.New("want a JSON object")
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // a member's name is one
		if members[name] != nil {
			return nil, fmt.Errorf("member %.80q stands twice", name)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		members[name] = raw
	}
	_, err := d.Token()
	return members, err
}

// scalar returns a string's text or a number's numeral, "" for anything else.
func scalar(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// integer returns a whole number, also one that is written as a string, or otherwise the other.
func integer(raw json.RawMessage, otherwise int64) int64 {
	i, err := strconv.ParseInt(scalar(raw), 10, 64)
	if err != nil {
		return otherwise
	}
	return i
}

// excerpt shows a value in a message.
func excerpt(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%.40s", raw)
}

// mend replaces what has no UTF-8 form by U+FFFD: bytes that are none, and halves of surrogate pairs in \u form.
func mend(body []byte) []byte {
	body = bytes.ToValidUTF8(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), []byte("\ufffd"))
	for i := 0; i+1 < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		if i++; body[i] != 'u' {
			continue
		}
		high := hex(body[i+1:])
		if high < 0xd800 || high > 0xdfff {
			continue
		}
		if behind := body[i+5:]; high <= 0xdbff && bytes.HasPrefix(behind, []byte(`\u`)) {
			if low := hex(behind[2:]); low >= 0xdc00 && low <= 0xdfff {
				i += 10
				continue
			}
		}
		copy(body[i+1:], "fffd")
	}
	return body
}

// hex reads four hexadecimal digits; it returns 0 where there are none.
func hex(digits []byte) uint64 {
	v, err := strconv.ParseUint(string(digits[:min(4, len(digits))]), 16, 32)
	if err != nil || len(digits) < 4 {
		return 0
	}
	return v
}
