package strip

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// buildProgram compiles testdata/program.
func buildProgram(t testing.TB) []byte {
	out := filepath.Join(t.TempDir(), "program.wasm")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	build.Dir = filepath.Join("testdata", "program")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if message, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// run returns what a program prints on both streams.
func run(t *testing.T, module []byte, args ...string) (stdout, stderr string) {
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	var out, errors bytes.Buffer
	config := wazero.NewModuleConfig().WithArgs(append([]string{"program"}, args...)...).WithStdout(&out).WithStderr(&errors)
	if _, err := r.InstantiateWithConfig(ctx, module, config); err != nil && len(args) == 0 {
		t.Fatalf("%v\n%s%s", err, &out, &errors)
	}
	return out.String(), errors.String()
}

// compressed returns how many bytes a module takes as brotli.
func compressed(t *testing.T, module []byte) int {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, 5)
	if _, err := w.Write(module); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

func TestAStrippedProgramDoesWhatItDidAndIsMuchSmaller(t *testing.T) {
	whole := buildProgram(t)
	stripped, err := Module(bytes.Clone(whole))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := run(t, whole)
	if got, stderr := run(t, stripped); got != want || len(strings.Split(want, "\n")) < 10 {
		t.Errorf("the stripped program printed\n%s%s, the whole one\n%s", got, stderr, want)
	}
	if before, after := compressed(t, whole), compressed(t, stripped); after > before*8/10 {
		t.Errorf("%d bytes of %d are left, compressed", after, before)
	}
	again, err := Module(bytes.Clone(stripped))
	if err != nil || !bytes.Equal(again, stripped) {
		t.Errorf("stripping twice is not stripping once: %v", err)
	}
}

func TestAPanicOfAStrippedProgramStillSaysWhatHappened(t *testing.T) {
	stripped, err := Module(buildProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	_, stderr := run(t, stripped, "panic")
	if !strings.Contains(stderr, "panic: asked to") || !strings.Contains(stderr, "goroutine 1 [running]") {
		t.Errorf("it printed %q", stderr)
	}
	for _, name := range []string{"main.main", "main.go"} {
		if strings.Contains(stderr, name) {
			t.Errorf("%s is still in there:\n%s", name, stderr)
		}
	}
}

func TestWhatIsNoGoProgramIsRefused(t *testing.T) {
	for name, module := range map[string]string{
		"nothing":     "",
		"text":        "not a module, certainly",
		"version":     "\x00asm\x02\x00\x00\x00",
		"cut section": "\x00asm\x01\x00\x00\x00\x0b\x7f\x00",
		"no data":     "\x00asm\x01\x00\x00\x00",
		"empty data":  "\x00asm\x01\x00\x00\x00\x0b\x01\x00",
		"other data":  "\x00asm\x01\x00\x00\x00\x0b\x07\x01\x00\x41\x00\x0b\x01x",
	} {
		if _, err := Module([]byte(module)); err == nil {
			t.Errorf("%s: stripped", name)
		}
	}
}

func FuzzModulesAreRefusedWithoutAPanic(f *testing.F) {
	whole := buildProgram(f)
	f.Add(uint32(0), uint64(0))
	f.Fuzz(func(t *testing.T, at uint32, value uint64) {
		sections, err := splitModule(whole)
		if err != nil {
			t.Fatal(err)
		}
		i, err := dataSection(sections)
		if err != nil {
			t.Fatal(err)
		}
		memory, err := loadMemory(sections[i].body)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := findTables(memory)
		if err != nil {
			t.Fatal(err)
		}
		place := tables.names + int(at)%(tables.end-tables.names)
		for b := range 8 {
			memory[min(place+b, len(memory)-1)] ^= byte(value >> (8 * b))
		}
		sections[i].body = storeMemory(memory)
		Module(joinModule(sections)) // may fail
	})
}
