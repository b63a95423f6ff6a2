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
	readers, writers [2]*os.File
	copied           chan struct{}
}

var callers = [2]int{1, 2}

func openOutput(forNobody bool) (*output, error) {
	made := &output{copied: make(chan struct{}, len(callers))}
	for index := range callers {
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
	for index, file := range callers {
		out.writers[index].Close()
		go func() {
			io.Copy(os.NewFile(uintptr(file), "caller"), out.readers[index])
			out.copied <- struct{}{}
		}()
	}
}

// end copies what is in the pipes. What those write that outlive the program is of no interest.
func (out *output) end() {
	for index := range callers {
		out.readers[index].SetReadDeadline(time.Now())
	}
	for range callers {
		<-out.copied
	}
	rest := make([]byte, pipeSize)
	for index, file := range callers {
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

func writeAll(file int, bytes []byte) {
	for len(bytes) > 0 {
		n, err := syscall.Write(file, bytes)
		if err != nil && err != syscall.EINTR {
			return
		}
		bytes = bytes[max(n, 0):]
	}
}
