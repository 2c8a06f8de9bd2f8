package wasm

import (
	"fmt"
	"math"
	"time"

	"github.com/lorica-go/lorica/wasm/abi"
)

// Kernels says who computes.
type Kernels uint8

// The kernels.
const (
	HostKernels  Kernels = iota // the host, natively, on the sandbox's memory
	GuestKernels                // the sandbox itself, with wasm's 128-bit vectors
)

// String returns the name that the command line takes.
func (k Kernels) String() string {
	if k == GuestKernels {
		return "guest"
	}
	return "host"
}

// Limits say what a sandbox may use. The zero value of a field stands for its default.
type Limits struct {
	// Instances is how many sandboxes there are at most, each with a copy of the weights: as many calls run at a time, others
	// wait. Default 1. They are made when they are needed.
	Instances int
	// Memory is the most memory in bytes that a sandbox may take; default 2 GiB, at most 4 GiB.
	Memory int64
	// Call is how long a call may run, without waiting for a sandbox; default 30 seconds.
	Call time.Duration
	// Opening is how long making a sandbox and opening the model in it may take; default 2 minutes.
	Opening time.Duration
	// Inputs is the most inputs of a call; default 1024.
	Inputs int
	// InputBytes is how large all inputs of a call may be together, token ids counting 4 bytes; default 4 MiB.
	InputBytes int
	// ModelBytes is how large a bundle may be; default 4 GiB.
	ModelBytes int64
	// MaxTokens is where texts are cut; 0 means what the bundle was trained with, or its limit.
	MaxTokens int
	// Check has every sandbox compute the bundle's probes before its first call; a difference is an error.
	Check bool
	// Kernels says who computes.
	Kernels Kernels
	// Threads is how many threads host kernels use in each sandbox; default 1.
	Threads int
	// CacheDir is a folder for the compiled sandbox, which takes seconds to compile; empty means that it is not kept.
	CacheDir string
}

// Default returns the limits with every default filled in.
func Default() Limits {
	return Limits{
		Instances: 1, Memory: 2 << 30, Call: 30 * time.Second, Opening: 2 * time.Minute, Inputs: 1024, InputBytes: 4 << 20,
		ModelBytes: 4 << 30, Threads: 1,
	}
}

const page = 64 << 10 // of wasm's memory

// withDefaults fills in the defaults and checks the rest.
func (l Limits) withDefaults() (Limits, error) {
	d := Default()
	fill(&l.Instances, d.Instances)
	fill(&l.Memory, d.Memory)
	fill(&l.Call, d.Call)
	fill(&l.Opening, d.Opening)
	fill(&l.Inputs, d.Inputs)
	fill(&l.InputBytes, d.InputBytes)
	fill(&l.ModelBytes, d.ModelBytes)
	fill(&l.Threads, d.Threads)
	for _, check := range []struct {
		name      string
		have      int64
		from, top int64
	}{
		{"Instances", int64(l.Instances), 1, 4096}, {"Memory", l.Memory, page, 4 << 30}, {"Call", int64(l.Call), 1, math.MaxInt64},
		{"Opening", int64(l.Opening), 1, math.MaxInt64}, {"Inputs", int64(l.Inputs), 1, abi.MaxInputs},
		{"InputBytes", int64(l.InputBytes), 1, abi.MaxMessage / 2}, {"ModelBytes", l.ModelBytes, 1, math.MaxInt64},
		{"MaxTokens", int64(l.MaxTokens), 0, abi.MaxTokens}, {"Threads", int64(l.Threads), 1, 4096}, {"Kernels", int64(l.Kernels), 0, 1},
	} {
		if check.have < check.from || check.have > check.top {
			return l, fmt.Errorf("wasm: Limits.%s is %d, not from %d to %d", check.name, check.have, check.from, check.top)
		}
	}
	return l, nil
}

func fill[T comparable](field *T, standard T) {
	var zero T
	if *field == zero {
		*field = standard
	}
}
