package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/web"
	"github.com/spf13/pflag"
)

// webAddress is where the page is served unless told otherwise; any free port will do then, too.
const webAddress = "127.0.0.1:8080"

func webCommand() *command {
	return &command{
		name:    "web",
		summary: "serve the page that classifies in the browser, or write it as files",
		about: `
Serves a page that runs the model in the browser: paste reviews or choose a file of them, see labels, scores and what each word
does, download the results. The texts stay in the browser; this command only hands out the page and the model, and once a browser
has them it needs no server any more. Ctrl-C ends it.

A model that is no bundle, or has an --adapter, is made one first. Nobody but this machine can reach the page unless --addr says
so. With --export the page is written as files for any web server instead.`,
		examples: []example{
			{"the page with a trained model, in the browser", "lorica web --model run/model.safetensors --open"},
			{"for others in the same network, under the machine's name too", "lorica web --model run/model.safetensors --addr 0.0.0.0:8080 --host reviews.example"},
			{"files for a web server", "lorica web --model run/model.safetensors --export site"},
		},
		define: func(f *flags) action {
			var v webFlags
			v.define(f)
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				return v.run(ctx, c)
			}
		},
	}
}

type webFlags struct {
	model               modelFlags
	dtype, addr, export string
	hosts               []string
	open                bool
	set                 *pflag.FlagSet
}

func (v *webFlags) define(f *flags) {
	set := f.group("Model")
	v.model.define(set)
	v.model.defineLength(set)
	set.StringVar(&v.dtype, "dtype", "f32", "store the weights of a model that is made a bundle as `TYPE`: f32, bf16 or f16")
	set = f.group("Page")
	v.set = set
	set.StringVar(&v.addr, "addr", webAddress, "serve at this `ADDRESS:PORT`; unless it is given, any free port will do")
	set.StringSliceVar(&v.hosts, "host", nil, "answer to this `NAME` as well as to localhost and addresses")
	set.BoolVar(&v.open, "open", false, "open the page in the browser")
	set.StringVar(&v.export, "export", "", "write the page as files into this `DIR`, and serve nothing")
}

func (v *webFlags) run(ctx context.Context, c *console) error {
	if err := v.model.check(); err != nil {
		return err
	}
	if v.export != "" && (v.open || v.set.Changed("addr") || v.set.Changed("host")) {
		return usagef("--export serves nothing: it takes neither --addr, --host nor --open")
	}
	model, closing, err := v.bundle(ctx, c)
	if err != nil {
		return err
	}
	defer closing()
	o := web.Options{Model: model, Hosts: v.hosts}
	if v.export != "" {
		if err := web.Export(v.export, o); err != nil {
			return err
		}
		if c.json {
			return c.print(map[string]string{"path": v.export})
		}
		fmt.Fprintf(c.out, "%s: the page with %s; README.txt says what a server should know\n", v.export, model.Name)
		return nil
	}
	return v.serve(ctx, c, o)
}

// serve serves the page until the context ends.
func (v *webFlags) serve(ctx context.Context, c *console, o web.Options) error {
	handler, err := web.Handler(o)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", v.addr)
	if err != nil && !v.set.Changed("addr") {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return badinput.Errorf("--addr %s: %w", v.addr, err)
	}
	defer listener.Close()
	at := pageAddress(listener.Addr())
	if c.json {
		err = c.print(map[string]string{"url": at, "model": o.Model.Name})
	} else {
		_, err = fmt.Fprintln(c.out, at)
	}
	if flushed := c.flush(); err != nil || flushed != nil {
		return errors.Join(err, flushed)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		c.logger.Warn("others in this network can open the page; without https their browsers will not keep it", "address", tcp)
	}
	c.logger.Info("serving; Ctrl-C ends it", "model", o.Model.Name, "size", bytesText(o.Model.Size))
	if v.open {
		if err := openBrowser(at); err != nil {
			c.logger.Warn("no browser could be opened", "error", err)
		}
	}
	return web.Serve(ctx, listener, handler, c.logger)
}

// pageAddress is the address to open in a browser of this machine.
func pageAddress(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d/", tcp.Port)
	}
	return fmt.Sprintf("http://%s/", a)
}

// bundle returns the model as a bundle: the file that it is, or one that is made of it and goes with closing.
func (v *webFlags) bundle(ctx context.Context, c *console) (*web.Model, func(), error) {
	if err := v.model.fetch(ctx, c); err != nil {
		return nil, nil, err
	}
	m, err := native.OpenModel(v.model.model, native.Options{Adapter: v.model.adapter, Threads: c.threads, MaxTokens: v.model.maxLength})
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	if m.Bundle != nil && v.model.adapter == "" && v.model.maxLength == 0 {
		return openBundle(v.model.model, m.Name())
	}
	dtype, err := export.ParseDType(v.dtype)
	if err != nil {
		return nil, nil, usagef("--dtype: %s", err)
	}
	dir, err := os.MkdirTemp("", "lorica-web-")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { _ = os.RemoveAll(dir) }
	name := m.Name() + ".safetensors"
	made, err := export.Run(ctx, export.Config{Model: m, Out: filepath.Join(dir, "model.safetensors"), DType: dtype})
	if err != nil {
		remove()
		return nil, nil, err
	}
	c.logger.Info("made a bundle", "model", v.model.model, "size", bytesText(made.Bytes), "largest_difference", made.Proof.MaxDifference)
	model, closing, err := openBundle(made.Path, name)
	if err != nil {
		remove()
		return nil, nil, err
	}
	return model, func() { closing(); remove() }, nil
}

// openBundle opens a bundle's file, or the built-in model.
func openBundle(path, name string) (*web.Model, func(), error) {
	content, closing, err := native.BundleBytes(path)
	if err != nil {
		return nil, nil, err
	}
	return &web.Model{Name: name, Size: int64(len(content)), Content: bytes.NewReader(content)}, func() { _ = closing() }, nil
}
