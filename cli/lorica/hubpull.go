package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/spf13/pflag"
)

func hubPullCommand() *command {
	return &command{
		name: "hub pull", args: "MODEL...",
		summary: "fetch models of the hub into the cache",
		about: `
Fetches what lorica needs of a model, configuration, weights (safetensors) and tokenizer, several files at a time, and prints the
folder in the cache. All files are of the one commit that the revision is when the command begins. What is there already is not
fetched again; an interrupted file goes on where it stopped; every file is checked against the hub's hash before it counts.

A model of a type that lorica does not know is refused before its weights are fetched, unless --any is given.`,
		examples: []example{
			{"a base model", "lorica hub pull FacebookAI/roberta-base"},
			{"a pull request in which the hub's bot has converted a pickle", "lorica hub pull org/name@refs/pr/1"},
			{"into a folder of your own", `HF_HUB_CACHE=./models lorica hub pull microsoft/deberta-v3-small --quiet`},
		},
		define: func(f *flags) action {
			var o hub.PullOptions
			var tokenizer bool
			set := f.group("Pull")
			set.BoolVar(&o.AnyType, "any", false, "fetch models of types that lorica does not know as well")
			set.BoolVar(&tokenizer, "tokenizer-only", false, "fetch no weights")
			return func(ctx context.Context, c *console, args []string) error {
				ids, err := parseIDs(args, 1)
				if err != nil {
					return err
				}
				if tokenizer {
					o.Need = hub.TokenizerOnly
				}
				client, err := newHub(c)
				if err != nil {
					return err
				}
				for _, id := range ids {
					show := &pullProgress{c: c}
					o.OnProgress = show.tell
					pulled, err := client.Pull(ctx, id, o)
					show.stop()
					if err != nil {
						return err
					}
					if c.json {
						err = c.print(pulled)
					} else {
						_, err = fmt.Fprintln(c.out, pulled.Path)
					}
					if err != nil {
						return err
					}
				}
				return nil
			}
		},
	}
}

// pullFlag is --pull, of the commands that take a model.
type pullFlag bool

func (v *pullFlag) define(set *pflag.FlagSet) {
	set.BoolVar((*bool)(v), "pull", false, "fetch a model of the hub that is not in the cache yet")
}

// fetch fetches what the model argument names, if --pull was given and it is neither a path nor in the cache.
func (v pullFlag) fetch(ctx context.Context, c *console, model string, need hub.Need) error {
	if !bool(v) || builtin.Is(model) {
		return nil
	}
	client, err := newHub(c)
	if err != nil {
		return err
	}
	show := &pullProgress{c: c}
	defer show.stop()
	_, err = client.Ensure(ctx, model, hub.PullOptions{Need: need, OnProgress: show.tell})
	return err
}

// pullProgress shows a bar of bytes with the files on their way, and a line for each that has come.
type pullProgress struct {
	c   *console
	bar *progress // once there is something to tell
}

func (p *pullProgress) tell(now hub.Progress) {
	if p.bar == nil {
		p.bar = p.c.startBytes("fetching")
	}
	if f := now.Finished; f != nil && f.How != hub.Cached && !p.c.quiet {
		fmt.Fprintf(p.c.err, "%s  %s  %s, checked\n", text.Pad(f.Name, 24, ' '), text.AlignRight.Apply(bytesText(f.Bytes), 10), f.How)
	}
	p.bar.setBytes(now.BytesDone, now.Bytes, fmt.Sprintf("%d of %d files  %s", now.FilesDone, now.Files, strings.Join(now.Active, " ")))
}

func (p *pullProgress) stop() {
	if p.bar != nil {
		p.bar.stop()
	}
}
