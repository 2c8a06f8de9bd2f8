package inspect

import (
	"os"
	"runtime"
	"strings"

	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native"
)

// Machine is what lorica finds of the machine it runs on.
type Machine struct {
	CPU     CPU    `json:"cpu"`
	Threads int    `json:"threads"` // what commands use unless told otherwise
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	// Devices are what --device takes.
	Devices []string `json:"devices"`
}

// CPU describes the processor.
type CPU struct {
	Name     string   `json:"name,omitempty"` // as the operating system tells it, where it does
	Features []string `json:"features"`       // instruction sets that matter here
	Tiers    []string `json:"tiers"`          // those that there are kernels for, slowest first
	Tier     string   `json:"tier"`           // the one in use
}

// ThisMachine looks at the machine. LORICA_CPU counts, and is an input error when it names what the CPU lacks.
func ThisMachine(threads int) (*Machine, error) {
	dev, err := native.NewDevice(threads)
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	return &Machine{
		CPU:     CPU{Name: cpuName(), Features: features(), Tiers: Tiers(), Tier: dev.Tier().String()},
		Threads: dev.Threads(), OS: runtime.GOOS, Arch: runtime.GOARCH, Devices: []string{"cpu"},
	}, nil
}

// Tiers lists the instruction sets that there are kernels for on this machine, slowest first.
func Tiers() []string {
	var names []string
	for _, tier := range kernels.Tiers() {
		names = append(names, tier.String())
	}
	return names
}

// cpuName returns the processor's name where Linux tells it, else "".
func cpuName() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
