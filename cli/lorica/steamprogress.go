package main

import (
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/steam"
)

// steamProgress shows a fetch: a bar once something is known.
type steamProgress struct {
	c     *console
	bar   *progress
	start time.Time
	first int // reviews before this run
}

// newSteamProgress hangs itself into the callbacks of the settings.
func newSteamProgress(c *console, config *steam.Config) *steamProgress {
	p := &steamProgress{c: c, start: time.Now(), first: -1}
	config.OnProgress = p.page
	return p
}

// page moves the bar. The total is what is expected; it changes when totals drift, and with the next game.
func (p *steamProgress) page(at steam.Progress) {
	if p.bar == nil {
		p.bar = p.c.startProgress("fetching", max(at.Expected, at.Reviews+1))
		p.first = at.Reviews - at.New
	}
	p.bar.grow(max(at.Expected, at.Reviews+1))
	rate := float64(at.Reviews-p.first) / max(time.Since(p.start).Seconds(), 1e-3)
	p.bar.set(at.Reviews, fmt.Sprintf("%s reviews/s  app %d, %s  %d requests", thousands(rate), at.App, at.Label, at.Requests))
}

func (p *steamProgress) stop() {
	if p.bar != nil {
		p.bar.stop()
	}
}

// printFetched prints what a fetch has brought.
func printFetched(c *console, s *steam.Summary) {
	t := newTable(c)
	t.AppendHeader(table.Row{"app", "asked", "expected", "fetched", "positive", "negative", "duplicates", "edited", "empty"})
	var columns []table.ColumnConfig
	for i := range 9 {
		columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	line := func(name string, n steam.Counts) {
		t.AppendRow(table.Row{name, orElse(n.Asked, 0, "all"), orElse(n.Expected, -1, "-"), c.style(bold, count(n.Fetched)),
			count(n.Labels.Positive), count(n.Labels.Negative), count(n.Duplicates), count(n.Edited), count(n.Empty)})
	}
	for _, a := range s.Apps {
		line(fmt.Sprint(a.App), a.Counts)
	}
	if len(s.Apps) > 1 {
		line("all", s.Counts)
	}
	fmt.Fprintln(c.out, t.Render())
	if c.quiet {
		return
	}
	for _, a := range s.Apps {
		switch {
		case a.Fetched == 0:
			fmt.Fprintf(c.err, "app %d: there are no such reviews%s\n", a.App, ends(a))
		case a.Fetched < a.Asked:
			fmt.Fprintf(c.err, "app %d: Steam has no more than %s of the %s reviews that were asked for%s\n", a.App, count(a.Fetched), count(a.Asked), ends(a))
		}
	}
	if s.Malformed > 0 {
		fmt.Fprintf(c.err, "%s objects were left out as they are no reviews\n", count(s.Malformed))
	}
	if s.Requests == 0 {
		fmt.Fprintf(c.err, "%s: all was there already; --restart fetches anew\n", s.Out)
		return
	}
	fmt.Fprintf(c.err, "%s: %s reviews, %s of them new, with %s requests in %s\n", s.Out, count(s.Fetched), count(s.New), count(s.Requests), duration(s.Seconds))
}

func count(n int) string { return thousands(float64(n)) }

// orElse writes a count, or a word for the one that stands for something else.
func orElse(n, special int, word string) string {
	if n == special {
		return word
	}
	return count(n)
}

// ends says why the lists of an app ended.
func ends(a steam.AppSummary) string {
	why := ""
	for _, l := range a.Lists {
		if l.Ended != "" {
			why += fmt.Sprintf("; the list of %s reviews ended with %s", l.Label, l.Ended)
		}
	}
	return why
}
