package wasm

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/wasm/abi"
	"github.com/lorica-go/lorica/wasm/kernelhost"
)

// sandbox is one instance of the guest with a model. One call runs at a time.
type sandbox struct {
	instance     *kernelhost.Instance
	memory       api.Memory
	buffer, call api.Function
	cpu          *kernels.CPU  // of host, nil without host kernels
	host         *kernels.Host // nil: the guest has its own
	words        lastWords
	facts        *abi.Facts

	bundle    io.ReaderAt // while the model is opened
	size      int64
	readError error
}

// open makes a sandbox and opens the bundle in it.
func (e *engine) open(parent context.Context, bundle io.ReaderAt, size int64) (*sandbox, error) {
	ctx, cancel := context.WithTimeout(parent, e.limits.Opening)
	defer cancel()
	s := &sandbox{bundle: bundle, size: size}
	err := s.start(ctx, e)
	if err == nil {
		request := abi.OpenRequest{Size: size, MaxTokens: e.limits.MaxTokens, Check: e.limits.Check}.Append(nil)
		err = s.ask(ctx, abi.Open, request, func(answer []byte) (err error) {
			s.facts, err = abi.ReadFacts(answer)
			return err
		})
	}
	if err != nil {
		if s.readError != nil {
			err = fmt.Errorf("reading the model: %w", s.readError)
		} else {
			err, _ = failed(ctx, parent, err, s.words.String())
		}
		return nil, errors.Join(err, s.close())
	}
	s.bundle = nil
	return s, nil
}

// start instantiates the guest and asks for its version.
func (s *sandbox) start(ctx context.Context, e *engine) error {
	ctx = context.WithValue(ctx, sandboxKey{}, s)
	var err error
	if e.limits.Kernels == HostKernels {
		if s.cpu, err = e.hostKernels(); err != nil {
			return err
		}
		s.host = kernels.NewHost(s.cpu)
	}
	if s.instance, err = e.linker.Instantiate(experimental.WithMemoryAllocator(ctx, reserved{}), e.program, moduleConfig(&s.words)); err != nil {
		return err
	}
	module := s.instance.Program
	if initialize := module.ExportedFunction("_initialize"); initialize != nil {
		if _, err := initialize.Call(ctx); err != nil {
			return err
		}
	}
	version := module.ExportedFunction(abi.ExportVersion)
	s.buffer, s.call, s.memory = module.ExportedFunction(abi.ExportBuffer), module.ExportedFunction(abi.ExportCall), module.Memory()
	if version == nil || s.buffer == nil || s.call == nil || s.memory == nil {
		return errors.New("the guest is another program")
	}
	have, err := version.Call(ctx)
	if err != nil {
		return err
	}
	if len(have) != 1 || uint32(have[0]) != abi.Version {
		return fmt.Errorf("the guest has version %d of the calls, the host %d", have, abi.Version)
	}
	return nil
}

// ask makes a call and hands the answer to read; it is the sandbox's memory, and must not be kept.
func (s *sandbox) ask(ctx context.Context, op abi.Op, request []byte, read func(answer []byte) error) error {
	ctx = context.WithValue(ctx, sandboxKey{}, s)
	at, err := s.buffer.Call(ctx, uint64(len(request)))
	if err != nil {
		return err
	}
	if uint32(at[0]) == 0 || !s.memory.Write(uint32(at[0]), request) {
		return fmt.Errorf("no room for a request of %d bytes", len(request))
	}
	reply, err := s.call.Call(ctx, uint64(op), uint64(len(request)))
	if err != nil {
		return err
	}
	address, n := uint32(reply[0]>>32), uint32(reply[0])
	if n > abi.MaxMessage {
		return fmt.Errorf("a reply of %d bytes", n)
	}
	view, ok := s.memory.Read(address, n)
	if !ok {
		return fmt.Errorf("a reply of %d bytes at %#x", n, address)
	}
	answer, err := abi.ReadReply(view)
	if err != nil {
		return err
	}
	return read(answer)
}

// close frees the sandbox.
func (s *sandbox) close() error {
	var err error
	if s.instance != nil {
		err = s.instance.Close(context.Background())
	}
	if s.cpu != nil {
		s.cpu.Close()
	}
	return err
}

// lastWords keeps the beginning of what a guest writes to its standard error: a Go program says there why it ends.
type lastWords []byte

// Write keeps what there is room for.
func (w *lastWords) Write(p []byte) (int, error) {
	const most = 4 << 10
	*w = append(*w, p[:min(len(p), most-len(*w))]...)
	return len(p), nil
}

// String returns what was kept.
func (w *lastWords) String() string { return string(*w) }
