package hub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
)

// childVariable makes the test binary the child of the kill test, which pulls the model that it names.
const childVariable = "LORICA_TEST_PULL"

func TestMain(m *testing.M) {
	if model := os.Getenv(childVariable); model != "" {
		if err := child(model); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child pulls a model as the environment says and prints how many bytes have come, again and again.
func child(model string) error {
	config, err := hub.FromEnvironment(os.Getenv)
	if err != nil {
		return err
	}
	c, err := hub.New(config)
	if err != nil {
		return err
	}
	id, err := hub.ParseID(model)
	if err != nil {
		return err
	}
	_, err = c.Pull(context.Background(), id, hub.PullOptions{OnProgress: func(p hub.Progress) { fmt.Println(p.BytesDone) }})
	return err
}

// TestAPullThatIsKilledAgainAndAgainEndsWhole kills children at any moment; what each leaves the next one goes on with, and nobody
// is led to a part of the model.
func TestAPullThatIsKilledAgainAndAgainEndsWhole(t *testing.T) {
	h, repo := start(t), bigRepo(t)
	h.Put(name, repo)
	c := client(t, h, nil)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	kills, resumed := 0, 0
	for life := 0; kills < 12; life++ {
		if life == 100 {
			t.Fatal("the children end before they can be killed")
		}
		h.Mend()
		h.Forget()
		h.Fault(fakehub.Fault{OnCDN: true, CutAfter: 60_000, Stall: time.Minute}) // every life brings so many bytes at most
		if killed(t, c, h, time.Duration(rng.IntN(60))*time.Millisecond) {
			kills++
		}
		for _, request := range asked(h, "GET", "/repos/") {
			if strings.Contains(request, "bytes=") {
				resumed++
			}
		}
		if _, err := c.Cache().Find(parseID(t, name), hub.Model); !errors.Is(err, hub.ErrNotCached) {
			t.Fatalf("after %d kills a part is found: %v", kills, err)
		}
	}
	h.Mend()
	p := pull(t, c, name)
	sameFiles(t, p.Path, repo.Files, "config.json", "vocab.txt", "tokenizer_config.json", "model.safetensors")
	for _, path := range tree(t, c.Cache().Dir) {
		if strings.Contains(path, ".incomplete") || strings.Contains(path, ".tmp-") || strings.HasSuffix(path, ".link") {
			t.Error("left behind: " + path)
		}
	}
	t.Logf("%d lives went on with what was there; the last: %s", resumed, how(p))
}

// killed lets a child pull, kills it a while after its first sign of life, and reports whether it was still alive then.
func killed(t *testing.T, c *hub.Client, h *fakehub.Hub, after time.Duration) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+name, "HF_HUB_CACHE="+c.Cache().Dir, "HF_ENDPOINT="+h.URL, "HF_TOKEN=", "HF_HUB_OFFLINE=", "HF_HOME="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	return cmd.Wait() != nil
}
