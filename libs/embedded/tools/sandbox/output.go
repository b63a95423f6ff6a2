//go:build linux

package main

import (
	"io"
	"os"
	"syscall"
	"time"
)

// A pipe holds this much.
const pipeSize = 64 << 10

// output is where the program writes to: pipes of our own, where it may open /dev/stdout and /dev/stderr by name, as scripts
// do. Those of the caller may be sockets, or belong to another user.
type output struct {
	callers          [2]int
	readers, writers [2]*os.File
	copied           chan struct{}
}

// openOutput leaves standard output to others if only standard error is to be written to.
func openOutput(forNobody, errorsOnly bool) (*output, error) {
	made := &output{callers: [2]int{1, 2}, copied: make(chan struct{}, 2)}
	if errorsOnly {
		made.callers[0] = 2
	}
	for index := range made.callers {
		reader, writer, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		if forNobody {
			if err := writer.Chown(nobody, nobody); err != nil {
				return nil, err
			}
		}
		made.readers[index], made.writers[index] = reader, writer
	}
	return made, nil
}

func (out *output) files() (uintptr, uintptr) {
	return out.writers[0].Fd(), out.writers[1].Fd()
}

// pass begins to copy, once the program has the other ends.
func (out *output) pass() {
	for index, file := range out.callers {
		out.writers[index].Close()
		go func() {
			io.Copy(caller(file), out.readers[index])
			out.copied <- struct{}{}
		}()
	}
}

// end copies what is in the pipes. What those write that outlive the program is of no interest.
func (out *output) end() {
	for index := range out.callers {
		out.readers[index].SetReadDeadline(time.Now())
	}
	for range out.callers {
		<-out.copied
	}
	rest := make([]byte, pipeSize)
	for index, file := range out.callers {
		raw, err := out.readers[index].SyscallConn()
		if err != nil {
			continue
		}
		raw.Control(func(reader uintptr) {
			for left := pipeSize; left > 0; {
				n, err := syscall.Read(int(reader), rest[:left])
				if n <= 0 || err != nil {
					return
				}
				left -= n
				writeAll(file, rest[:n])
			}
		})
	}
}

func writeAll(file int, bytes []byte) (int, error) {
	for written := 0; written < len(bytes); {
		n, err := syscall.Write(file, bytes[written:])
		if err != nil && err != syscall.EINTR {
			return written, err
		}
		written += max(n, 0)
	}
	return len(bytes), nil
}

// caller is a descriptor that is not closed with the last who writes to it.
type caller int

func (file caller) Write(bytes []byte) (int, error) {
	return writeAll(int(file), bytes)
}
