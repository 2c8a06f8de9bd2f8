package steam

import "time"

// Summary says what a fetch has brought, over all its runs.
type Summary struct {
	Out      string `json:"out"`
	Complete bool   `json:"complete"` // all that was asked for is there, or all that there is
	// Asked is how many reviews were asked for, 0 for all; Expected how many of these Steam says it has, -1 when it does not say;
	// Fetched how many are in the output.
	Asked    int `json:"asked"`
	Expected int `json:"expected"`
	Fetched  int `json:"fetched"`
	// What became of the others that came.
	Duplicates int `json:"duplicates"`
	Edited     int `json:"edited"`
	Empty      int `json:"empty"`
	Malformed  int `json:"malformed"`
	// Labels counts the reviews in the output by what they say.
	Labels Labels       `json:"labels"`
	Apps   []AppSummary `json:"apps"`

	// Of this run alone.
	New      int     `json:"new_this_run"`
	Requests int     `json:"requests"`
	Retries  int     `json:"retries"`
	Seconds  float64 `json:"seconds"`
}

// Labels counts reviews by label.
type Labels struct {
	Positive int `json:"positive"`
	Negative int `json:"negative"`
}

// AppSummary is a Summary's part for one app.
type AppSummary struct {
	App        int64  `json:"app"`
	Asked      int    `json:"asked"`
	Expected   int    `json:"expected"`
	Fetched    int    `json:"fetched"`
	Duplicates int    `json:"duplicates"`
	Edited     int    `json:"edited"`
	Empty      int    `json:"empty"`
	Malformed  int    `json:"malformed"`
	Labels     Labels `json:"labels"`
	// Lists are the lists that were followed: one, or one for each label.
	Lists []ListSummary `json:"lists"`
}

// ListSummary says how far a list was followed.
type ListSummary struct {
	Label Label `json:"review_type"`
	Total int   `json:"total"` // reviews that Steam says there are, -1 when it does not
	// Ended says what told that there are no more, "" if enough were there before.
	Ended string `json:"ended,omitempty"`
}

// summary sums up.
func (f *fetch) summary(took time.Duration) *Summary {
	s := &Summary{Out: f.c.Out, Complete: f.finished, New: f.held.total() - f.before, Requests: f.client.requests, Retries: f.client.retries,
		Seconds: took.Seconds()}
	for _, app := range f.c.Apps {
		a := AppSummary{App: app, Labels: Labels{f.held.count(app, Positive), f.held.count(app, Negative)}}
		a.Fetched = a.Labels.Positive + a.Labels.Negative
		for _, l := range f.lists {
			if l.app != app {
				continue
			}
			a.Asked += f.c.Count
			a.Expected = addKnown(a.Expected, f.expectedOf(l))
			a.Duplicates += l.tally.Duplicates
			a.Edited += l.tally.Edited
			a.Empty += l.tally.Empty
			a.Malformed += l.tally.Malformed
			a.Lists = append(a.Lists, ListSummary{l.label, l.total, l.ended})
		}
		s.Asked += a.Asked
		s.Expected = addKnown(s.Expected, a.Expected)
		s.Fetched += a.Fetched
		s.Duplicates += a.Duplicates
		s.Edited += a.Edited
		s.Empty += a.Empty
		s.Malformed += a.Malformed
		s.Labels.Positive += a.Labels.Positive
		s.Labels.Negative += a.Labels.Negative
		s.Apps = append(s.Apps, a)
	}
	return s
}

// addKnown adds two numbers, either of which may be unknown (-1).
func addKnown(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}

// expectedOf is how many reviews a list should give: what was asked for, or the total if that is less; -1 when neither is known.
func (f *fetch) expectedOf(l *list) int {
	switch {
	case f.c.Count == 0:
		return l.total
	case l.total < 0:
		return -1
	}
	return min(f.c.Count, l.total)
}

// expected is how many reviews the output should get, as far as is known: where a total is missing, what was asked for.
func (f *fetch) expected() int {
	sum := 0
	for _, l := range f.lists {
		if n := f.expectedOf(l); n >= 0 {
			sum += n
		} else {
			sum += f.c.Count
		}
	}
	return sum
}
