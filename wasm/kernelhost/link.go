package kernelhost

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// The module names that the Go program and the kernels import each other by.
const (
	trampolineName = "kernels"
	guestName      = "guest"
)

// A Linker instantiates Go programs together with kernels. It may be used by several goroutines, and each program gets kernels
// of its own.
type Linker struct {
	programs, runtime   wazero.Runtime        // of the programs, and of their kernels
	trampoline, kernels wazero.CompiledModule // kernels is nil for Portable
}

// NewLinker compiles the modules of a variant in the runtime r, for programs that are compiled in the runtime programs. The two
// may be the same, and have to outlive the linker. If they are not the same, both have to be new: a runtime numbers the types of
// functions as it meets them, and compares numbers when it links; so both meet those of the trampoline first. A variant that r
// cannot run is an error.
func NewLinker(ctx context.Context, programs, r wazero.Runtime, v Variant) (*Linker, error) {
	l := &Linker{programs: programs, runtime: r}
	var err error
	if programs != r {
		if _, err := programs.CompileModule(ctx, trampoline); err != nil {
			return nil, fmt.Errorf("the kernels' trampoline: %w", err)
		}
	}
	if l.trampoline, err = r.CompileModule(ctx, trampoline); err != nil {
		return nil, fmt.Errorf("the kernels' trampoline: %w", err)
	}
	if module := v.Module(); module != nil {
		if l.kernels, err = r.CompileModule(ctx, module); err != nil {
			return nil, fmt.Errorf("wasm kernels: %w", err)
		}
	}
	return l, nil
}

// Instantiate returns an instance of program, a Go program for wasip1, that has its kernels and has not been started: its
// export _start, or for a reactor _initialize, is for the caller to call. The program's other imports have to be in the runtime.
// Config should give no name when there are several instances. Closing the instance's module leaves the kernels, which have no
// memory of their own, to Close of the returned Instance.
func (l *Linker) Instantiate(ctx context.Context, program wazero.CompiledModule, config wazero.ModuleConfig) (*Instance, error) {
	anonymous := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	instance := new(Instance)
	named := make(map[string]api.Module)
	ctx = experimental.WithImportResolver(ctx, func(name string) api.Module { return named[name] })
	add := func(what, name string, r wazero.Runtime, m wazero.CompiledModule, config wazero.ModuleConfig) error {
		module, err := r.InstantiateModule(ctx, m, config)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		named[name] = module
		instance.modules = append(instance.modules, module)
		return nil
	}
	err := add("the kernels' trampoline", trampolineName, l.runtime, l.trampoline, anonymous)
	if err == nil {
		err = add("the program", guestName, l.programs, program, config.WithStartFunctions())
	}
	if err == nil && l.kernels != nil {
		err = add("wasm kernels", "", l.runtime, l.kernels, anonymous)
	}
	if err != nil {
		return nil, errors.Join(err, instance.Close(ctx))
	}
	instance.Program = named[guestName]
	return instance, nil
}

// An Instance is a program with its kernels.
type Instance struct {
	Program api.Module
	modules []api.Module
}

// Close releases the program and its kernels.
func (i *Instance) Close(ctx context.Context) error {
	var failed error
	for at := len(i.modules) - 1; at >= 0; at-- {
		failed = errors.Join(failed, i.modules[at].Close(ctx))
	}
	return failed
}
