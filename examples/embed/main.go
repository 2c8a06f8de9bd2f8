// Embed classifies lines of text inside a sandbox:
//
//	echo "what a gem" | go run ./examples/embed MODEL.safetensors
//
// The model may come from anywhere: whatever is wrong with it, or with a text, ends in an error and not in this process.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/wasm"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("want the path of a bundle")
	}
	// native.Open(args[0], native.Options{}) gives a classifier with the same methods, without a sandbox.
	classifier, err := wasm.Open(ctx, args[0], wasm.Limits{Memory: 1 << 30, Call: 5 * time.Second, InputBytes: 64 << 10})
	if err != nil {
		return err
	}
	defer classifier.Close()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		predictions, err := classifier.Classify(ctx, []encoder.Input{{Text: lines.Text()}})
		switch {
		case errors.Is(err, wasm.ErrTimeout) || errors.Is(err, wasm.ErrLimit):
			fmt.Println("?\t", err)
		case err != nil:
			return err
		default:
			fmt.Printf("%s\t%.3f\t%s\n", predictions[0].Label, predictions[0].Score, lines.Text())
		}
	}
	return nil
}
