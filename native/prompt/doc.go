// Package prompt has a large language model label texts: the baseline that a fine-tuned classifier has to beat.
//
// Run takes the rows that a training run of the same settings holds out, and sends them in chunks to any server with OpenAI's
// chat completions, perhaps with examples from the training half. A chunk goes out as a JSON object of numbered texts, and
// its answer is a JSON object that gives each number a label (ParseAnswer says what exactly is taken). What is no such
// answer is asked for again, then in halves, down to single texts; a text that never gets one counts as wrong and is listed.
//
// Every answer is on the disk before the next step depends on it, in a journal whose lines are found again by a digest of all
// that an answer depends on. So a run that was stopped goes on where it was, and the same question is never paid for twice.
package prompt
