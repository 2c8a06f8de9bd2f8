package wasm

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/wasm/testbundle"
)

func TestManyCallsTakeNoMoreMemoryAndCloseGivesAllBack(t *testing.T) {
	bundle := testbundle.New(t, testbundle.Options{})
	goroutines, heap := runtime.NumGoroutine(), liveHeap()
	c, err := OpenBundle(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), Limits{CacheDir: cacheDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	calls := func(n int) {
		for i := range n {
			if _, err := c.Classify(t.Context(), []encoder.Input{{Text: fmt.Sprint("a very good game ", i)}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	calls(4000) // until the guest's collector has found its pace
	guest := c.pool.idle[0].memory
	size, live := guest.Size(), liveHeap()
	calls(10000)
	if grown := guest.Size() - size; grown > 0 || guest != c.pool.idle[0].memory {
		t.Errorf("10,000 calls made the sandbox %d bytes larger", grown)
	}
	if now := liveHeap(); now > live+1<<20 {
		t.Errorf("10,000 calls made the host's heap grow from %d to %d bytes", live, now)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c, guest = nil, nil
	for i := 0; runtime.NumGoroutine() > goroutines && i < 1000; i++ {
		time.Sleep(time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines, there were %d", now, goroutines)
	}
	// The decompressed guest stays for the next classifier.
	if now := liveHeap(); now > heap+10<<20 {
		t.Errorf("the heap has %d bytes, it had %d", now, heap)
	}
}

// liveHeap returns the bytes that are in use.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
