package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/pflag"

	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/wasm"
)

// deviceFlags say where is computed.
type deviceFlags struct {
	device, kernels string
}

func (v *deviceFlags) define(set *pflag.FlagSet) {
	set.StringVar(&v.device, "device", "cpu", "compute on this `DEVICE`: cpu, or sandbox, a wasm runtime that can reach nothing else")
	set.StringVar(&v.kernels, "sandbox-kernels", "host", "in a sandbox, `WHO` computes: host, natively on the sandbox's memory, or guest, itself")
}

func (v *deviceFlags) check() error {
	if v.device != "cpu" && v.device != "sandbox" {
		return usagef("--device %q: there are: cpu, sandbox", v.device)
	}
	if v.kernels != "host" && v.kernels != "guest" {
		return usagef("--sandbox-kernels %q: there are: host, guest", v.kernels)
	}
	return nil
}

func (v *deviceFlags) sandboxed() bool { return v.device == "sandbox" }

// limits are those of a sandbox for whoever started the command: the memory that wasm can have, and time enough.
func (v *deviceFlags) limits(threads int) wasm.Limits {
	l := wasm.Limits{Memory: 4 << 30, Call: time.Hour, Opening: time.Hour, ModelBytes: 4 << 30, InputBytes: 32 << 20, Threads: threads}
	if threads <= 0 {
		l.Threads = runtime.GOMAXPROCS(0)
	}
	if v.kernels == "guest" {
		l.Kernels = wasm.GuestKernels
	}
	if dir, err := os.UserCacheDir(); err == nil { // else it is compiled every time
		l.CacheDir = filepath.Join(dir, "lorica", "sandbox")
	}
	return l
}

// open opens the classifier of the model flags on the device.
func (v *deviceFlags) open(ctx context.Context, c *console, model *modelFlags, longRun bool) (classify.Closer, error) {
	if !v.sandboxed() {
		return model.open(ctx, c, longRun)
	}
	if err := model.fetch(ctx, c); err != nil {
		return nil, err
	}
	bundle, err := native.OpenBundled(model.model, native.Options{Adapter: model.adapter, MaxTokens: model.maxLength})
	if err != nil {
		return nil, err
	}
	limits := v.limits(c.threads)
	limits.MaxTokens = model.maxLength
	classifier, err := wasm.OpenBundle(ctx, bundle, bundle.Size, limits)
	if err != nil {
		return nil, errors.Join(err, bundle.Close())
	}
	return &sandboxClassifier{classifier, bundle}, nil
}

// sandboxClassifier is a classifier in a sandbox with the bundle that it reads.
type sandboxClassifier struct {
	*wasm.Classifier
	bundle io.Closer
}

// Close closes both.
func (s *sandboxClassifier) Close() error {
	return errors.Join(s.Classifier.Close(), s.bundle.Close())
}
