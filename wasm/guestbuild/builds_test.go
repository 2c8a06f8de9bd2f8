package guestbuild_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/lorica-go/lorica/wasm/guestbuild"
	"github.com/lorica-go/lorica/wasm/guestbuild/internal/compile"
)

func TestTheCommittedGuestsAreWhatTheSourcesBuild(t *testing.T) {
	if have := runtime.Version(); have != guestbuild.GoVersion() {
		t.Skipf("needs %s, which built the committed guests: this is %s", guestbuild.GoVersion(), have)
	}
	for system, committed := range map[string]func() ([]byte, error){"js": guestbuild.JS, "wasip1": guestbuild.WASIP1} {
		module, err := committed()
		if err != nil {
			t.Fatal(err)
		}
		built, err := compile.Guest("../guest", system)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(module, built) {
			t.Errorf("the guest for %s is another than the sources build (%d and %d bytes): go generate ./wasm/guestbuild", system, len(module), len(built))
		}
	}
}
