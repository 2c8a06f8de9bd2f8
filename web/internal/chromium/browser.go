package chromium

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/chromedp/chromedp"
)

// programs are the names that Chromium goes by, from distribution to distribution.
var programs = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// Find returns the path of Chromium, or says that there is none.
func Find() (string, error) {
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("none of %q is on the path", programs)
}

// A Browser is a running Chromium without windows.
type Browser struct {
	ctx  context.Context
	stop func()
}

// Start starts Chromium with an empty profile. It ends with ctx, or by Close.
func Start(ctx context.Context) (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.WindowSize(1280, 900), chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", false))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's own sandbox does not run as root
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	browser, stopBrowser := chromedp.NewContext(allocator)
	b := &Browser{ctx: browser, stop: func() { stopBrowser(); stopAllocator() }}
	if err := chromedp.Do(browser); err != nil {
		b.Close()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return b, nil
}

// Close ends Chromium.
func (b *Browser) Close() { b.stop() }
