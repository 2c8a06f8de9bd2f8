package steam

import "time"

// Summary says what a fetch has brought, over all its runs.
type Summary struct {
	Out      string `json:"out"`
	Complete bool   `json:"complete"` // all that was asked for is there, or all that there is
	Counts
	Apps []AppSummary `json:"apps"`

	// Of this run alone.
	New      int     `json:"new_this_run"`
	Requests int     `json:"requests"`
	Retries  int     `json:"retries"`
	Seconds  float64 `json:"seconds"`
}

// AppSummary is a Summary's part for one app.
type AppSummary struct {
	App int64 `json:"app"`
	Counts
	// Lists are the lists that were followed: one, or one for each label.
	Lists []ListSummary `json:"lists"`
}

// Counts count reviews.
type Counts struct {
	// Asked is how many reviews were asked for, 0 for all; Expected how many of these Steam says it has, -1 when it does not say;
	// Fetched how many are in the output.
	Asked    int `json:"asked"`
	Expected int `json:"expected"`
	Fetched  int `json:"fetched"`
	// What became of the others that came: they were there already, newer versions of those that were there, without text, or no
	// reviews.
	Duplicates int `json:"duplicates"`
	Edited     int `json:"edited"`
	Empty      int `json:"empty"`
	Malformed  int `json:"malformed"`
	// Positive and Negative count those in the output by label.
	Labels struct {
		Positive int `json:"positive"`
		Negative int `json:"negative"`
	} `json:"labels"`
}

// add adds an app's counts.
func (c *Counts) add(o Counts) {
	c.Asked += o.Asked
	c.Expected = addKnown(c.Expected, o.Expected)
	c.Fetched += o.Fetched
	c.Duplicates += o.Duplicates
	c.Edited += o.Edited
	c.Empty += o.Empty
	c.Malformed += o.Malformed
	c.Labels.Positive += o.Labels.Positive
	c.Labels.Negative += o.Labels.Negative
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
		a := AppSummary{App: app}
		a.Labels.Positive, a.Labels.Negative = f.held.count(app, Positive), f.held.count(app, Negative)
		a.Fetched = a.Labels.Positive + a.Labels.Negative
		for _, l := range f.lists {
			if l.app != app {
				continue
			}
			a.add(Counts{Asked: f.c.Count, Expected: f.expectedOf(l), Duplicates: l.tally.Duplicates, Edited: l.tally.Edited, Empty: l.tally.Empty,
				Malformed: l.tally.Malformed})
			a.Lists = append(a.Lists, ListSummary{l.label, l.total, l.ended})
		}
		s.add(a.Counts)
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
