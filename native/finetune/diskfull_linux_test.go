package finetune_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// smallDisk mounts a file system in memory of so many kilobytes.
func smallDisk(t *testing.T, kilobytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", kilobytes)); err != nil {
		t.Skipf("this platform lacks the right to mount a file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestAFullDiskIsBadInputAndLeavesWholeFilesOnly(t *testing.T) {
	c := tinyRun(t, tiny.Options{})
	c.Train.Epochs = 1
	mustRun(t, c)
	taken := 0 // kilobytes of what is written before, in pages
	size := func(names ...string) int {
		total := 0
		for _, name := range names {
			total += (len(readFile(t, filepath.Join(c.Out, name))) + 4095) / 4096 * 4
		}
		return total
	}
	for _, stage := range []struct {
		name  string
		takes int
	}{
		{"checkpoint", size(finetune.ConfigFile, finetune.LogFile, finetune.CheckpointFile)},
		{"adapter", size(outputs[:3]...)},
		{"model.safetensors.lorica-draft", size(finetune.BundleFile)},
		{finetune.BundleFile + ":", size(finetune.BundleFile)},
	} {
		full := c
		full.Out = filepath.Join(smallDisk(t, taken+stage.takes/2), "run")
		taken += stage.takes
		_, err := finetune.Run(context.Background(), full)
		if !badinput.Is(err) || !errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), full.Out) || !strings.Contains(err.Error(), stage.name) {
			t.Errorf("full for %s: got %v", stage.name, err)
		}
		wholeFilesOnly(t, c.Out, full.Out)
	}
}

// wholeFilesOnly checks that what stands in a folder is what a run that succeeded has, whole, but for the log, which may end early,
// the checkpoint and the report, which tell times.
func wholeFilesOnly(t *testing.T, want, got string) {
	t.Helper()
	err := filepath.WalkDir(got, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(got, path)
		if err != nil {
			return err
		}
		if name == finetune.LogFile || filepath.ToSlash(name) == finetune.CheckpointFile || strings.HasPrefix(name, "report.") {
			return nil
		}
		if _, err := os.Stat(filepath.Join(want, name)); err != nil {
			t.Errorf("%s is left over", name)
		} else if readFile(t, path) != readFile(t, filepath.Join(want, name)) {
			t.Errorf("%s is not whole", name)
		}
		return nil
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

func TestAnOldRunSurvivesAFullDisk(t *testing.T) {
	c := tinyRun(t, tiny.Options{})
	c.Train.Epochs = 1
	disk := smallDisk(t, 4096)
	c.Out = filepath.Join(disk, "run")
	mustRun(t, c)
	kept := map[string]string{}
	for _, name := range outputs[:4] {
		kept[name] = readFile(t, filepath.Join(c.Out, name))
	}
	fill(t, filepath.Join(disk, "ballast"))
	c.Train.Seed = 7
	if _, err := finetune.Run(context.Background(), c); !badinput.Is(err) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	for name, content := range kept {
		if readFile(t, filepath.Join(c.Out, name)) != content {
			t.Errorf("%s was touched", name)
		}
	}
}

// fill takes up all space but for some kilobytes.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for block := make([]byte, 4096); ; size += int64(len(block)) {
		if _, err := f.Write(block); err != nil {
			break
		}
	}
	if err := errors.Join(f.Truncate(size-16<<10), f.Close()); err != nil {
		t.Fatal(err)
	}
}
