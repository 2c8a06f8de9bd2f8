package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// statusLine is standard error: what is written to it stands above the progress bar, if there is one.
type statusLine struct {
	mu  sync.Mutex
	out io.Writer
	bar *progressbar.ProgressBar
}

// Write takes the bar away, writes whole lines and shows the bar again.
func (s *statusLine) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar == nil {
		return s.out.Write(p)
	}
	_ = s.bar.Clear() // a bar that cannot be drawn is no reason to stop
	n, err := s.out.Write(p)
	_ = s.bar.RenderBlank()
	return n, err
}

// progress shows how far a command is: a bar on a terminal, a line every few seconds elsewhere, nothing with --quiet.
type progress struct {
	c     *console
	what  string
	total int
	bytes bool // counts bytes, the number of which may grow
	bar   *progressbar.ProgressBar
	start time.Time
	told  time.Time
}

// plainEvery is the time between two lines of progress where there is no terminal.
const plainEvery = 10 * time.Second

// startProgress shows a bar from 0 to total, or where that is 0, because nobody knows it, a count.
func (c *console) startProgress(what string, total int) *progress {
	p := &progress{c: c, what: what, total: total, start: time.Now(), told: time.Now()}
	p.show(progressbar.OptionShowCount())
	return p
}

// startBytes shows a bar of bytes; setBytes tells how many there are.
func (c *console) startBytes(what string) *progress {
	p := &progress{c: c, what: what, total: 1, bytes: true, start: time.Now(), told: time.Now()}
	p.show(progressbar.OptionShowBytes(true), progressbar.OptionShowTotalBytes(true), progressbar.OptionUseIECUnits(false))
	return p
}

// show makes the bar, where there is a terminal.
func (p *progress) show(count ...progressbar.Option) {
	c := p.c
	if c.quiet || !c.errTerminal {
		return
	}
	total := p.total
	if total == 0 {
		total = -1
	}
	p.bar = progressbar.NewOptions(total, append(count,
		progressbar.OptionSetWriter(c.err.out), progressbar.OptionSetDescription(p.what),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(24),
		progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(true), progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionSetTheme(progressbar.Theme{Saucer: "━", SaucerPadding: "─", BarStart: "", BarEnd: ""}),
	)...)
	c.err.mu.Lock()
	c.err.bar = p.bar
	c.err.mu.Unlock()
}

// setBytes moves a bar of bytes, whose length may have changed.
func (p *progress) setBytes(done, total int64, detail string) {
	total = max(total, 1)
	if p.total != int(total) {
		p.total = int(total)
		if p.bar != nil {
			p.c.err.mu.Lock()
			p.bar.ChangeMax64(total)
			p.c.err.mu.Unlock()
		}
	}
	p.set(int(min(done, total-1)), detail) // a bar that is full is over, and the last file has still to be checked
}

// set moves the bar and says what is at hand behind it.
func (p *progress) set(done int, detail string) {
	if p.c.quiet {
		return
	}
	if p.bar != nil {
		p.c.err.mu.Lock()
		defer p.c.err.mu.Unlock()
		p.bar.Describe(p.what + "  " + detail)
		_ = p.bar.Set(done) // a bar that cannot be drawn is no reason to stop
		return
	}
	now := time.Now()
	if now.Sub(p.told) < plainEvery || p.total > 0 && done >= p.total {
		return
	}
	p.told = now
	switch {
	case p.bytes:
		fmt.Fprintf(p.c.err, "%s: %s of %s  %s\n", p.what, bytesText(int64(done)), bytesText(int64(p.total)), detail)
	case p.total == 0:
		fmt.Fprintf(p.c.err, "%s: %d  %s\n", p.what, done, detail)
	default:
		fmt.Fprintf(p.c.err, "%s: %d of %d  %s\n", p.what, done, p.total, detail)
	}
}

// elapsed is the time since the start, never 0.
func (p *progress) elapsed() time.Duration { return max(time.Since(p.start), time.Microsecond) }

// stop takes the bar away.
func (p *progress) stop() {
	if p.bar == nil {
		return
	}
	p.c.err.mu.Lock()
	defer p.c.err.mu.Unlock()
	if p.c.err.bar == p.bar {
		_ = p.bar.Clear()
		p.c.err.bar = nil
	}
}
