// Package demo holds the game reviews that lorica brings along, so that it can show what it does without a file of one's own: some
// hundreds to train on, as many recommending a game as advising against it, and four sentences to try the result with.
//
// They were written for lorica, one by one, come from no other data set, and stand under the project's licence. The games in
// them are invented.
package demo

import _ "embed"

//go:embed data/reviews.jsonl
var reviews string

//go:embed data/custom.jsonl
var custom string

// Reviews returns the reviews to train on as JSON lines, in an order that means nothing. Each has the fields "review", the text;
// "voted_up", whether it recommends the game; and "genre", the game's kind in lower-case words.
func Reviews() []byte { return []byte(reviews) }

// Custom returns the sentences to try a trained model with as JSON lines: "review" and "voted_up" are those of Reviews, "kind" is
// one of positive, negative, sarcastic and mixed, a line each in this order.
func Custom() []byte { return []byte(custom) }
