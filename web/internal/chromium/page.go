package chromium

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A Page is a tab with storage of its own, as of a visitor who has never been here.
type Page struct {
	ctx     context.Context
	close   func()
	timeout time.Duration

	mu       sync.Mutex
	problems []string
}

// NewPage opens an empty tab. Each call to it may take as long as timeout.
func (b *Browser) NewPage(timeout time.Duration) (*Page, error) {
	ctx, closing := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	p := &Page{ctx: ctx, close: closing, timeout: timeout}
	if err := chromedp.Do(ctx); err != nil {
		closing()
		return nil, err
	}
	messages := chromedp.Console(ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return // the tab is gone
			}
			p.listen(message)
		}
	}()
	return p, nil
}

// Close closes the tab and forgets its storage.
func (p *Page) Close() { p.close() }

// listen notes what the page complains of: errors and warnings of scripts, and what the browser itself reports, as
// violations of the page's policy are.
func (p *Page) listen(m chromedp.ConsoleMessage) {
	if !m.IsException() && m.Type != chromedp.ConsoleError && m.Type != chromedp.ConsoleWarning {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, strings.TrimSpace(m.Text+" "+m.URL))
}

// Problems returns what the page has complained of so far.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// do runs actions.
func (p *Page) do(actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(p.ctx, p.timeout)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

// Open goes to an address.
func (p *Page) Open(address string) error { return p.do(chromedp.Navigate(address)) }

// Eval evaluates JavaScript, waits for it if it is a promise, and puts its value into result unless that is nil.
func (p *Page) Eval(script string, result any) error {
	ctx, cancel := context.WithTimeout(p.ctx, p.timeout)
	defer cancel()
	// The value travels as text: what the script returns need not be what the protocol can carry.
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => JSON.stringify(await ("+script+")) ?? 'null')()", chromedp.EvalAwaitPromise))
	if err != nil {
		return fmt.Errorf("%.200s: %w", script, err)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal([]byte(text), result)
}

// Wait waits until a JavaScript condition holds.
func (p *Page) Wait(condition string) error {
	wait := chromedp.Poll[bool]("!!("+condition+")", chromedp.WithPollingInterval(10*time.Millisecond), chromedp.WithPollingTimeout(0))
	ctx, cancel := context.WithTimeout(p.ctx, p.timeout)
	defer cancel()
	if _, err := chromedp.Run(ctx, wait); err != nil {
		return fmt.Errorf("waiting for %.200s: %w", condition, err)
	}
	return nil
}

// Text returns the text that an element shows.
func (p *Page) Text(selector string) (string, error) {
	var text string
	err := p.Eval(fmt.Sprintf("document.querySelector(%q).innerText", selector), &text)
	return text, err
}

// Click clicks an element with the mouse.
func (p *Page) Click(selector string) error { return p.do(chromedp.Click(chromedp.CSS(selector))) }

// Choose gives files to a file input.
func (p *Page) Choose(selector string, paths ...string) error {
	return p.do(chromedp.SetUploadFiles(chromedp.CSS(selector), paths, chromedp.NodeReady))
}

// Press presses keys on whatever has the focus.
func (p *Page) Press(keys string, modifiers ...chromedp.Modifier) error {
	return p.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// Keys that are no characters, and the modifiers that shortcuts need.
const (
	Tab        = kb.Tab
	Enter      = kb.Enter
	Space      = " "
	ArrowRight = kb.ArrowRight
	ArrowLeft  = kb.ArrowLeft
	Control    = kb.ModifierCtrl
	Shift      = kb.ModifierShift
)

// Resize gives the window a size in pixels.
func (p *Page) Resize(width, height int64) error {
	return p.do(chromedp.EmulateViewport(width, height))
}

// PreferDark makes the system's colours dark or light.
func (p *Page) PreferDark(dark bool) error {
	value := "light"
	if dark {
		value = "dark"
	}
	ctx, cancel := context.WithTimeout(p.ctx, p.timeout)
	defer cancel()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
	return err
}

// Screenshot returns a picture of the whole page as PNG.
func (p *Page) Screenshot() ([]byte, error) {
	ctx, cancel := context.WithTimeout(p.ctx, p.timeout)
	defer cancel()
	return chromedp.Run(ctx, chromedp.FullScreenshot(100))
}
