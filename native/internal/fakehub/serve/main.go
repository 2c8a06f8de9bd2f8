// Serve runs a fake Hugging Face hub on loopback with the models of a folder: --root DIR, where DIR/org/name holds the files of
// org/name. It prints its address, for HF_ENDPOINT, and runs until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/lorica-go/lorica/native/internal/fakehub"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func serve() error {
	root := flag.String("root", ".", "the `folder` with the models")
	address := flag.String("address", "", "`host:port` of the API (default a free port of 127.0.0.1)")
	tokens := flag.String("tokens", "", "valid tokens, each with the ids it opens: `TOKEN=ID+ID,TOKEN`")
	flag.Parse()
	o := fakehub.Options{Address: *address, Tokens: map[string][]string{}}
	for _, token := range strings.Split(*tokens, ",") {
		name, ids, _ := strings.Cut(token, "=")
		if name != "" {
			o.Tokens[name] = strings.Split(ids, "+")
		}
	}
	h, err := fakehub.Start(o)
	if err != nil {
		return err
	}
	defer h.Close()
	ids, err := h.Load(*root)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n", h.URL)
	fmt.Fprintln(os.Stderr, "serving", strings.Join(ids, " "))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	<-ctx.Done()
	return nil
}
