// Serve runs a fake of Steam's review lists on loopback: --apps 322170=20000,440=500 are the games with so many reviews each. It
// prints its address, for --base-url of lorica steam fetch, and runs until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/native/internal/fakesteam"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func serve() error {
	apps := flag.String("apps", "322170=20000", "the games: `ID=REVIEWS,...`")
	address := flag.String("address", "", "`host:port` to listen on (default a free port of 127.0.0.1)")
	seed := flag.Uint64("seed", 42, "`seed` of the reviews")
	positive := flag.Float64("positive", 0.75, "the `share` of positive reviews")
	calm := flag.Bool("calm", false, "no duplicates, edits, short or empty pages, refusals")
	flag.Parse()
	o := fakesteam.Options{Address: *address}
	for i, app := range strings.Split(*apps, ",") {
		name, reviews, _ := strings.Cut(app, "=")
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			return fmt.Errorf("-apps %s: %w", app, err)
		}
		n, err := strconv.Atoi(reviews)
		if err != nil || n < 0 {
			return fmt.Errorf("-apps %s: want ID=REVIEWS", app)
		}
		o.Apps = append(o.Apps, &fakesteam.App{ID: id, Reviews: fakesteam.Reviews(*seed+uint64(i), n, *positive), Restless: !*calm})
	}
	s, err := fakesteam.Start(o)
	if err != nil {
		return err
	}
	if !*calm {
		s.Fault(fakesteam.Everything()...)
	}
	fmt.Println(s.URL)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	<-ctx.Done()
	return s.Close()
}
