package steam

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// API is one of Steam's endpoints.
type API string

// The endpoints.
const (
	V1     API = "v1"     // IUserReviewsService/GetAppReviews/v1
	Legacy API = "legacy" // appreviews/APP?json=1
)

// Label is what reviews say of a game.
type Label string

// The labels, and both together.
const (
	All      Label = "all"
	Positive Label = "positive"
	Negative Label = "negative"
)

// Purchase is where a reviewer got the game.
type Purchase string

// The ways of getting a game.
const (
	Anywhere  Purchase = "all"
	OnSteam   Purchase = "steam"
	Elsewhere Purchase = "non-steam"
)

// Order is how the list is sorted. Steam sorts by helpfulness, too, but that list has no end.
type Order string

// The orders: by the time of writing or of the last edit, the newest first.
const (
	Recent  Order = "recent"
	Updated Order = "updated"
)

// choose returns the value that is spelled s.
func choose[T ~string](what, s string, values ...T) (T, error) {
	if i := slices.Index(values, T(s)); i >= 0 {
		return values[i], nil
	}
	var list []string
	for _, v := range values {
		list = append(list, string(v))
	}
	last := len(list) - 1
	return "", fmt.Errorf("%s %q: want %s or %s", what, s, strings.Join(list[:last], ", "), list[last])
}

// ParseAPI reads an endpoint's name.
func ParseAPI(s string) (API, error) { return choose("endpoint", s, V1, Legacy) }

// ParseLabel reads a label's name.
func ParseLabel(s string) (Label, error) { return choose("review type", s, All, Positive, Negative) }

// ParsePurchase reads the name of a way to get a game.
func ParsePurchase(s string) (Purchase, error) {
	return choose("purchase type", s, Anywhere, OnSteam, Elsewhere)
}

// ParseOrder reads an order's name.
func ParseOrder(s string) (Order, error) { return choose("order", s, Recent, Updated) }

// Query says which reviews are wanted. It is kept with a fetch, so that another one does not go on with it.
type Query struct {
	Apps      []int64  `json:"apps"`
	Languages []string `json:"languages"` // Steam's names, such as english or schinese; all alone stands for every one
	Label     Label    `json:"review_type"`
	Purchase  Purchase `json:"purchase_type"`
	Order     Order    `json:"order"`
	// DropOffTopic leaves out what Steam takes for campaigns that have nothing to do with the game.
	DropOffTopic bool `json:"drop_off_topic"`
	// Balanced fetches each label for itself, as many reviews of the one as of the other, and writes them in turns.
	Balanced bool `json:"balanced"`
	// KeepEmpty keeps reviews without text.
	KeepEmpty bool `json:"keep_empty"`
	API       API  `json:"api"`
}

const allLanguages = "all"

// knownLanguages are the names that Steam's documentation lists for its API.
var knownLanguages = strings.Fields(`all arabic bulgarian schinese tchinese czech danish dutch english finnish french german greek
	hungarian indonesian italian japanese koreana malay norwegian polish portuguese brazilian romanian russian spanish latam swedish thai
	turkish ukrainian vietnamese`)

var languageName = regexp.MustCompile(`^[a-z]{2,20}$`)

// Validate checks the query.
func (q *Query) Validate() error {
	if len(q.Apps) == 0 {
		return fmt.Errorf("no app")
	}
	for i, app := range q.Apps {
		switch {
		case app < 1 || app > 1<<32-1:
			return fmt.Errorf("app %d: want the number from the game's address in the shop", app)
		case slices.Contains(q.Apps[:i], app):
			return fmt.Errorf("app %d stands twice", app)
		}
	}
	for i, language := range q.Languages {
		switch {
		case !languageName.MatchString(language):
			return fmt.Errorf("language %q: want a name of Steam's, such as english or schinese", language)
		case slices.Contains(q.Languages[:i], language):
			return fmt.Errorf("language %s stands twice", language)
		case language == allLanguages && len(q.Languages) > 1:
			return fmt.Errorf("language all with others: it is every one")
		}
	}
	switch {
	case len(q.Languages) == 0:
		return fmt.Errorf("no language")
	case q.API == Legacy && len(q.Languages) > 1:
		return fmt.Errorf("the legacy endpoint takes one language, or all")
	case q.Balanced && q.Label != All:
		return fmt.Errorf("balanced reviews are of both labels: the review type %s does not fit", q.Label)
	}
	for _, err := range []error{
		second(ParseAPI(string(q.API))), second(ParseLabel(string(q.Label))), second(ParsePurchase(string(q.Purchase))), second(ParseOrder(string(q.Order))),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func second[T any](_ T, err error) error { return err }

// unknownLanguages returns those that Steam is not known to have, and would answer as if nobody wrote in them.
func (q *Query) unknownLanguages() []string {
	var unknown []string
	for _, language := range q.Languages {
		if !slices.Contains(knownLanguages, language) {
			unknown = append(unknown, language)
		}
	}
	return unknown
}

// labels returns the lists that are fetched of each app.
func (q *Query) labels() []Label {
	if q.Balanced {
		return []Label{Positive, Negative}
	}
	return []Label{q.Label}
}
