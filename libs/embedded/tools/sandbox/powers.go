//go:build linux

package main

import (
	"fmt"
	"syscall"
	"unsafe"
)

// Not in package syscall.
const (
	oPath              = 0x200000
	prSetNoNewPrivs    = 38
	prCapAmbient       = 47
	prCapAmbientClear  = 4
	closeRangeCloexec  = 4
	sysCloseRange      = 436
	capabilityVersion3 = 0x20080522
	capSetgid          = 6
	capSetuid          = 7
	capKill            = 5
	capReadAll         = 2
	lastCapability     = 63
	rlimitProcesses    = 6
	rlimitMemlock      = 8
	rlimitMessages     = 12
)

// closeOnExec marks every descriptor from one on as not for the program.
func closeOnExec(first int) {
	if _, _, errno := syscall.RawSyscall(sysCloseRange, uintptr(first), ^uintptr(0)>>32, closeRangeCloexec); errno == 0 {
		return
	}
	for file := first; file < 65536; file++ {
		syscall.CloseOnExec(file)
	}
}

// giveUpPowers makes sure that nobody in here ever has a capability again: what is left to us serves to start the program
// as another user. Without local sockets, those of the file system are out of reach; who collects reads what only
// the program may.
func giveUpPowers(withoutLocalSockets, collects bool) error {
	for capability := uintptr(0); capability <= lastCapability; capability++ {
		if errno := prctl(syscall.PR_CAPBSET_DROP, capability); errno != 0 && errno != syscall.EINVAL {
			return fmt.Errorf("capabilities cannot be given up: %w", errno)
		}
	}
	if errno := prctl(prCapAmbient, prCapAmbientClear); errno != 0 && errno != syscall.EINVAL {
		return fmt.Errorf("capabilities cannot be given up: %w", errno)
	}
	if errno := prctl(prSetNoNewPrivs, 1); errno != 0 {
		return fmt.Errorf("no_new_privs cannot be set: %w", errno)
	}
	header := struct {
		version uint32
		pid     int32
	}{version: capabilityVersion3}
	kept := uint32(1<<capSetgid | 1<<capSetuid | 1<<capKill)
	if collects {
		kept |= 1 << capReadAll
	}
	sets := [2]struct{ effective, permitted, inheritable uint32 }{{effective: kept, permitted: kept}}
	_, _, errno := syscall.AllThreadsSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&sets)), 0)
	if errno != 0 {
		return fmt.Errorf("capabilities cannot be given up: %w", errno)
	}
	return filterCalls(withoutLocalSockets)
}

func prctl(option, argument uintptr) syscall.Errno {
	_, _, errno := syscall.AllThreadsSyscall6(syscall.SYS_PRCTL, option, argument, 0, 0, 0, 0)
	return errno
}

// setLimits bounds each process; what all have together is watched.
func setLimits(most limits) error {
	// Beyond what is watched for, so that it is the watcher who tells; this catches who is faster than it looks.
	memory := uint64(most.Memory) + 256<<20
	for resource, value := range map[int]uint64{
		syscall.RLIMIT_DATA:   memory,
		syscall.RLIMIT_FSIZE:  uint64(most.Disk),
		syscall.RLIMIT_NOFILE: uint64(most.OpenFiles),
		syscall.RLIMIT_CORE:   0,
		rlimitProcesses:       uint64(most.Processes),
		rlimitMemlock:         64 << 10,
		rlimitMessages:        0,
	} {
		limit := syscall.Rlimit{Cur: value, Max: value}
		if err := syscall.Setrlimit(resource, &limit); err != nil {
			return fmt.Errorf("limit %d cannot be set: %w", resource, err)
		}
	}
	return nil
}
