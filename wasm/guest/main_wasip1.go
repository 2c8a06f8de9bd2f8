package main

import (
	"io"
	"unsafe"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/wasm/abi"
	"github.com/lorica-go/lorica/wasm/guest/session"
)

// main is not called in a reactor.
func main() {}

// The state of the reactor. Requests and replies stay where they are until the next call.
var (
	current *session.Session
	request []byte
	reply   []byte
)

// loricaABI is asked first.
//
//go:wasmexport lorica_abi
func loricaABI() int32 { return abi.Version }

// loricaBuffer returns where the next request of n bytes goes.
//
//go:wasmexport lorica_buffer
func loricaBuffer(n int32) int32 {
	if n < 0 || n > abi.MaxMessage {
		return 0
	}
	if int(n) > cap(request) || cap(request) > keep && int(n) < keep {
		request = make([]byte, max(1, n))
	}
	request = request[:cap(request)]
	return int32(uintptr(unsafe.Pointer(unsafe.SliceData(request))))
}

// keep is the size up to which buffers are kept.
const keep = 1 << 20

// loricaCall answers the request of n bytes.
//
//go:wasmexport lorica_call
func loricaCall(op, n int32) int64 {
	if cap(reply) > keep {
		reply = nil
	}
	reply = answer(reply[:0], abi.Op(op), n)
	return int64(uintptr(unsafe.Pointer(unsafe.SliceData(reply))))<<32 | int64(len(reply))
}

func answer(reply []byte, op abi.Op, n int32) []byte {
	if n < 0 || int(n) > len(request) {
		return abi.AppendError(reply, &abi.Error{Kind: abi.Internal, Text: format.Sprintf("a request of %d bytes in a buffer of %d", n, len(request))})
	}
	if current == nil {
		dev, err := device()
		if err != nil {
			return abi.AppendError(reply, &abi.Error{Kind: abi.Internal, Text: err.Error()})
		}
		current = session.New(dev)
	}
	reply = current.Answer(reply, op, request[:n], hostReader{})
	if op == abi.Open {
		session.Settle()
	}
	return reply
}

// device returns the host's kernels if it offers any, or else the program's own.
func device() (kernels.Device, error) {
	cpu, err := session.NewCPU()
	if err != nil {
		return nil, err
	}
	if width := hostKernels(); width > 0 {
		return kernels.NewHosted(cpu, int(width), func(op uint32, words []uint32) {
			hostRun(int32(op), unsafe.SliceData(words), int32(len(words)))
		}), nil
	}
	return cpu, nil
}

// hostKernels asks for the width of the host's panels, and hostRun runs an operation of kernels.Hosted.
//
//go:wasmimport lorica kernels
func hostKernels() int32

//go:wasmimport lorica run
//go:noescape
func hostRun(op int32, words *uint32, n int32)

// hostRead copies bytes of the bundle.
//
//go:wasmimport lorica read
//go:noescape
func hostRead(at int64, dst *byte, n int32) int32

// hostReader is the bundle that the host offers.
type hostReader struct{}

// ReadAt implements io.ReaderAt.
func (hostReader) ReadAt(p []byte, off int64) (int, error) {
	const most = 1 << 30
	done := 0
	for done < len(p) {
		part := p[done:min(len(p), done+most)]
		n := int(hostRead(off+int64(done), &part[0], int32(len(part))))
		if n <= 0 || n > len(part) {
			return done, io.ErrUnexpectedEOF
		}
		done += n
	}
	return done, nil
}
