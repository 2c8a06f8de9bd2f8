// Package demo shows what lorica does without a file of one's own. It holds game reviews, some hundreds to train on, as many
// recommending a game as advising against it, and four sentences to try the result with; and it makes the run that goes through
// the whole chain with them: measure the built-in model, train, measure again, merge, and classify with what was written.
//
// The reviews were written for lorica, one by one, come from no other data set, and stand under the project's licence. The games in
// them are invented.
package demo
