package journal

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
)

var errCrash = errors.New("crash")

// crashingDisk is a disk in memory that stops working after a number of steps: the step in which it does is made in full, in part
// or not at all.
type crashingDisk struct {
	rng   *rand.Rand
	files map[string]*memory
	steps int // left until the crash
}

// memory is a file's content, as the system shows it and as the disk would have it after a power cut.
type memory struct{ now, flushed []byte }

func newCrashingDisk(seed uint64) *crashingDisk {
	return &crashingDisk{rng: rand.New(rand.NewPCG(seed, 1)), files: map[string]*memory{}}
}

// step counts a step and returns how much of it is made, from 0 to 1.
func (d *crashingDisk) step() (share float64, err error) {
	d.steps--
	switch {
	case d.steps > 0:
		return 1, nil
	case d.steps == 0:
		return []float64{0, d.rng.Float64(), 1}[d.rng.IntN(3)], errCrash
	}
	return 0, errCrash
}

// reboot makes the disk work for a number of steps. After a power cut, of what was not flushed any part is left, with zeros where
// the file system had only reserved room.
func (d *crashingDisk) reboot(powerCut bool, steps int) {
	d.steps = steps
	for _, m := range d.files {
		if powerCut {
			long, short := m.now, m.flushed
			if len(long) < len(short) {
				long, short = short, long
			}
			kept := len(short) + d.rng.IntN(len(long)-len(short)+1)
			content := slices.Clone(long[:kept])
			copy(content, m.flushed)
			if tail := content[min(len(m.flushed), kept):]; d.rng.IntN(2) == 0 && len(tail) > 0 {
				clear(tail[d.rng.IntN(len(tail)):])
			}
			m.now = content
		}
		m.flushed = slices.Clone(m.now)
	}
}

func (d *crashingDisk) exists(path string) (bool, error) { return d.files[path] != nil, nil }

func (d *crashingDisk) open(path string) (file, error) { return &memoryFile{d, d.files[path]}, nil }

func (d *crashingDisk) replace(path string, fill func(w io.Writer) error) error {
	var content bytes.Buffer
	if err := fill(&content); err != nil {
		return err
	}
	share, err := d.step()
	if share == 1 {
		d.files[path] = &memory{slices.Clone(content.Bytes()), slices.Clone(content.Bytes())}
	}
	return err
}

func (d *crashingDisk) lock(string) (func() error, error) { return func() error { return nil }, nil }

type memoryFile struct {
	d *crashingDisk
	m *memory
}

func (f *memoryFile) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(f.m.now).ReadAt(p, at)
}

func (f *memoryFile) WriteAt(p []byte, at int64) (int, error) {
	share, err := f.d.step()
	p = p[:int(share*float64(len(p)))]
	if need := int(at) + len(p); need > len(f.m.now) && len(p) > 0 {
		f.m.now = append(f.m.now, make([]byte, need-len(f.m.now))...)
	}
	return copy(f.m.now[min(int(at), len(f.m.now)):], p), err
}

func (f *memoryFile) Truncate(size int64) error {
	share, err := f.d.step()
	if share == 1 {
		f.m.now = slices.Clone(f.m.now[:size])
	}
	return err
}

func (f *memoryFile) Sync() error {
	share, err := f.d.step()
	if share == 1 {
		f.m.flushed = slices.Clone(f.m.now)
	}
	return err
}

func (f *memoryFile) Size() (int64, error) { return int64(len(f.m.now)), nil }
func (f *memoryFile) Close() error         { return nil }
