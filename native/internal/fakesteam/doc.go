// Package fakesteam is a fake of Steam's review lists on loopback, for tests and for runs without the real ones.
//
// It has both endpoints, IUserReviewsService/GetAppReviews/v1 with input_json and the older appreviews/APP?json=1, and what is known
// to trip their clients:
//
//   - cursors with +, / and =, which a client that does not encode them turns into another place
//   - pages that are a row short in the middle of the list, empty ones that are not the end, rows that come twice, reviews that
//     were edited and come again with a newer timestamp_updated
//   - ends of three kinds: an empty page, the last cursor for ever, the first cursor again
//   - totals that drift, are missing (the older endpoint with a review type) or are all that there is (no page at all)
//   - numbers written as strings, empty texts, unknown members, absurd counts, objects without the reviews' list
//   - refusals: 429 with and without Retry-After, 403, 502, HTML with 200, a redirect to it, half an answer, a dropped connection
//
// Reviews come from a seed. Texts are made of words that tell good from bad, so that a classifier can learn something from them.
//
// The command in serve offers it to other programs.
package fakesteam
