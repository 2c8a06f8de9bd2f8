package native

import (
	"os"
	"runtime"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// tierVariable is the environment variable that caps the instruction set.
const tierVariable = "LORICA_CPU"

// NewDevice returns a CPU device on the given number of threads, or on all that Go may use when threads is 0. The environment
// variable LORICA_CPU names the instruction set to use instead of the best that the CPU has; a name that the CPU lacks is an
// input error that lists what it has.
func NewDevice(threads int) (*kernels.CPU, error) {
	tier := kernels.BestTier()
	if name := os.Getenv(tierVariable); name != "" {
		var err error
		if tier, err = kernels.ParseTier(name); err != nil {
			return nil, badinput.Errorf("%s: %w", tierVariable, err)
		}
	}
	return NewDeviceOf(tier, threads)
}

// NewDeviceOf returns a CPU device of that tier, on all threads that Go may use when threads is 0.
func NewDeviceOf(tier kernels.Tier, threads int) (*kernels.CPU, error) {
	if threads < 0 {
		return nil, badinput.Errorf("%d threads", threads)
	}
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return kernels.NewCPU(tier, threads)
}

// UseHugePages asks the system to put what the device allocates from now on on huge pages. It takes longer to get such memory,
// and products that read much of it are up to a fifth faster.
func UseHugePages(dev *kernels.CPU) { dev.AdviseMemory(adviseHugePages) }
