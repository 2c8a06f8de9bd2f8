package hub

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Sort is what a search is sorted by.
type Sort string

// The keys that the hub sorts by.
const (
	ByDownloads Sort = "downloads"
	ByLikes     Sort = "likes"
	ByTrending  Sort = "trending"
	ByCreated   Sort = "created"
	ByModified  Sort = "modified"
)

// sorts gives the API's names, and how two models compare.
var sorts = map[Sort]struct {
	name    string
	compare func(a, b *Info) int
}{
	ByDownloads: {"downloads", func(a, b *Info) int { return cmp.Compare(a.Downloads, b.Downloads) }},
	ByLikes:     {"likes", func(a, b *Info) int { return cmp.Compare(a.Likes, b.Likes) }},
	ByTrending:  {"trendingScore", nil}, // which the hub does not tell
	ByCreated:   {"createdAt", func(a, b *Info) int { return a.Created.Compare(b.Created) }},
	ByModified:  {"lastModified", func(a, b *Info) int { return a.Modified.Compare(b.Modified) }},
}

// ParseSort reads a key.
func ParseSort(s string) (Sort, error) {
	if _, ok := sorts[Sort(s)]; !ok {
		return "", fmt.Errorf("%q: want downloads, likes, trending, created or modified", s)
	}
	return Sort(s), nil
}

// Query is a search. The hub applies what comes before Exclude, lorica the rest to what the hub sends.
type Query struct {
	// Text is a part of the ids.
	Text string
	// Author, Task and Filters (tags, such as "en" or "license:mit") narrow the search; all of them have to fit.
	Author, Task string
	Filters      []string
	// Sort is the order, with the largest or newest first unless Ascending.
	Sort      Sort
	Ascending bool
	// Exclude are patterns such as "org/*" or "*-japanese", which are matched with the id and with its last word, without regard to case.
	Exclude []string
	// BaseOnly leaves out specialised models, TrainableOnly those that lorica cannot train as far as the list tells.
	BaseOnly, TrainableOnly bool
	// ModelTypes are those wanted, such as "roberta"; none is all.
	ModelTypes []string
	// MaxParameters is the size of the largest models wanted, 0 for any; models of unknown size are wanted.
	MaxParameters int64
	// Limit is how many models are wanted, and LookAt how many the hub is asked for at most to find them.
	Limit, LookAt int
}

// DefaultQuery returns the ten most downloaded models among the first two thousand.
func DefaultQuery() Query { return Query{Sort: ByDownloads, Limit: 10, LookAt: 2000} }

// Validate checks the query.
func (q Query) Validate() error {
	if _, err := ParseSort(string(q.Sort)); err != nil {
		return fmt.Errorf("sort: %w", err)
	}
	switch {
	case q.Limit < 1:
		return fmt.Errorf("limit %d: want at least 1", q.Limit)
	case q.LookAt < q.Limit:
		return fmt.Errorf("look at %d: want at least as many as are wanted, %d", q.LookAt, q.Limit)
	case q.Ascending && q.Sort == ByTrending:
		return errors.New("the hub sorts by trending from the top only")
	case q.MaxParameters < 0:
		return fmt.Errorf("at most %d parameters: want 0 or more", q.MaxParameters)
	}
	for _, pattern := range q.Exclude {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("exclude %q: %w", pattern, err)
		}
	}
	return nil
}

// ReadExcludes reads patterns, one a line; empty lines and those that begin with # are passed over.
func ReadExcludes(r io.Reader) ([]string, error) {
	var patterns []string
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		pattern := strings.TrimSpace(lines.Text())
		if pattern == "" || strings.HasPrefix(pattern, "#") {
			continue
		}
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, badinput.Errorf("line %d: %q: %w", number, pattern, err)
		}
		patterns = append(patterns, pattern)
	}
	if err := lines.Err(); err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	return patterns, nil
}

// Found is the result of a search.
type Found struct {
	Models []*Info `json:"models"`
	// Looked is how many models the hub has sent, More whether it has more.
	Looked int  `json:"looked_at"`
	More   bool `json:"more"`
}

