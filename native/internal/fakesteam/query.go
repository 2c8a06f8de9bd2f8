package fakesteam

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
)

// The labels that a filter lets through, as the newer endpoint numbers them.
const (
	anyLabel = iota
	onlyPositive
	onlyNegative
)

// The ways of buying that a filter lets through, as the newer endpoint numbers them.
const (
	boughtOnSteam = iota
	boughtAnywhere
	boughtElsewhere
)

// filter is what a request asks for.
type filter struct {
	app       int64
	languages []string // nil for all
	label     int
	elsewhere bool // reviews by those who bought elsewhere, only
	steam     bool // reviews by those who bought on Steam, only
}

func (f *filter) wants(r *Review) bool {
	return (f.languages == nil || slices.Contains(f.languages, r.Language)) && !(f.steam && !r.Bought) && !(f.elsewhere && r.Bought)
}

// query is a request to one of the endpoints.
type query struct {
	filter
	size   int    // rows a page
	cursor string // as it arrived
	recent bool   // sorted by time, which is the only order that ends
}

func (q *query) purchase(kind int) {
	q.steam, q.elsewhere = kind == boughtOnSteam, kind == boughtElsewhere
}

// newerQuery reads input_json.
func newerQuery(values url.Values) (query, error) {
	var in struct {
		App       int64    `json:"appid"`
		Filter    int      `json:"filter"`
		Languages []string `json:"languages"`
		Label     int      `json:"review_type"`
		Purchase  int      `json:"purchase_type"`
		Size      *int     `json:"num_per_page"`
		Cursor    string   `json:"cursor"`
	}
	if err := json.Unmarshal([]byte(values.Get("input_json")), &in); err != nil {
		return query{}, fmt.Errorf("input_json: %w", err)
	}
	q := query{filter: filter{app: in.App, label: in.Label}, size: 20, cursor: in.Cursor, recent: in.Filter == 1 || in.Filter == 2}
	if in.Size != nil {
		q.size = *in.Size
	}
	if !slices.Contains(in.Languages, "all") {
		q.languages = in.Languages
	}
	q.purchase(in.Purchase)
	return q, q.check()
}

// olderQuery reads the parameters of appreviews.
func olderQuery(app string, values url.Values) (query, error) {
	id, err := strconv.ParseInt(app, 10, 64)
	if err != nil || values.Get("json") != "1" {
		return query{}, errors.New("want appreviews/APP?json=1")
	}
	q := query{filter: filter{app: id}, size: 20, cursor: values.Get("cursor"), recent: values.Get("filter") == "recent" || values.Get("filter") == "updated"}
	if size := values.Get("num_per_page"); size != "" {
		if q.size, err = strconv.Atoi(size); err != nil {
			return q, err
		}
	}
	switch language := values.Get("language"); language {
	case "all":
	case "":
		q.languages = []string{"english"} // the caller's
	default:
		q.languages = []string{language}
	}
	q.label = max(slices.Index([]string{"all", "positive", "negative"}, values.Get("review_type")), anyLabel)
	q.purchase(max(slices.Index([]string{"steam", "all", "non_steam_purchase"}, values.Get("purchase_type")), boughtOnSteam))
	return q, q.check()
}

func (q *query) check() error {
	if q.size < 0 || q.size > 100 {
		return fmt.Errorf("num_per_page %d", q.size)
	}
	return nil
}

// key names a list's filter.
func (f *filter) key() string {
	return fmt.Sprint(f.app, f.languages, f.label, f.steam, f.elsewhere)
}

// cursorOf writes a position as a cursor. Its bytes give all the characters that a URL would change: + / =.
func cursorOf(position, nonce int) string {
	b := binary.BigEndian.AppendUint32([]byte{0x02, 0x82, 0x78, 0xfb, 0xef, 0xbe, 0xff, 0xff}, uint32(position))
	return base64.StdEncoding.EncodeToString(append(b, byte(nonce)))
}

// position reads a cursor: "" and "*" are the beginning.
func position(cursor string) (int, bool) {
	if cursor == "" || cursor == "*" {
		return 0, true
	}
	b, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil || len(b) != 13 {
		return 0, false
	}
	return int(binary.BigEndian.Uint32(b[8:12])), true
}
