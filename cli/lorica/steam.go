package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lorica-go/lorica/native/steam"
	"github.com/spf13/pflag"
)

func steamCommand() *command {
	return &command{
		name:    "steam",
		summary: "fetch reviews from Steam",
		about:   "Loads the reviews of games, with what their authors voted, as rows to train on.",
		group:   []*command{steamFetchCommand()},
		examples: []example{
			{"ten thousand reviews of each label", "lorica steam fetch --app 322170 --language english --balanced 10000 --out reviews.jsonl"},
		},
	}
}

func steamFetchCommand() *command {
	return &command{
		name:    "steam fetch",
		summary: "load the reviews of one or more games",
		about: `
Fetches reviews, the newest first, until there are as many as asked for or Steam has no more, and writes them as rows that train,
eval and classify read: the fields review and voted_up are found by themselves. A row of JSON lines is the object as Steam gives
it, with the app's id in front. Reviews come once, the newest version of each; those without text are counted and left out.

Run again after Ctrl-C, an error, a kill or a power cut, it goes on where it stopped, and no row is lost or doubled: the state is
kept beside the rows, in FILE.state (with --fields, CSV and Parquet the rows are in FILE.rows.jsonl, and FILE is made from them at
the end). With a larger --count it fetches more.

It asks for one page a second, waits as long as Steam says, and stops for a while when Steam lets nobody in.`,
		examples: []example{
			{"the newest 20,000 reviews in English", "lorica steam fetch --app 322170 --language english --count 20000 --out reviews.jsonl"},
			{"as many of the one label as of the other, in turns", "lorica steam fetch --app 322170 --language english --balanced 10000 --out reviews.jsonl"},
			{"all negative reviews of two games, as a table of a few columns", "lorica steam fetch --app 322170,219740 --review-type negative --fields appid,review,voted_up --out reviews.csv"},
			{"through a proxy that still has the older endpoint", "lorica steam fetch --app 620 --count 500 --api legacy --base-url https://proxy.example/steam --out reviews.parquet"},
		},
		define: func(f *flags) action {
			v := steamFlags{config: steam.Default()}
			v.define(f)
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				if err := v.finish(c); err != nil {
					return err
				}
				return v.run(ctx, c)
			}
		},
	}
}

// steamFlags are the settings of a fetch, and the flags that do not go straight into them.
type steamFlags struct {
	config                                       steam.Config
	reviewType, purchaseType, order, format, api string
	apps                                         []uint
	balanced                                     int
	pause                                        time.Duration
	what, how                                    *pflag.FlagSet // to ask what was given
}

func (v *steamFlags) define(f *flags) {
	c := &v.config
	set := f.group("Reviews")
	v.what = set
	set.UintSliceVar(&v.apps, "app", nil, "the game's `ID`, the number in its address in the shop; repeat it or separate several by commas")
	set.StringSliceVarP(&c.Languages, "language", "l", c.Languages, "of this `LANGUAGE`, as Steam calls it, such as english or schinese; several are separated by commas")
	set.StringVar(&v.reviewType, "review-type", string(c.Label), "of this `TYPE`: all, positive or negative")
	set.StringVar(&v.purchaseType, "purchase-type", string(c.Purchase), "by those who got the game in this `WAY`: all, steam or non-steam")
	set.IntVarP(&c.Count, "count", "n", 0, "at most `N` of each game (0: all that there are)")
	set.IntVar(&v.balanced, "balanced", 0, "`N` positive and N negative ones of each game, in turns")
	set.StringVar(&v.order, "order", string(c.Order), "the newest first, by the time of `WRITING`: recent, or of the last edit: updated")
	set.BoolVar(&c.DropOffTopic, "drop-off-topic", false, "leave out what Steam takes for campaigns that have nothing to do with the game")
	set.BoolVar(&c.KeepEmpty, "keep-empty", false, "keep reviews without text, from which nothing can be learnt")

	set = f.group("Output")
	set.StringVarP(&c.Out, "out", "o", "", "write to this `FILE` (.jsonl, .csv or .parquet)")
	set.StringVar(&v.format, "format", string(c.Format), "the file's `FORMAT`: auto, jsonl, csv or parquet")
	set.StringSliceVar(&c.Fields, "fields", nil, "only these `NAMES`, such as review,voted_up,author.playtime_forever")
	set.BoolVar(&c.Restart, "restart", false, "throw away what an earlier fetch to this file left, and begin anew")

	set = f.group("Steam")
	v.how = set
	set.StringVar(&v.api, "api", string(c.API), "the `ENDPOINT`: v1, or legacy, which Steam has retired")
	set.StringVar(&c.BaseURL, "base-url", "", "ask this `URL` instead of Steam's, for a proxy or a test")
	set.DurationVar(&v.pause, "pause", time.Second, "let at least this `TIME` pass between two requests (none, if not given, where the server is this machine)")
	set.IntVar(&c.Retry.Tries, "tries", c.Retry.Tries, "try a request `N` times")
	set.DurationVar(&c.Retry.First, "retry-wait", c.Retry.First, "wait this `TIME` after a first failure, and twice as long after each further one, unless Steam says how long")
	set.DurationVar(&c.CoolDown, "cool-down", c.CoolDown, "ask for nothing for this `TIME` after a 403, and twice as long after each further one")
}

