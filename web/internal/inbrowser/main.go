// Inbrowser runs a bundle in Chromium, by the page's own engine, to compare what it computes and how fast:
//
//	inbrowser [--model BUNDLE] [--kernels relaxed|simd128|generic] FILE
//	inbrowser [--model BUNDLE] [--kernels relaxed|simd128|generic] --tokens 16,128 [--seconds 4] [--word game]
//
// With a file it prints a JSON line for every row, as lorica classify does. With --tokens it prints one
// JSON object: how long a call takes for one text of so many tokens, in a worker, on its one thread.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/web"
	"github.com/lorica-go/lorica/web/internal/chromium"
	"github.com/spf13/pflag"
)

type settings struct {
	model, kernels, word string
	tokens               []int
	rows                 int
	seconds              float64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "inbrowser: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var s settings
	flags := pflag.NewFlagSet("inbrowser", pflag.ContinueOnError)
	flags.StringVarP(&s.model, "model", "m", "default", "the bundle's `PATH`, or default, the built-in model")
	flags.StringVar(&s.kernels, "kernels", "relaxed", "the fastest `KERNELS` to use: relaxed, simd128 or generic")
	flags.IntVar(&s.rows, "rows", 0, "at most `N` rows of the file (0: all)")
	flags.IntSliceVar(&s.tokens, "tokens", nil, "measure texts of so many tokens instead")
	flags.Float64Var(&s.seconds, "seconds", 4, "measure each for this `TIME`")
	flags.StringVar(&s.word, "word", "game", "make such texts of this `WORD`, which should be one token")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if (len(s.tokens) == 0) != (flags.NArg() == 1) {
		return errors.New("want either a file or --tokens")
	}
	page, closing, err := openPage(ctx, s)
	if err != nil {
		return err
	}
	defer closing()
	if len(s.tokens) > 0 {
		return measure(page, s, out)
	}
	return classify(page, flags.Arg(0), s.rows, out)
}

// openPage serves the page with the model on loopback, opens it in Chromium and starts an engine of its own there, of one worker.
func openPage(ctx context.Context, s settings) (*chromium.Page, func(), error) {
	content, forget, err := native.BundleBytes(s.model)
	if err != nil {
		return nil, nil, err
	}
	closing := []func(){func() { _ = forget() }}
	closeAll := func() {
		for i := len(closing) - 1; i >= 0; i-- {
			closing[i]()
		}
	}
	page, err := func() (*chromium.Page, error) {
		model := &web.Model{Name: filepath.Base(s.model), Size: int64(len(content)), Content: bytes.NewReader(content)}
		handler, err := web.Handler(web.Options{Model: model})
		if err != nil {
			return nil, err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		server := &http.Server{Handler: handler}
		go func() { _ = server.Serve(listener) }() // until it is closed
		closing = append(closing, func() { _ = server.Close() })
		browser, err := chromium.Start(ctx)
		if err != nil {
			return nil, err
		}
		closing = append(closing, browser.Close)
		page, err := browser.NewPage(10 * time.Minute)
		if err != nil {
			return nil, err
		}
		if err := page.Open("http://" + listener.Addr().String() + "/"); err != nil {
			return nil, err
		}
		// The page's own engine goes first, so that nothing else computes.
		if err := page.Wait(`!document.querySelector("#classify").disabled || !document.querySelector("#model-error").hidden`); err != nil {
			return nil, err
		}
		return page, page.Eval(fmt.Sprintf(openEngine, s.kernels), nil)
	}()
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	return page, closeAll, nil
}

const openEngine = `(async () => {
	const { Engine } = await import(new URL("engine/engine.js", document.querySelector("script[type=module]").src));
	const { model } = JSON.parse(document.querySelector("#config").textContent);
	window.engine = await Engine.open({ ...model, url: new URL(model.url, location).href }, { kernels: %q });
})()`

// batch is how many texts go to the page at once.
const batch = 50

// prediction is what the program for a page says of a text.
type prediction struct {
	Label     string             `json:"label"`
	Score     float64            `json:"score"`
	Scores    map[string]float64 `json:"scores"`
	Logits    []float32          `json:"logits"`
	Tokens    int                `json:"tokens"`
	Truncated bool               `json:"truncated"`
}

// classify classifies the texts of a file.
func classify(page *chromium.Page, file string, most int, out io.Writer) error {
	reader, err := data.Open(file, data.Options{AllowEmpty: true})
	if err != nil {
		return err
	}
	defer reader.Close()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for done, ended := 0, false; !ended; {
		var texts []string
		for len(texts) < batch && (most == 0 || done+len(texts) < most) {
			row, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			texts = append(texts, row.Text)
		}
		ended = len(texts) < batch
		done += len(texts)
		if len(texts) == 0 {
			break
		}
		list, err := json.Marshal(texts)
		if err != nil {
			return err
		}
		var predictions []prediction
		if err := page.Eval("engine.classify("+string(list)+").then(({ results }) => results)", &predictions); err != nil {
			return err
		}
		for _, p := range predictions {
			if err := lines.Encode(p); err != nil {
				return err
			}
		}
	}
	return nil
}
