package fakesteam

import (
	"encoding/json"
	"math/rand/v2"
)

// summary is the query_summary of an answer.
type summary struct {
	Reviews     int     `json:"num_reviews"`
	Score       *int    `json:"review_score,omitempty"`
	Description *string `json:"review_score_desc,omitempty"`
	Positive    *int    `json:"total_positive,omitempty"`
	Negative    *int    `json:"total_negative,omitempty"`
	Total       *int    `json:"total_reviews,omitempty"`
}

// newer is what the newer endpoint answers.
type newer struct {
	Response struct {
		Summary  *summary          `json:"query_summary,omitempty"`
		Reviews  []json.RawMessage `json:"reviews,omitempty"`
		Cursor   string            `json:"cursor,omitempty"`
		Matching *int              `json:"total_matching,omitempty"`
	} `json:"response"`
}

// older is what the older endpoint answers.
type older struct {
	Success int               `json:"success"`
	Summary summary           `json:"query_summary"`
	Reviews []json.RawMessage `json:"reviews"`
	Cursor  string            `json:"cursor"`
}

// answer returns the answer to a query. The caller holds the lock; a lost answer does not count as the first of its page.
func (s *Server) answer(q query, legacy, lost bool) any {
	var a *App
	for _, candidate := range s.o.Apps {
		if candidate.ID == q.app {
			a = candidate
		}
	}
	if a == nil {
		if legacy {
			return older{Success: 1, Reviews: []json.RawMessage{}, Cursor: "*"}
		}
		return newer{}
	}
	key := q.key()
	l, ok := s.lists[key]
	if !ok {
		l = newList(a, q.filter)
		s.lists[key] = l
	}
	at, _ := position(q.cursor) // a cursor that is none is the beginning to the older endpoint
	rows, next := s.page(a, l, q, at, lost)
	drift := 0
	if a.Restless {
		drift = rand.New(rand.NewPCG(uint64(len(s.requests)), 3)).IntN(7) - 3
	}
	score, description := 8, "Very Positive"
	total, positive, negative, matching := l.positive+l.negative+drift, l.positive+drift, l.negative, l.total+drift
	sum := summary{Reviews: len(rows), Score: &score, Description: &description, Positive: &positive, Negative: &negative, Total: &total}
	if legacy {
		if at > 0 || q.label != anyLabel {
			sum = summary{Reviews: len(rows)}
		}
		if rows == nil {
			rows = []json.RawMessage{}
		}
		return older{Success: 1, Summary: sum, Reviews: rows, Cursor: next}
	}
	var n newer
	n.Response.Summary, n.Response.Reviews, n.Response.Cursor, n.Response.Matching = &sum, rows, next, &matching
	return n
}

// page returns the rows at a position and the cursor behind them.
func (s *Server) page(a *App, l list, q query, at int, lost bool) ([]json.RawMessage, string) {
	if q.size == 0 {
		return nil, "*"
	}
	end := len(l.rows)
	if at >= end && !q.recent && end > 0 {
		at %= end // sorted by helpfulness, the list has no end
	}
	size := q.size
	if a.Restless {
		rng := rand.New(rand.NewPCG(uint64(at), uint64(a.ID)))
		if rng.IntN(4) == 0 && size > 1 {
			size-- // a short page is not the end
		}
		page := q.key() + q.cursor
		if empty := max(rng.IntN(12)-8, 0); s.asked[page] < empty && at < end {
			if !lost {
				s.asked[page]++
			}
			return nil, q.cursor
		}
	}
	if at >= end {
		switch a.End {
		case SameCursor:
			return nil, q.cursor
		case FirstCursor:
			return nil, "*"
		case OnlyKnown:
			return l.rows[max(end-size, 0):], cursorOf(end, len(s.requests))
		}
		return nil, q.cursor
	}
	behind := min(at+size, end)
	next := cursorOf(behind, 0)
	if behind == end {
		switch a.End {
		case SameCursor:
			next = q.cursor
		case FirstCursor:
			next = "*"
		}
	}
	return l.rows[at:behind], next
}
