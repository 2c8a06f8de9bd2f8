// Package steam fetches the reviews of games from Steam's review lists, and keeps them so that an interrupted fetch goes on where
// it stopped.
//
// # Endpoints
//
// The newer one, IUserReviewsService/GetAppReviews/v1, takes one JSON object and wraps its answer in {"response"}. The older one,
// appreviews/APP?json=1, was announced to go in October 2026; its answers are read from proxies that still give them. Neither
// needs a key.
//
// # The end of a list
//
// A list is followed from cursor to cursor until as many reviews are there as were asked for, or it ends: with an empty page, a
// cursor that has been seen before, "*" or none, or after a few pages without a new review. A short page is not the end. Empty
// pages and cursors that come back are sometimes untrue, so while the totals say that something is missing, or say nothing, the
// same page is asked for again a few times before it is believed. Totals drift and nothing else depends on them.
//
// # What is kept
//
// A row is Steam's object as it came, in one line, with the app's id in front (appid) where it has none. Bytes that are not UTF-8
// and halves of surrogate pairs, which no reader takes, become U+FFFD. A review is known by its recommendationid: one that comes
// again counts as a duplicate, unless its timestamp_updated is newer, and then it takes the place of the older one. Reviews without
// text are counted and left out, unless they are asked for: nothing can be learnt from them, and native/data refuses them.
//
// # A fetch that is killed
//
// Rows and cursors go through native/internal/journal, a page at a time: the rows of a page are appended to the rows file and
// flushed, then one line with the page's cursor, counts and edits is appended to the state file and flushed, and only this line
// makes both count. Killed at any instruction, the fetch goes on with the cursor behind the last page that counts; what the rows
// file has of a later page is cut off and comes again. So no row is lost and none doubled. Of a page that holds more than is
// wanted, only the wanted rows are taken and the cursor stays before it, so that a fetch of more goes on there.
//
// For JSON lines of whole objects the output is the rows file itself, and edits wait in the state file until the end, when the
// rows are rewritten; so the file never holds a review twice. With chosen fields, as CSV or Parquet, the rows file stands beside
// the output, which is made from it at the end, all or nothing.
//
// # Manners
//
// One request at a time, a second apart (not on loopback); what a server refuses for now is tried again after the time that it
// asks for, or after exponential delays with jitter. A 403 comes to those who ignored 429: nothing is asked for a while, then one
// request tries whether the door is open, and after a few of these the fetch ends.
package steam
