//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

var pageSize = int64(os.Getpagesize())

// memoryOfOthers sums what is resident of every process in the namespace but ourselves, in bytes, less what they share
// with files. The descriptor is that of a /proc which the program cannot see.
func memoryOfOthers(proc int) int64 {
	var sum int64
	for _, pid := range processes(proc) {
		if pid == 1 {
			continue
		}
		fields := bytes.Fields(readAt(proc, fmt.Sprintf("%d/statm", pid)))
		if len(fields) < 3 {
			continue
		}
		resident, _ := strconv.ParseInt(string(fields[1]), 10, 64)
		shared, _ := strconv.ParseInt(string(fields[2]), 10, 64)
		sum += (resident - shared) * pageSize
	}
	return sum
}

func processes(proc int) []int {
	if _, err := syscall.Seek(proc, 0, 0); err != nil {
		return nil
	}
	var pids []int
	buffer := make([]byte, 32<<10)
	for {
		n, err := syscall.ReadDirent(proc, buffer)
		if err != nil || n <= 0 {
			return pids
		}
		_, _, names := syscall.ParseDirent(buffer[:n], -1, nil)
		for _, name := range names {
			if pid, err := strconv.Atoi(name); err == nil {
				pids = append(pids, pid)
			}
		}
	}
}

func readAt(folder int, name string) []byte {
	file, err := syscall.Openat(folder, name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(file)
	buffer := make([]byte, 512)
	n, _ := syscall.Read(file, buffer)
	return buffer[:max(n, 0)]
}
