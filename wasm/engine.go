package wasm

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/wasm/abi"
	"github.com/lorica-go/lorica/wasm/kernelhost"
)

// engine is what all sandboxes of a classifier share: compiled code.
//
// There are two runtimes. Code of the first asks at every call and every turn of a loop whether its time is up, so that nothing
// it does can hold the host. That would make the kernels several times slower, so they live in the second: they are this
// project's own, have no endless loops, and the program asks again as soon as one returns.
type engine struct {
	limits            Limits
	cache             wazero.CompilationCache
	programs, kernels wazero.Runtime
	program           wazero.CompiledModule
	linker            *kernelhost.Linker
}

func newEngine(ctx context.Context, guest []byte, l Limits) (*engine, error) {
	e := &engine{limits: l}
	if err := e.compile(ctx, guest); err != nil {
		return nil, errors.Join(fmt.Errorf("wasm: %w", err), e.close())
	}
	return e, nil
}

func (e *engine) compile(ctx context.Context, guest []byte) (err error) {
	config := wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(uint32(e.limits.Memory / page)).WithMemoryCapacityFromMax(true)
	if e.limits.CacheDir != "" {
		if e.cache, err = wazero.NewCompilationCacheWithDir(e.limits.CacheDir); err != nil {
			return fmt.Errorf("the folder of compiled code: %w", err)
		}
		config = config.WithCompilationCache(e.cache)
	}
	e.programs = wazero.NewRuntimeWithConfig(ctx, config.WithCloseOnContextDone(true))
	e.kernels = wazero.NewRuntimeWithConfig(ctx, config)
	ctx = experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0))
	if e.linker, err = kernelhost.NewLinker(ctx, e.programs, e.kernels, kernelhost.SIMD128); err != nil {
		return err
	}
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, e.programs); err != nil {
		return err
	}
	if err = e.offer(ctx); err != nil {
		return err
	}
	e.program, err = e.programs.CompileModule(ctx, guest)
	return err
}

// close frees the compiled code, and whatever still runs.
func (e *engine) close() error {
	ctx := context.Background()
	var failed error
	for _, r := range []wazero.Runtime{e.programs, e.kernels} {
		if r != nil {
			failed = errors.Join(failed, r.Close(ctx))
		}
	}
	if e.cache != nil {
		failed = errors.Join(failed, e.cache.Close(ctx))
	}
	return failed
}

// offer provides what the guest imports from its host. A function finds the sandbox that calls it in the context.
func (e *engine) offer(ctx context.Context) error {
	const i32, i64 = api.ValueTypeI32, api.ValueTypeI64
	b := e.programs.NewHostModuleBuilder(abi.ImportModule)
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
		stack[0] = api.EncodeI32(sandboxOf(ctx).read(m.Memory(), int64(stack[0]), uint32(stack[1]), uint32(stack[2])))
	}), []api.ValueType{i64, i32, i32}, []api.ValueType{i32}).Export(abi.ImportRead)
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, _ api.Module, stack []uint64) {
		stack[0] = 0
		if host := sandboxOf(ctx).host; host != nil {
			stack[0] = uint64(host.Width())
		}
	}), nil, []api.ValueType{i32}).Export(abi.ImportKernels)
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
		sandboxOf(ctx).run(ctx, m.Memory(), uint32(stack[0]), uint32(stack[1]), uint32(stack[2]))
	}), []api.ValueType{i32, i32, i32}, nil).Export(abi.ImportRun)
	_, err := b.Instantiate(ctx)
	return err
}

// sandboxKey is the key of the sandbox that runs in a context.
type sandboxKey struct{}

func sandboxOf(ctx context.Context) *sandbox { return ctx.Value(sandboxKey{}).(*sandbox) }

// read copies from the bundle into the sandbox's memory and returns how many bytes.
func (s *sandbox) read(memory api.Memory, at int64, dst, n uint32) int32 {
	const most = 1 << 20
	view, ok := memory.Read(dst, min(n, most))
	if !ok || at < 0 || at > s.size {
		return 0
	}
	view = view[:min(int64(len(view)), s.size-at)]
	done, err := s.bundle.ReadAt(view, at)
	if err != nil && !(errors.Is(err, io.EOF) && done == len(view)) {
		s.readError = err
	}
	return int32(done)
}

// run runs an operation of the host's kernels. What cannot be right ends the sandbox.
func (s *sandbox) run(ctx context.Context, memory api.Memory, op, words, n uint32) {
	if s.host == nil {
		panic(errors.New("the host has no kernels"))
	}
	if err := ctx.Err(); err != nil {
		panic(err)
	}
	view, _ := memory.Read(0, memory.Size())
	if err := s.host.Run(view, op, words, n); err != nil {
		panic(err)
	}
}

// hostKernels returns kernels of the host for one sandbox.
func (e *engine) hostKernels() (*kernels.CPU, error) {
	return kernels.NewCPU(kernels.BestTier(), e.limits.Threads)
}

// moduleConfig is what a guest gets: random bytes for the seeds of its maps, clocks that only count, and a place for last words.
func moduleConfig(words io.Writer) wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithRandSource(rand.Reader).WithStderr(words)
}
