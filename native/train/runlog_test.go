package train

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALogThatCouldNotBeWrittenIsWrittenAgain(t *testing.T) {
	var heard bytes.Buffer
	path := filepath.Join(t.TempDir(), LogFile)
	l, err := openLog(path, []Entry{{Step: 1}}, slog.New(slog.NewTextHandler(&heard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	l.write(Entry{Step: 2})
	l.close() // from here on nothing can be written
	l.write(Entry{Step: 3})
	l.write(Entry{Step: 4})
	if n := strings.Count(heard.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings: %s", n, heard.String())
	}
	if err := l.repair([]Entry{{Step: 1}, {Step: 2}, {Step: 3}, {Step: 4}}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "{\"step\":1,\"epoch\":0}\n{\"step\":2,\"epoch\":0}\n{\"step\":3,\"epoch\":0}\n{\"step\":4,\"epoch\":0}\n"
	if string(content) != want {
		t.Errorf("the log is %s", content)
	}
}
