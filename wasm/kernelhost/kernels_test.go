package kernelhost_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"github.com/lorica-go/lorica/wasm/kernelhost"
)

// kernelsTests compiles the tests of package kernels for an operating system on wasm and returns the program.
func kernelsTests(tb testing.TB, system string) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), "kernels.test.wasm")
	build := exec.Command("go", "test", "-c", "-o", program, "../../kernels")
	build.Env = append(os.Environ(), "GOOS="+system, "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("go test -c for %s/wasm: %v\n%s", system, err, out)
	}
	return program
}

// passed fails the test unless the output of a test binary run with -test.v says that the tier's tests ran and all passed.
func passed(t *testing.T, tier, out string) {
	t.Helper()
	for _, want := range []string{
		"--- PASS: TestAllImplementations/" + tier + "/Gemm_at_odd_shapes ", "--- PASS: TestAllImplementations/" + tier + "/LayerNorm ", "\nPASS\n",
	} {
		if !strings.Contains(out, want) {
			t.Fatalf("the output lacks %q:\n%s", want, failures(out))
		}
	}
}

// failures returns the end of the lines of a test binary's output that are not about tests that run or passed.
func failures(out string) string {
	var kept []string
	for line := range strings.Lines(out) {
		if !strings.Contains(line, "=== ") && !strings.Contains(line, "--- PASS") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept[max(0, len(kept)-40):], "")
}

// onTier are the arguments that run the tests of one tier.
func onTier(tier string) []string {
	return []string{"-test.v", "-test.run", "TestAllImplementations/" + tier}
}

func TestTheKernelsOfEveryTierAreRightInNode(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	program := kernelsTests(t, "js")
	for _, test := range []struct{ variant, tier string }{{"simd128", "simd128"}, {"relaxed", "relaxed"}} {
		t.Run(test.variant, func(t *testing.T) {
			out, err := inNode(t, node, test.variant, program, onTier(test.tier)...)
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == 3 {
				t.Skipf("this platform lacks relaxed SIMD in node: %s", strings.TrimSpace(out))
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, failures(out))
			}
			passed(t, test.tier, out)
		})
	}
}

func TestAProgramWithoutKernelsRunsPortableOnesInNode(t *testing.T) {
	node := findNode(t)
	out, err := inNode(t, node, "none", kernelsTests(t, "js"), "-test.v", "-test.run", "TestAllImplementations/(generic|simd128)/(Gemm_of_many_jobs|Pack)")
	if err != nil {
		t.Fatalf("%v\n%s", err, failures(out))
	}
	for _, want := range []string{"--- PASS: TestAllImplementations/generic/Pack ", "--- SKIP: TestAllImplementations/simd128 ", "instruction set \"simd128\": this machine has generic"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
}

// findNode returns the path of node, or skips the test.
func findNode(tb testing.TB) string {
	tb.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		tb.Skipf("needs node: %v", err)
	}
	return node
}

// inNode runs a program for js with a variant's kernels and returns what it printed.
func inNode(tb testing.TB, node, variant, program string, args ...string) (string, error) {
	tb.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		tb.Fatal(err)
	}
	script, err := filepath.Abs(filepath.Join("testdata", "run.js"))
	if err != nil {
		tb.Fatal(err)
	}
	wasmExec := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm")
	run := exec.Command(node, append([]string{script, wasmExec, filepath.Dir(filepath.Dir(script)), variant, program}, args...)...)
	run.Dir = tb.TempDir()
	out, err := run.CombinedOutput()
	return string(out), err
}

func TestTheKernelsAreRightInWazero(t *testing.T) {
	t.Parallel()
	out, err := inWazero(t, kernelhost.SIMD128, kernelsTests(t, "wasip1"), onTier("simd128")...)
	if err != nil {
		t.Fatalf("%v\n%s", err, failures(out))
	}
	passed(t, "simd128", out)
}

func TestAProgramWithoutKernelsRunsPortableOnesInWazero(t *testing.T) {
	out, err := inWazero(t, kernelhost.Portable, kernelsTests(t, "wasip1"), "-test.v", "-test.run", "TestAllImplementations/(generic|simd128)/Pack")
	if err != nil || !strings.Contains(out, "--- PASS: TestAllImplementations/generic/Pack ") ||
		!strings.Contains(out, "--- SKIP: TestAllImplementations/simd128 ") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestWazeroRefusesRelaxedSIMD(t *testing.T) {
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	if _, err := kernelhost.NewLinker(ctx, r, r, kernelhost.RelaxedSIMD); err == nil {
		t.Error("no error: let Variant say so, and test the tier")
	}
}

// inWazero runs a program for wasip1 with a variant's kernels and returns what it printed.
func inWazero(tb testing.TB, v kernelhost.Variant, program string, args ...string) (string, error) {
	tb.Helper()
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	linker, err := kernelhost.NewLinker(ctx, r, r, v)
	if err != nil {
		tb.Fatal(err)
	}
	code, err := os.ReadFile(program)
	if err != nil {
		tb.Fatal(err)
	}
	compiled, err := r.CompileModule(ctx, code)
	if err != nil {
		tb.Fatal(err)
	}
	var out bytes.Buffer
	config := wazero.NewModuleConfig().WithName("").WithArgs(append([]string{"kernels.test"}, args...)...).
		WithStdout(&out).WithStderr(&out).WithSysNanotime().WithSysWalltime().WithSysNanosleep().
		WithFSConfig(wazero.NewFSConfig().WithDirMount(tb.TempDir(), "/"))
	instance, err := linker.Instantiate(ctx, compiled, config)
	if err != nil {
		tb.Fatal(err)
	}
	defer instance.Close(ctx)
	_, err = instance.Program.ExportedFunction("_start").Call(ctx)
	if exit := new(sys.ExitError); errors.As(err, &exit) && exit.ExitCode() == 0 {
		err = nil
	}
	return out.String(), err
}
