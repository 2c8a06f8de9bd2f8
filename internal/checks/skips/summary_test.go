package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

const passing = `{"Action":"start","Package":"m/a"}
{"Action":"run","Package":"m/a","Test":"TestA"}
{"Action":"output","Package":"m/a","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"m/a","Test":"TestA","Output":"    a_test.go:3: only noted\n"}
{"Action":"output","Package":"m/a","Test":"TestA","Output":"--- PASS: TestA (0.00s)\n"}
{"Action":"pass","Package":"m/a","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"m/a","Output":"PASS\n"}
{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t1.200s\n"}
{"Action":"pass","Package":"m/a","Elapsed":1.2}
`

const skipping = `{"Action":"run","Package":"m/b","Test":"TestB/tier"}
{"Action":"output","Package":"m/b","Test":"TestB/tier","Output":"=== RUN   TestB/tier\n"}
{"Action":"output","Package":"m/b","Test":"TestB/tier","Output":"    b_test.go:7: a note before\n"}
{"Action":"output","Package":"m/b","Test":"TestB/tier","Output":"    b_test.go:9: REASON\n"}
{"Action":"output","Package":"m/b","Test":"TestB/tier","Output":"--- SKIP: TestB/tier (0.00s)\n"}
{"Action":"skip","Package":"m/b","Test":"TestB/tier","Elapsed":0}
`

const silentlySkipping = `{"Action":"output","Package":"m/b","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"m/b","Test":"TestB","Elapsed":0}
`

const failing = `{"Action":"run","Package":"m/c","Test":"TestC"}
{"Action":"output","Package":"m/c","Test":"TestC","Output":"=== RUN   TestC\n"}
{"Action":"output","Package":"m/c","Test":"TestC","Output":"    c_test.go:4: got 1, want 2\n"}
{"Action":"output","Package":"m/c","Test":"TestC","Output":"--- FAIL: TestC (0.00s)\n"}
{"Action":"fail","Package":"m/c","Test":"TestC","Elapsed":0}
{"Action":"output","Package":"m/c","Output":"FAIL\n"}
{"Action":"output","Package":"m/c","Output":"FAIL\tm/c\t0.033s\n"}
{"Action":"fail","Package":"m/c","Elapsed":0.033}
`

const notBuilding = `{"ImportPath":"m/d [m/d.test]","Action":"build-output","Output":"d/d_test.go:3:27: undefined: x\n"}
{"ImportPath":"m/d [m/d.test]","Action":"build-fail"}
{"Action":"output","Package":"m/d","Output":"FAIL\tm/d [build failed]\n"}
{"Action":"fail","Package":"m/d","Elapsed":0,"FailedBuild":"m/d [m/d.test]"}
`

const withoutTests = `{"Action":"output","Package":"m/e","Output":"?   \tm/e\t[no test files]\n"}
{"Action":"skip","Package":"m/e","Elapsed":0}
`

func skippingFor(reason string) string { return strings.Replace(skipping, "REASON", reason, 1) }

func TestSummarize(t *testing.T) {
	const (
		okA     = "ok  \tm/a\t1.200s\n"
		missing = "needs reference data: stat x: no such file"
		python  = "needs LORICA_PYTHON, an interpreter with numpy"
	)
	for _, test := range []struct {
		name          string
		events        string
		referenceData bool // and an interpreter
		ok            bool
		want          string
	}{
		{"a passing package is one line", passing + withoutTests, true, true,
			okA + "?   \tm/e\t[no test files]\n1 passed, 0 failed, 0 skipped\n"},
		{"a failed test shows what it said", passing + failing, true, false,
			okA + "    c_test.go:4: got 1, want 2\n--- FAIL: TestC (0.00s)\nFAIL\nFAIL\tm/c\t0.033s\n1 passed, 1 failed, 0 skipped\n"},
		{"a package that does not build counts as a failure", passing + notBuilding, true, false,
			okA + "d/d_test.go:3:27: undefined: x\nFAIL\tm/d [build failed]\n1 passed, 1 failed, 0 skipped\n"},
		{"a skip for what the machine lacks is fine", passing + skippingFor("this CPU lacks AVX-512"), true, true,
			okA + "skipped 1: this CPU lacks AVX-512\n1 passed, 0 failed, 1 skipped\n"},
		{"missing reference data is fine where there is none", passing + skippingFor(missing), false, true,
			okA + "skipped 1: needs reference data\n1 passed, 0 failed, 1 skipped\n"},
		{"missing reference data is refused where there is some", passing + skippingFor(missing), true, false,
			okA + "skipped 1: needs reference data\nFAIL: skipped without a good reason: m/b TestB/tier: " + missing +
				"\n1 passed, 0 failed, 1 skipped\n"},
		{"a comparison with Python is fine to skip where there is none", passing + skippingFor(python), false, true,
			okA + "skipped 1: " + python + "\n1 passed, 0 failed, 1 skipped\n"},
		{"a comparison with Python is not skipped where there is one", passing + skippingFor(python), true, false,
			okA + "skipped 1: " + python + "\nFAIL: skipped without a good reason: m/b TestB/tier: " + python +
				"\n1 passed, 0 failed, 1 skipped\n"},
		{"an unknown reason is refused", passing + skippingFor("flaky"), false, false,
			okA + "skipped 1: flaky\nFAIL: skipped without a good reason: m/b TestB/tier: flaky\n1 passed, 0 failed, 1 skipped\n"},
		{"a skip without a reason is refused", passing + silentlySkipping, false, false,
			okA + "skipped 1: no reason given\nFAIL: skipped without a good reason: m/b TestB: no reason given\n" +
				"1 passed, 0 failed, 1 skipped\n"},
		{"equal reasons are counted together", passing + skippingFor("this CPU lacks x") + skippingFor("this CPU lacks x"), true, true,
			okA + "skipped 2: this CPU lacks x\n1 passed, 0 failed, 2 skipped\n"},
		{"reasons are counted together whatever is missing", passing + skippingFor(missing) + skippingFor("needs reference data: y"), false, true,
			okA + "skipped 2: needs reference data\n1 passed, 0 failed, 2 skipped\n"},
		{"other lines are passed on", "go: downloading x\n" + passing, true, true,
			"go: downloading x\n" + okA + "1 passed, 0 failed, 0 skipped\n"},
		{"no test at all is a failure", withoutTests, true, false,
			"?   \tm/e\t[no test files]\nFAIL: no test ran\n0 passed, 0 failed, 0 skipped\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			ok, err := summarize(strings.NewReader(test.events), &out, allowedReasons(test.referenceData, test.referenceData, test.referenceData, test.referenceData))
			if err != nil {
				t.Fatal(err)
			}
			if ok != test.ok {
				t.Errorf("got %v, want %v", ok, test.ok)
			}
			if out.String() != test.want {
				t.Errorf("got\n%s\nwant\n%s", out.String(), test.want)
			}
		})
	}
}

// brokenWriter fails every write.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAnOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	if _, err := summarize(strings.NewReader(passing), brokenWriter{}, nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got error %v, want %v", err, io.ErrClosedPipe)
	}
}

func TestAnOverlongLineIsAnError(t *testing.T) {
	if _, err := summarize(strings.NewReader(passing+strings.Repeat("x", maxLine+1)), io.Discard, nil); err == nil {
		t.Error("an overlong line passes as the end of the events")
	}
}
