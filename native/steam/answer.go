package steam

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// answer is a page of reviews, of either endpoint.
type answer struct {
	reviews   []review
	malformed []error // what is wrong with objects that are no reviews
	cursor    string  // of the next page
	known     bool    // the app is one
	total     int     // reviews that match, -1 when the answer does not say
	// Totals of the labels, whatever label was asked for; -1 when the answer does not say.
	positive, negative int
}

// errUnanswered is what the older endpoint says when it does not answer.
var errUnanswered = errors.New("the query was not answered")

// parseAnswer reads a page about an app. The newer endpoint wraps in {"response"} what the older one gives with "success".
func parseAnswer(body []byte, app int64, label Label) (*answer, error) {
	members, err := membersOf(mend(body))
	if err != nil {
		return nil, err
	}
	if wrapped, ok := members["response"]; ok {
		if members, err = membersOf(wrapped); err != nil {
			return nil, fmt.Errorf("response: %w", err)
		}
	} else if success := scalar(members["success"]); success != "1" && string(members["success"]) != "true" {
		return nil, fmt.Errorf("%w: success %s", errUnanswered, excerpt(members["success"]))
	}
	a := &answer{cursor: scalar(members["cursor"]), total: -1, positive: -1, negative: -1}
	if err := a.readTotals(members, label); err != nil {
		return nil, err
	}
	list := members["reviews"]
	if len(list) == 0 || string(list) == "null" {
		return a, nil
	}
	var objects []json.RawMessage
	if err := json.Unmarshal(list, &objects); err != nil {
		return nil, errors.New("reviews: want a list")
	}
	a.known = true
	for _, object := range objects {
		r, err := parseReview(object, app)
		if err != nil {
			a.malformed = append(a.malformed, err)
			continue
		}
		a.reviews = append(a.reviews, r)
	}
	return a, nil
}

// readTotals reads how many reviews there are. The older endpoint gives totals on the first page and without a label only; its
// summary then has nothing but num_reviews, the rows of this page.
func (a *answer) readTotals(members map[string]json.RawMessage, label Label) error {
	raw, ok := members["query_summary"]
	if ok {
		a.known = true
		summary, err := membersOf(raw)
		if err != nil {
			return fmt.Errorf("query_summary: %w", err)
		}
		a.positive, a.negative = int(integer(summary["total_positive"], -1)), int(integer(summary["total_negative"], -1))
		a.total = map[Label]int{All: int(integer(summary["total_reviews"], -1)), Positive: a.positive, Negative: a.negative}[label]
	}
	a.total = int(integer(members["total_matching"], int64(a.total)))
	return nil
}

// isMarkup tells a page for people.
func isMarkup(contentType string, body []byte) bool {
	return strings.Contains(strings.ToLower(contentType), "html") || strings.HasPrefix(strings.TrimSpace(string(body[:min(len(body), 100)])), "<")
}
