package prompt

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// exchangeVersion is written into every line of a journal. A line with another one is refused.
const exchangeVersion = 1

// maxExchange bounds a line of a journal, in bytes. A JSON string may be six times as long as what it holds.
const maxExchange = 8 * maxReply

// Exchange is a question with what came back: a line of the journal.
type Exchange struct {
	Version int       `json:"v"`
	Key     string    `json:"key"`     // of the question (Config.key)
	Attempt int       `json:"attempt"` // from 1
	Count   int       `json:"count"`   // how many texts it was about
	Rows    []int     `json:"rows"`    // their positions in the rows that were asked for; for people
	Time    time.Time `json:"time"`    // when the answer was there
	Model   string    `json:"model,omitempty"`
	Format  Format    `json:"format"` // that was sent
	Content string    `json:"content"`
	Refusal string    `json:"refusal,omitempty"`
	Finish  string    `json:"finish,omitempty"`
	// Failure is why the server did not put the question to the model at all: too_long or filtered.
	Failure string  `json:"failure,omitempty"`
	Reason  string  `json:"reason,omitempty"` // what the server said to it
	Usage   *Usage  `json:"usage,omitempty"`
	Seconds float64 `json:"seconds"` // from sending the request that was answered to having read the reply
	Tries   int     `json:"tries"`   // requests that it took, because of limits and disturbances
}

// The values of Exchange.Failure.
const (
	failureTooLong  = "too_long"
	failureFiltered = "filtered"
)

// parseExchange reads a line of a journal.
func parseExchange(line []byte) (*Exchange, error) {
	var e Exchange
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, badinput.Errorf("no answer as lorica writes them: %w", err)
	}
	switch {
	case e.Version != exchangeVersion:
		return nil, badinput.Errorf("an answer of version %d; want %d", e.Version, exchangeVersion)
	case e.Key == "" || e.Attempt < 1 || e.Count < 1:
		return nil, badinput.Errorf("an answer without key, attempt and count")
	case e.Usage != nil && (e.Usage.Prompt < 0 || e.Usage.Completion < 0 || e.Usage.Cached < 0) || !(e.Seconds >= 0):
		return nil, badinput.Errorf("an answer with a negative count")
	}
	return &e, nil
}

// fault is what keeps an exchange from giving labels.
type fault struct {
	reason string
	again  bool // the same question may have a better answer
	halve  bool // fewer texts at once have one sooner than the same question
}

// judge reads the labels of an exchange, or says what is wrong with it.
func (e *Exchange) judge(labels *data.Labels) ([]int, *fault) {
	switch e.Failure {
	case failureTooLong, failureFiltered:
		return nil, &fault{reason: e.Reason, halve: true}
	}
	classes, err := ParseAnswer(e.Content, e.Count, labels)
	if err == nil {
		return classes, nil
	}
	switch {
	case e.Refusal != "":
		return nil, &fault{reason: "the model refuses: " + clip(e.Refusal, 200), again: true, halve: true}
	case e.Finish == "content_filter":
		return nil, &fault{reason: "the server's filter stopped the answer", again: true, halve: true}
	case e.Finish == "length":
		return nil, &fault{reason: "the answer was cut off at the limit of tokens", again: true, halve: true}
	}
	return nil, &fault{reason: fmt.Sprintf("the answer is not in the required form: %s", err), again: true}
}

// correction is what is said to a model after an answer that could not be read. The answer itself goes before it, as far as it
// is no longer than a proper one could be.
func (e *Exchange) correction(f *fault) []Message {
	const longest = 8 << 10 // bytes
	said := e.Content
	if len(said) > longest {
		said = cut(said, longest/4)
	}
	if said == "" {
		said = "(no answer)"
	}
	return []Message{
		{"assistant", said},
		{"user", fmt.Sprintf("This cannot be used: %s. Answer anew and completely: one JSON object with the numbers from 1 to %d as its keys, in this order, each once, "+
			"and for each one of the labels as a string. Nothing else.", f.reason, e.Count)},
	}
}

// errUnanswerable says that a whole run has not had a single answer.
var errUnanswerable = errors.New("no text has got an answer that can be used")
