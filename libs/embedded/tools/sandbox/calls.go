//go:build linux && (amd64 || arm64)

package main

import (
	"fmt"
	"syscall"
	"unsafe"
)

// A filter of the kernel's: instructions of classic BPF over {number, architecture, instruction pointer, arguments}.
type instruction struct {
	code      uint16
	yes, no   uint8
	parameter uint32
}

const (
	load       = 0x20 // a word of the call at an offset
	jumpEqual  = 0x15
	jumpAtOnce = 0x35 // greater or equal
	jumpBits   = 0x45
	keepBits   = 0x54
	answer     = 0x06

	allow  = 0x7fff0000
	deny   = 0x00050000 | uint32(syscall.EPERM)
	absent = 0x00050000 | uint32(syscall.ENOSYS)
	kill   = 0x80000000

	numberAt       = 0
	architectureAt = 4
	firstArgument  = 16
	secondArgument = 24

	setModeFilter = 1
	allThreads    = 1
	newNamespaces = 0x7e020000 // CLONE_NEW*, but for time: clone takes that bit as part of a signal
)

// Calls that have the same number everywhere.
var newerCalls = []uint32{
	425, 426, 427, // io_uring_setup, io_uring_enter, io_uring_register
	428, 429, 430, 431, 432, 433, // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick
	438, 442, // pidfd_getfd, mount_setattr
}

// filterCalls takes away what no program in here needs and what has let programs out before: namespaces, mounts, tracing,
// key rings, BPF, io_uring, and sockets other than local and internet ones (those of a virtual machine's host know no namespace).
func filterCalls(withoutLocalSockets bool) error {
	program := []instruction{
		{load, 0, 0, architectureAt},
		{jumpEqual, 1, 0, architecture},
		{answer, 0, 0, kill},
		{load, 0, 0, numberAt},
	}
	if otherNumbers != 0 {
		program = append(program, instruction{jumpAtOnce, 0, 1, otherNumbers}, instruction{answer, 0, 0, kill})
	}
	for _, number := range deniedCalls {
		program = append(program, instruction{jumpEqual, 0, 1, number}, instruction{answer, 0, 0, deny})
	}
	local := uint32(syscall.AF_UNIX)
	if withoutLocalSockets {
		local = syscall.AF_INET
		// A pair stays with itself, but that one of datagrams may send to any path.
		program = append(program,
			instruction{jumpEqual, 0, 5, uint32(syscall.SYS_SOCKETPAIR)},
			instruction{load, 0, 0, secondArgument},
			instruction{keepBits, 0, 0, 0xf},
			instruction{jumpEqual, 2, 0, syscall.SOCK_STREAM},
			instruction{jumpEqual, 1, 0, syscall.SOCK_SEQPACKET},
			instruction{answer, 0, 0, deny},
			instruction{load, 0, 0, numberAt},
		)
	}
	// Its flags lie in memory, where a filter cannot look: C libraries fall back to clone.
	program = append(program, instruction{jumpEqual, 0, 1, clone3Call}, instruction{answer, 0, 0, absent})
	program = append(program,
		instruction{jumpEqual, 0, 4, uint32(syscall.SYS_CLONE)},
		instruction{load, 0, 0, firstArgument},
		instruction{jumpBits, 0, 1, newNamespaces},
		instruction{answer, 0, 0, deny},
		instruction{answer, 0, 0, allow},
		instruction{jumpEqual, 0, 5, uint32(syscall.SYS_SOCKET)},
		instruction{load, 0, 0, firstArgument},
		instruction{jumpEqual, 3, 0, local},
		instruction{jumpEqual, 2, 0, syscall.AF_INET},
		instruction{jumpEqual, 1, 0, syscall.AF_INET6},
		instruction{answer, 0, 0, deny},
		instruction{answer, 0, 0, allow},
	)
	filter := struct {
		length  uint16
		program *instruction
	}{uint16(len(program)), &program[0]}
	_, _, errno := syscall.RawSyscall(seccompCall, setModeFilter, allThreads, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		return fmt.Errorf("system calls cannot be filtered: %w", errno)
	}
	return nil
}
