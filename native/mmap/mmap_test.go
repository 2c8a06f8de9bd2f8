package mmap_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/mmap"
)

// pattern returns bytes whose every page differs.
func pattern(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i*31 + i>>12)
	}
	return data
}

func writeFile(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weights")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *mmap.Mapping {
	t.Helper()
	m, err := mmap.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestAMappingHoldsTheFile(t *testing.T) {
	page := os.Getpagesize()
	for _, size := range []int{0, 1, page - 1, page, page + 1, 3*page + 5} {
		data := pattern(size)
		m := open(t, writeFile(t, data))
		if !bytes.Equal(m.Bytes(), data) {
			t.Errorf("%d bytes: the mapping differs from the file", size)
		}
		if err := m.Close(); err != nil || m.Bytes() != nil {
			t.Errorf("%d bytes: after Close: %v, %d bytes", size, err, len(m.Bytes()))
		}
	}
}

func TestBytesStayReadableWhateverIsReleased(t *testing.T) {
	page := os.Getpagesize()
	data := pattern(4*page + 7)
	m := open(t, writeFile(t, data))
	for _, from := range []int{0, 1, page - 1, page, 2*page + 1, len(data)} {
		for _, to := range []int{from, from + 1, from + page, from + 2*page - 1, len(data)} {
			if to > len(data) || to < from {
				continue
			}
			m.Release(from, to)
			m.WillNeed(from, to)
			if !bytes.Equal(m.Bytes(), data) {
				t.Fatalf("after Release(%d, %d) the bytes differ", from, to)
			}
		}
	}
}

func TestReplacingThePathLeavesTheMappingAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this platform lacks the replacing of mapped files")
	}
	data := pattern(10_000)
	path := writeFile(t, data)
	m := open(t, path)
	if err := os.Rename(writeFile(t, []byte("new")), path); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m.Bytes(), data) {
		t.Error("the mapping shows the new file")
	}
}

func TestWhatCannotBeMappedIsRefused(t *testing.T) {
	if _, err := mmap.Open(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, fs.ErrNotExist) || !badinput.Is(err) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := mmap.Open(t.TempDir()); !badinput.Is(err) || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
}

// residentFileBytes returns the memory that this process has resident from files.
func residentFileBytes(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("this platform lacks /proc: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "RssFile:"); ok {
			kilobytes, err := strconv.Atoi(strings.Fields(text)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Skip("this platform lacks RssFile in /proc/self/status")
	return 0
}

func TestReleaseLowersResidentMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this platform lacks a measure of resident memory")
	}
	const size, tolerance = 32 << 20, 2 << 20
	data := pattern(size)
	m := open(t, writeFile(t, data))
	opened := residentFileBytes(t)
	if !bytes.Equal(m.Bytes(), data) {
		t.Fatal("the mapping differs from the file")
	}
	touched := residentFileBytes(t)
	if touched-opened < size-tolerance {
		t.Fatalf("touching %d bytes made only %d resident", size, touched-opened)
	}
	m.Release(100, size/2)
	if half := residentFileBytes(t); touched-half < size/2-tolerance || touched-half > size/2+tolerance {
		t.Errorf("releasing %d bytes freed %d", size/2, touched-half)
	}
	m.Release(0, size)
	if all := residentFileBytes(t); touched-all < size-tolerance {
		t.Errorf("releasing %d bytes freed %d", size, touched-all)
	}
	if !bytes.Equal(m.Bytes(), data) {
		t.Error("after Release the bytes differ")
	}
}