// finish turns the flags into the settings and checks them.
func (v *steamFlags) finish(c *console) error {
	k := &v.config
	for _, required := range []struct {
		flag    string
		missing bool
	}{{"--app", len(v.apps) == 0}, {"--out", k.Out == ""}} {
		if required.missing {
			return usagef("%s is missing", required.flag)
		}
	}
	k.Apps = nil
	for _, app := range v.apps {
		k.Apps = append(k.Apps, int64(app))
	}
	if v.what.Changed("balanced") {
		if v.what.Changed("count") || v.what.Changed("review-type") {
			return usagef("--balanced says how many of each label: it takes neither --count nor --review-type")
		}
		k.Balanced, k.Count = true, v.balanced
	}
	if v.how.Changed("pause") {
		k.Pause = v.pause
	}
	if first := k.Retry.First; v.how.Changed("retry-wait") && first > 0 {
		k.Retry.Most = max(k.Retry.Most, first)
		k.Doubt.First, k.Doubt.Most = first, 5*first
	}
	var errs [5]error
	k.Label, errs[0] = steam.ParseLabel(v.reviewType)
	k.Purchase, errs[1] = steam.ParsePurchase(v.purchaseType)
	k.Order, errs[2] = steam.ParseOrder(v.order)
	k.Format, errs[3] = steam.ParseFormat(v.format)
	k.API, errs[4] = steam.ParseAPI(v.api)
	for i, flag := range []string{"review-type", "purchase-type", "order", "format", "api"} {
		if errs[i] != nil {
			return usagef("--%s: %s", flag, errs[i])
		}
	}
	k.Logger, k.UserAgent = c.logger, "lorica/"+thisBuild().Version
	if err := k.Validate(); err != nil {
		return usagef("%s", err)
	}
	return nil
}

func (v *steamFlags) run(ctx context.Context, c *console) error {
	show := newSteamProgress(c, &v.config)
	defer show.stop()
	s, err := steam.Fetch(ctx, v.config)
	show.stop()
	if err != nil {
		if s != nil && s.Fetched > 0 {
			return kept{err, fmt.Sprintf("%s reviews are kept: run it again to go on", thousands(float64(s.Fetched)))}
		}
		return err
	}
	if c.json {
		return c.printIndented(s)
	}
	printFetched(c, s)
	return nil
}

// kept is an error after which a command, run again, goes on with what it has.
type kept struct {
	error
	what string
}

func (k kept) Error() string { return k.error.Error() + "; " + k.what }
func (k kept) Unwrap() error { return k.error }

// keptBy says what an interrupted command has kept, "" for nothing.
func keptBy(err error) string {
	var k kept
	if errors.As(err, &k) {
		return "; " + k.what
	}
	return ""
}
