package bench

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// memoryCounters is PROCESS_MEMORY_COUNTERS.
type memoryCounters struct {
	size                                                 uint32
	pageFaults                                           uint32
	peakWorkingSet, workingSet                           uintptr
	peakPagedPool, pagedPool, peakNonPaged, nonPagedPool uintptr
	pagefile, peakPagefile                               uintptr
}

var getProcessMemoryInfo = windows.NewLazySystemDLL("psapi.dll").NewProc("GetProcessMemoryInfo")

// peakRSS returns the largest amount of memory that the process has had resident, in bytes.
func peakRSS() int64 {
	var counters memoryCounters
	counters.size = uint32(unsafe.Sizeof(counters))
	if ok, _, _ := getProcessMemoryInfo.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&counters)), uintptr(counters.size)); ok == 0 {
		return 0
	}
	return int64(counters.peakWorkingSet)
}
