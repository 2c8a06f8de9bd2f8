// Serve runs the fake language model by hand:
//
//	go run ./internal/fakellm/serve -otherwise negative great=positive fun=positive
//
// prints the endpoint to give to lorica prompt and serves until it is interrupted. A text is given the label of the first of
// these words that it contains, whatever the letter case, or else the other one. With -pitfalls every third request meets one of
// what real servers and models do wrong.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/lorica-go/lorica/internal/fakellm"
)

func main() {
	otherwise := flag.String("otherwise", "negative", "the label of texts without any of the words")
	pitfalls := flag.Bool("pitfalls", false, "misbehave")
	flag.Parse()
	rules := make([][2]string, 0, flag.NArg())
	for _, rule := range flag.Args() {
		word, label, ok := strings.Cut(rule, "=")
		if !ok || word == "" || label == "" {
			fmt.Fprintf(os.Stderr, "%q: want WORD=LABEL\n", rule)
			os.Exit(2)
		}
		rules = append(rules, [2]string{strings.ToLower(word), label})
	}
	s := fakellm.New(func(text string) string {
		text = strings.ToLower(text)
		for _, rule := range rules {
			if strings.Contains(text, rule[0]) {
				return rule[1]
			}
		}
		return *otherwise
	})
	if *pitfalls {
		s.Behave = fakellm.EveryThird
	}
	fmt.Println(s.URL)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
	s.Close()
}
