package steam

// list is a list of reviews that is being followed.
type list struct {
	app     int64
	label   Label
	cursor  string
	again   bool   // the page at the cursor has been read before, in part
	ended   string // why there is no more, "" while there may be
	total   int    // how many reviews Steam says there are, -1 when it has not
	most    int    // the largest of the totals: they drift
	seen    int    // distinct reviews, with and without text
	stale   int    // pages without anything new in a row
	tally   Tally
	empties map[string]bool // reviews without text
	asked   map[string]bool // cursors, in this run
}

// maxStale is how many pages may bring nothing new before a list counts as one that repeats itself.
const maxStale = 3

func newList(app int64, label Label) *list {
	return &list{app: app, label: label, cursor: "*", total: -1, most: -1, empties: map[string]bool{}, asked: map[string]bool{}}
}

// take moves the list on as a page says.
func (l *list) take(p *page) {
	l.asked[l.cursor] = true
	l.stale = l.staleAfter(p)
	l.cursor, l.again, l.ended, l.total, l.most = p.Cursor, p.Again, p.Ended, p.Total, max(l.most, p.Total)
	l.seen += p.New + p.Empty
	l.tally.add(p.Tally)
	for _, id := range p.Empties {
		l.empties[id] = true
	}
	for _, id := range p.Filled {
		delete(l.empties, id)
	}
}

// staleAfter is how many pages without anything new there will have been in a row.
func (l *list) staleAfter(p *page) int {
	if p.New+p.Edited+len(p.Empties) > 0 || p.Again || l.again {
		return 0
	}
	return l.stale + 1
}

// end says what in an answer tells that there is no more, "" for nothing.
func (l *list) end(a *answer) string {
	switch {
	case !a.known:
		return "an empty answer"
	case len(a.reviews)+len(a.malformed) == 0:
		return "an empty page"
	case a.cursor == "":
		return "no cursor"
	case a.cursor == "*":
		return "the first cursor again"
	case a.cursor == l.cursor || l.asked[a.cursor]:
		return "the same cursor again"
	}
	return ""
}

// isAll reports whether with an answer's reviews as many are there as any total has promised.
func (l *list) isAll(a *answer, h *held) bool {
	total := max(a.total, l.most)
	seen, here := l.seen, map[string]bool{}
	for i := range a.reviews {
		if id := a.reviews[i].id; h.byID[id] == nil && !l.empties[id] && !here[id] {
			here[id] = true
			seen++
		}
	}
	return total >= 0 && seen >= total
}
