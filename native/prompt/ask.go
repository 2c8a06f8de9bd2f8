package prompt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/metrics"
	"golang.org/x/sync/errgroup"
)

// NoLabel is the class of a text that has got no answer.
const NoLabel = metrics.None

// asker gets labels for texts.
type asker struct {
	*Config
	texts   []string
	labels  *data.Labels
	prompts *prompter
	format  *negotiation
	client  *client
	answers *answers

	mu      sync.Mutex
	classes []int // of each text; NoLabel until there is one
	reasons []string
	decided int // texts whose class, or lack of one, is final
	used    int // of them, those with a class
	tally   tally
}

// all asks for all texts, chunk by chunk, some chunks at once. With an error of the server, of the disk or of ctx it ends once
// the requests under way have.
func (a *asker) all(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { a.Logger.Info("stopping once the requests under way have ended", "at_most", a.Grace.String()) })()
	group, going := errgroup.WithContext(ctx)
	group.SetLimit(a.Parallel)
	for from := 0; from < len(a.texts) && going.Err() == nil; from += a.ChunkSize {
		rows := make([]int, 0, a.ChunkSize)
		for row := from; row < min(from+a.ChunkSize, len(a.texts)); row++ {
			rows = append(rows, row)
		}
		group.Go(func() error {
			if err := a.chunk(going, rows); err != nil {
				return err
			}
			return a.hopeless()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// hopeless is an error when two chunks, twenty texts or all are through and not one text has got an answer: to go on would cost
// several requests for each text and lead nowhere.
func (a *asker) hopeless() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.used > 0 || a.decided < min(len(a.texts), max(2*a.ChunkSize, 20)) {
		return nil
	}
	for _, reason := range a.reasons {
		if reason != "" {
			return fmt.Errorf("%w, of %d; the first: %s", errUnanswerable, a.decided, reason)
		}
	}
	return nil
}

// chunk gets the labels of these rows: at once, or else half by half.
func (a *asker) chunk(ctx context.Context, rows []int) error {
	if len(rows) == 0 {
		return nil
	}
	chunk := make([]string, len(rows))
	for i, row := range rows {
		chunk[i] = a.texts[row]
	}
	messages, err := a.prompts.messages(chunk)
	if err != nil {
		return err
	}
	key, err := a.key(messages)
	if err != nil {
		return err
	}
	q := question{rows: rows, key: key, messages: messages}
	var wrong *fault
	for q.attempt = 1; q.attempt <= a.Attempts; q.attempt++ {
		e, reused, err := a.exchange(ctx, &q)
		if err != nil {
			return err
		}
		var classes []int
		classes, wrong = e.judge(a.labels)
		a.count(e, reused, wrong == nil)
		if wrong == nil {
			a.settle(rows, classes, "")
			return nil
		}
		if !wrong.again || wrong.halve && len(rows) > 1 {
			break
		}
		a.Logger.Debug("an answer cannot be used", "rows", len(rows), "attempt", q.attempt, "because", wrong.reason)
		q.messages = append(messages[:len(messages):len(messages)], e.correction(wrong)...)
	}
	if len(rows) == 1 {
		a.settle(rows, []int{NoLabel}, wrong.reason)
		return nil
	}
	a.Logger.Debug("a chunk is divided", "rows", len(rows), "because", wrong.reason)
	half := (len(rows) + 1) / 2
	if err := a.chunk(ctx, rows[:half]); err != nil {
		return err
	}
	return a.chunk(ctx, rows[half:])
}

// settle notes the classes of rows.
func (a *asker) settle(rows, classes []int, reason string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, row := range rows {
		a.classes[row], a.reasons[row] = classes[i], reason
		if a.decided++; classes[i] != NoLabel {
			a.used++
		}
	}
	if a.OnProgress != nil {
		a.OnProgress(Progress{Texts: a.decided, Tally: a.tally.sum(a.Prices)})
	}
}

// question is what is asked of the model about some rows.
type question struct {
	rows     []int
	key      string
	attempt  int
	messages []Message
}

// exchange puts a question, unless the journal has its answer, and writes down what comes back. An error is the server's, the
// disk's or that of ctx; an answer that cannot be used is none.
func (a *asker) exchange(ctx context.Context, q *question) (e *Exchange, reused bool, err error) {
	if e := a.answers.find(q.key, q.attempt); e != nil && e.Count == len(q.rows) {
		return e, true, nil
	}
	if ctx.Err() != nil {
		return nil, false, context.Cause(ctx)
	}
	e = &Exchange{Version: exchangeVersion, Key: q.key, Attempt: q.attempt, Count: len(q.rows), Rows: q.rows}
	if err := a.send(ctx, q, e); err != nil {
		return nil, false, err
	}
	e.Time = a.Now().UTC()
	return e, false, a.answers.add(e)
}

// count adds an exchange to the tally.
func (a *asker) count(e *Exchange, reused, usable bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tally.add(e, reused, usable)
}

// send sends the question, in the format that the server takes, and fills in the exchange.
func (a *asker) send(ctx context.Context, q *question, e *Exchange) error {
	for e.Format = a.format.format(); ; {
		body, err := a.request(q, e.Format)
		if err != nil {
			return err
		}
		s, err := a.client.complete(ctx, body)
		e.Tries += s.tries
		if err == nil {
			e.Model, e.Content, e.Refusal, e.Finish, e.Usage, e.Seconds = s.Model, s.Content, s.Refusal, s.Finish, s.Usage, s.seconds
			return nil
		}
		var failure *statusError
		if !errors.As(err, &failure) {
			return err
		}
		switch {
		case failure.tooLong():
			e.Failure, e.Reason = failureTooLong, failure.Error()
			return nil
		case failure.filtered():
			e.Failure, e.Reason = failureFiltered, failure.Error()
			return nil
		case failure.dislikesFormat():
			if next, first, ok := a.format.refused(e.Format); ok {
				if first {
					a.Logger.Warn("the server refuses the format of answers; going on with another", "refused", string(e.Format), "next", string(next), "because", failure)
				}
				e.Format = next
				continue
			}
		}
		return a.explain(failure, err)
	}
}

// explain adds to an error of the server what may be done about it.
func (a *asker) explain(failure *statusError, err error) error {
	switch failure.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if a.Key == "" {
			return fmt.Errorf("%w (no key was sent: %s is not set)", err, a.KeyName)
		}
		return fmt.Errorf("%w (the key is that of %s)", err, a.KeyName)
	case http.StatusNotFound:
		return fmt.Errorf("%w (asked at %s for the model %q)", err, shownURL(a.Endpoint), a.LLM)
	}
	return err
}

// request is the body that asks the question. Later attempts have another seed, or the same answer would come again.
func (a *asker) request(q *question, f Format) ([]byte, error) {
	r := chatRequest{Model: a.LLM, Messages: q.messages, Temperature: a.Temperature, MaxTokens: a.MaxTokens, ResponseFormat: f.responseFormat(len(q.rows), a.labels)}
	if a.Seed != nil {
		seed := *a.Seed + int64(q.attempt-1)
		r.Seed = &seed
	}
	return r.body(a.Extra)
}

// key identifies a question by all that its answer depends on: where it is asked, the model, the messages, temperature, seed,
// limits, further fields, and the wanted format. It is a SHA-256 in hexadecimal. The format that the server turns out to take is
// left out: it would not be known before the first request.
func (c *Config) key(messages []Message) (string, error) {
	r := chatRequest{Model: c.LLM, Messages: messages, Temperature: c.Temperature, Seed: c.Seed, MaxTokens: c.MaxTokens}
	body, err := r.body(c.Extra)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, _ = io.WriteString(h, "lorica prompt 1\n"+completionsURL(c.Endpoint)+"\n"+string(c.Format)+"\n") // a hash does not fail
	_, _ = h.Write(body)
	return hex.EncodeToString(h.Sum(nil)), nil
}
