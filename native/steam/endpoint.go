package steam

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// pageSize is how many reviews a page has: the most that either endpoint gives.
const pageSize = 100

// Where the endpoints are.
const (
	v1Host     = "https://api.steampowered.com"
	legacyHost = "https://store.steampowered.com"
)

// request is one request for a page, or for the totals alone.
type request struct {
	app    int64
	label  Label
	cursor string
	size   int
	// again makes the address another one than before, so that no cache between here and Steam answers.
	again int
}

// input is the newer endpoint's input_json. Its enums: filter 0 helpful, 1 recent, 2 updated, 3 funny; review_type 0 all, 1 positive,
// 2 negative; purchase_type 0 Steam, 1 all, 2 elsewhere.
type input struct {
	App       int64    `json:"appid"`
	Filter    int      `json:"filter"`
	Languages []string `json:"languages"`
	Label     int      `json:"review_type"`
	Purchase  int      `json:"purchase_type"`
	Size      int      `json:"num_per_page"`
	OffTopic  bool     `json:"filter_offtopic_activity"`
	Cursor    string   `json:"cursor"`
}

// address returns the URL of a request; base is the endpoint's host, with or without a path in front.
func (q *Query) address(base string, r request) (string, error) {
	values := url.Values{}
	var path string
	if q.API == Legacy {
		path = fmt.Sprintf("/appreviews/%d", r.app)
		values.Set("json", "1")
		values.Set("filter", string(q.Order))
		values.Set("language", q.Languages[0])
		values.Set("review_type", string(r.label))
		values.Set("purchase_type", map[Purchase]string{Anywhere: "all", OnSteam: "steam", Elsewhere: "non_steam_purchase"}[q.Purchase])
		values.Set("num_per_page", strconv.Itoa(r.size))
		values.Set("cursor", r.cursor)
		if !q.DropOffTopic {
			values.Set("filter_offtopic_activity", "0")
		}
	} else {
		path = "/IUserReviewsService/GetAppReviews/v1/"
		encoded, err := json.Marshal(input{
			App: r.app, Filter: map[Order]int{Recent: 1, Updated: 2}[q.Order], Languages: q.Languages,
			Label:    map[Label]int{All: 0, Positive: 1, Negative: 2}[r.label],
			Purchase: map[Purchase]int{OnSteam: 0, Anywhere: 1, Elsewhere: 2}[q.Purchase],
			Size:     r.size, OffTopic: q.DropOffTopic, Cursor: r.cursor,
		})
		if err != nil {
			return "", err
		}
		values.Set("input_json", string(encoded))
	}
	if r.again > 0 {
		values.Set("nocache", strconv.Itoa(r.again))
	}
	return strings.TrimRight(base, "/") + path + "?" + values.Encode(), nil
}

// host returns where the endpoint is when nothing else is said.
func (a API) host() string {
	if a == Legacy {
		return legacyHost
	}
	return v1Host
}