// pageSize is how many models are asked for at a time.
const pageSize = 100

// Search lists models. It asks for further pages until enough have been found, LookAt have been looked at, or there are no more.
func (c *Client) Search(ctx context.Context, q Query) (*Found, error) {
	if err := q.Validate(); err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	// The hub sorts upwards by the date of creation only. For other keys the least come first when all have been seen.
	all := q.Ascending && q.Sort != ByCreated
	found := &Found{Models: []*Info{}}
	address := c.config.Endpoint + "/api/models?" + q.parameters(all).Encode()
	for address != "" {
		var page []apiModel
		header, err := c.getJSON(ctx, address, maxListJSON, &page)
		if err != nil {
			return nil, fmt.Errorf("searching: %w", err)
		}
		for n := range page {
			if _, err := ParseID(page[n].ID); err != nil {
				continue // not to be asked for, or shown
			}
			i := c.newInfo(&page[n])
			i.quickVerdict()
			if found.Looked++; q.wants(i) {
				found.Models = append(found.Models, i)
			}
		}
		if address, err = c.nextPage(header); err != nil {
			return nil, fmt.Errorf("searching: %w", err)
		}
		if enough := len(found.Models) >= q.Limit && !all; enough || found.Looked >= q.LookAt || len(page) == 0 {
			break
		}
	}
	found.More = address != "" || len(found.Models) > q.Limit
	if all && address != "" {
		return nil, badinput.Errorf("the hub sorts by %s from the top only, and more than %d models fit: narrow the search", q.Sort, q.LookAt)
	}
	if all {
		slices.SortStableFunc(found.Models, sorts[q.Sort].compare)
	}
	found.Models = found.Models[:min(len(found.Models), q.Limit)]
	return found, nil
}

// parameters are those of the address.
func (q Query) parameters(all bool) url.Values {
	values := url.Values{"sort": {sorts[q.Sort].name}, "limit": {strconv.Itoa(pageSize)}}
	if q.Ascending && !all {
		values.Set("direction", "1")
	}
	for key, value := range map[string]string{"search": q.Text, "author": q.Author, "pipeline_tag": q.Task} {
		if value != "" {
			values.Set(key, value)
		}
	}
	values["filter"] = q.Filters
	values["expand"] = []string{
		"author", "cardData", "config", "createdAt", "downloads", "gated", "lastModified", "library_name", "likes", "pipeline_tag", "private",
		"safetensors", "sha", "tags",
	}
	return values
}

// wants applies what the hub has not.
func (q Query) wants(i *Info) bool {
	switch {
	case q.BaseOnly && i.Specialised != "", q.TrainableOnly && !i.Trainable:
		return false
	case len(q.ModelTypes) > 0 && !slices.Contains(q.ModelTypes, i.ModelType):
		return false
	case q.MaxParameters > 0 && i.Parameters != nil && i.Parameters.Total > q.MaxParameters:
		return false
	}
	id := strings.ToLower(i.ID)
	return !slices.ContainsFunc(q.Exclude, func(pattern string) bool {
		pattern = strings.ToLower(pattern)
		whole, _ := path.Match(pattern, id)
		last, _ := path.Match(pattern, path.Base(id))
		return whole || last
	})
}

// nextLink finds the next page in a Link header.
var nextLink = regexp.MustCompile(`<([^<>]+)>\s*;[^,]*\brel="?next"?`)

// nextPage returns the address of the next page, "" after the last. What a mirror passes on names the hub itself: only the
// query counts.
func (c *Client) nextPage(header http.Header) (string, error) {
	match := nextLink.FindStringSubmatch(header.Get("Link"))
	if match == nil {
		return "", nil
	}
	next, err := url.Parse(match[1])
	if err != nil || !strings.HasSuffix(next.Path, "/api/models") {
		return "", badinput.Errorf("the next page is at an address that is not understood: %q", plain(match[1]))
	}
	return c.config.Endpoint + "/api/models?" + next.RawQuery, nil
}
