package fakesteam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Review is one review, as the fake keeps it. Raw is its JSON as the server sends it.
type Review struct {
	ID       string
	Language string
	Text     string
	Positive bool
	Bought   bool // on Steam, and not with a key from elsewhere
	Created  int64
	Updated  int64
	Raw      json.RawMessage
}

// Words of reviews. Those that tell are drawn by the label, a few against it.
var (
	plain = strings.Fields("the game this base night wolves fire winter friends update boss map controls story price graphics hours")
	good  = strings.Fields("fun love great beautiful charming addictive cozy recommend brilliant rewarding")
	bad   = strings.Fields("boring broken crash refund awful grind unfair waste buggy tedious")
)

// Reviews makes n reviews from a seed, the newest first. Every 97th text is empty; some hold newlines, BBCode, quotes, characters
// outside of the BMP or a surrogate pair in \u form. A share of them is positive, a tenth in German and a fifth not bought on Steam.
func Reviews(seed uint64, n int, positive float64) []Review {
	rng := rand.New(rand.NewPCG(seed, 0x57ea))
	reviews := make([]Review, n)
	id, created := uint64(90_000_000)+uint64(n)*4, int64(1_700_000_000)+int64(n)*60
	for i := range reviews {
		id -= 1 + rng.Uint64N(3)
		created -= 1 + rng.Int64N(59)
		r := Review{
			ID: fmt.Sprint(id), Language: "english", Positive: rng.Float64() < positive, Bought: rng.IntN(5) > 0, Created: created, Updated: created,
		}
		if rng.IntN(10) == 0 {
			r.Language = "german"
		}
		if i%97 != 53 {
			r.Text = text(rng, r.Positive)
		}
		r.Raw = r.encode(rng)
		reviews[i] = r
	}
	return reviews
}

// text makes a review of 4 to 40 words.
func text(rng *rand.Rand, positive bool) string {
	telling := bad
	if positive {
		telling = good
	}
	words := make([]string, 4+rng.IntN(37))
	for i := range words {
		switch k := rng.IntN(10); {
		case k < 6:
			words[i] = plain[rng.IntN(len(plain))]
		case k < 9:
			words[i] = telling[rng.IntN(len(telling))]
		default:
			words[i] = append(good, bad...)[rng.IntN(len(good)+len(bad))]
		}
	}
	made := strings.Join(words, " ")
	switch rng.IntN(12) {
	case 0:
		return "[h1]" + words[0] + "[/h1]\n" + made + "\n\n[b]10/10[/b]"
	case 1:
		return made + " \U0001f43a \"" + words[0] + "\", <br> & \\o/\t👍🏽"
	case 2:
		return "☑ " + made + "\r\n☐ Größe, naïve, 游戏"
	}
	return made
}

// encode writes the object that Steam would send. Scores and dates are strings or numbers, as they come.
func (r *Review) encode(rng *rand.Rand) json.RawMessage {
	score := any(fmt.Sprintf("0.%018d", rng.Int64N(1e18)))
	if rng.IntN(4) == 0 {
		score = []any{0, 0.5}[rng.IntN(2)]
	}
	release := any("1461110400")
	if rng.IntN(3) == 0 {
		release = 1461110400
	}
	object := ordered{
		{"recommendationid", r.ID},
		{"author", ordered{
			{"steamid", fmt.Sprint(76561198000000000 + rng.Int64N(1e9))}, {"num_reviews", rng.IntN(90)}, {"playtime_forever", rng.IntN(90000)},
			{"playtime_last_two_weeks", rng.IntN(900)}, {"playtime_at_review", rng.IntN(900)}, {"last_played", r.Created - 500},
		}},
		{"language", r.Language}, {"review", r.Text}, {"timestamp_created", r.Created}, {"timestamp_updated", r.Updated},
		{"voted_up", r.Positive}, {"votes_up", rng.IntN(400)}, {"votes_funny", rng.IntN(30)}, {"weighted_vote_score", score},
		{"comment_count", rng.IntN(9)}, {"steam_purchase", r.Bought}, {"received_for_free", rng.IntN(30) == 0},
		{"written_during_early_access", rng.IntN(6) == 0}, {"app_release_date", release}, {"reactions", []any{}},
	}
	switch rng.IntN(40) {
	case 0:
		object = append(object, member{"developer_response", "Thank you, \"wolf\" fixed."}, member{"timestamp_dev_responded", r.Created + 900})
	case 1:
		object[8].value = uint32(4294967295) // votes_funny, as a counter that went below 0
	case 2:
		object = append(object, member{"primarily_steam_deck", true}, member{"a_member_of_tomorrow", ordered{{"deep", []any{1, "2", nil}}}})
	case 3:
		object[15].value = []any{ordered{{"reaction_type", 3}, {"count", 2}}} // reactions
	}
	raw, err := object.MarshalJSON()
	if err != nil {
		return nil // no value above can fail
	}
	if rng.IntN(8) == 0 {
		raw = []byte(strings.ReplaceAll(string(raw), "\U0001f43a", `\ud83d\udc3a`))
	}
	return raw
}

// edited returns the review as its author left it later.
func (r Review) edited(rng *rand.Rand) Review {
	r.Updated += 86_400
	r.Text = text(rng, r.Positive) + " EDIT: still so"
	r.Raw = r.encode(rng)
	return r
}

// member is a named value, and ordered an object that keeps the order of its members.
type member struct {
	name  string
	value any
}

type ordered []member

// MarshalJSON writes the members in their order.
func (o ordered) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprintf("%q:", m.name)...)
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

// marshal is json.Marshal that leaves <, > and & as they are, as Steam does.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
