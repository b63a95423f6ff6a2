//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const leaseDescriptor = 4

// How often we look: it may run on for so long.
const leaseTick = 100 * time.Millisecond

// lease is until when the program may run: an instant, in milliseconds since 1970. Who started us moves it on by a line on
// descriptor 4, as long as nobody else may do the same work. Who stands still moves nothing on.
type lease struct {
	deadline atomic.Pointer[time.Time]
	isOver   atomic.Bool
}

// openLease takes the first instant from an argument: there is no moment without one.
func openLease(first string) (*lease, error) {
	syscall.CloseOnExec(leaseDescriptor)
	held := &lease{}
	return held, held.move(first)
}

// move keeps the instant twice: by the calendar, which goes on while the machine sleeps, and by the clock that nobody sets.
func (held *lease) move(text string) error {
	instant, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("the end of the lease is not understood: %w", err)
	}
	now := time.Now()
	deadline := now.Add(time.UnixMilli(instant).Sub(now))
	held.deadline.Store(&deadline)
	return nil
}

func (held *lease) lapsed() bool {
	deadline, now := *held.deadline.Load(), time.Now()
	return now.After(deadline) || now.Round(0).After(deadline.Round(0))
}

// watch calls end when the instant has come.
func (held *lease) watch(end func()) {
	go func() {
		lines := bufio.NewScanner(os.NewFile(leaseDescriptor, "lease"))
		for lines.Scan() {
			if held.move(lines.Text()) != nil {
				return
			}
		}
	}()
	go func() {
		for !held.lapsed() {
			time.Sleep(leaseTick)
		}
		held.isOver.Store(true)
		end()
	}()
}

var lapsedReport = report{Error: "lapsed", Message: "its lease was over"}
