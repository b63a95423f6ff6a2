//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path"
	"runtime"
	"sort"
	"syscall"
	"time"
)

// As whom the program runs when root started us.
const nobody = 65534

// runInside is the first process of the new namespaces: it builds the world of the program, starts it and waits. Whatever
// is left of its processes ends with this one.
func runInside() {
	// Nothing that we inherited goes on to the program.
	closeOnExec(statusDescriptor)
	status := os.NewFile(statusDescriptor, "status")
	go dieWithParent()
	how := build(status)
	tell(status, how)
	os.Exit(0)
}

// dieWithParent ends everything when the launcher is gone: the other end of the lifeline closes with it.
func dieWithParent() {
	os.NewFile(lifelineDescriptor, "lifeline").Read(make([]byte, 1))
	os.Exit(1)
}

func build(status *os.File) report {
	isRoot := os.Getuid() == 0 && len(read("/proc/self/uid_map")) > 0 && manyIDs()
	input := bufio.NewReaderSize(os.Stdin, 64<<10)
	asked, err := readRequest(input)
	if err != nil {
		return report{Error: "input", Message: err.Error()}
	}
	env, err := openDoors(asked.doors)
	if err != nil {
		return report{Error: "unavailable", Message: err.Error()}
	}
	for name, value := range asked.Env {
		env[name] = value
	}
	asked.Env = env
	proc, how := enterWorld(asked, isRoot)
	if how != nil {
		return *how
	}
	if err := unpack(input, workFolder, isRoot); err != nil {
		return report{Error: "input", Message: err.Error()}
	}
	var out *output
	if len(asked.ReadOnly) > 0 {
		if out, err = openOutput(isRoot, len(asked.Collect) > 0); err != nil {
			return report{Error: "unavailable", Message: err.Error()}
		}
	}
	// A socket that lies in a folder of the host would lead to who listens there.
	if err := giveUpPowers(len(asked.ReadOnly) > 0, len(asked.Collect) > 0); err != nil {
		return report{Error: "unavailable", Message: err.Error()}
	}
	if err := setLimits(asked.Limits); err != nil {
		return report{Error: "unavailable", Message: err.Error()}
	}
	ended := run(asked, proc, isRoot, out)
	if len(asked.Collect) == 0 || ended.Error != "" || ended.Code != 0 {
		return ended
	}
	if err := collect(asked.Collect, os.Stdout); err != nil {
		return report{Error: "output", Message: err.Error()}
	}
	return ended
}

// manyIDs tells whether we have users to choose from.
func manyIDs() bool {
	lines := bytes.Fields([]byte(read("/proc/self/uid_map")))
	return len(lines) > 3 || (len(lines) == 3 && string(lines[2]) != "1")
}

// run starts the program as nobody, watches its memory and returns how it ended.
func run(asked request, proc int, isRoot bool, out *output) report {
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return report{Error: "unavailable", Message: err.Error()}
	}
	stdout, stderr := uintptr(1), uintptr(2)
	if len(asked.Collect) > 0 {
		stdout = 2
	}
	if out != nil {
		stdout, stderr = out.files()
	}
	attributes := &syscall.SysProcAttr{Setsid: true}
	if isRoot {
		attributes.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	file := asked.Command
	if !path.IsAbs(file) {
		file = path.Join(programFolder(asked), asked.Command)
	}
	pid, err := syscall.ForkExec(file, append([]string{asked.Command}, asked.Args...), &syscall.ProcAttr{
		Dir:   workFolder,
		Env:   environment(asked.Env),
		Files: []uintptr{null.Fd(), stdout, stderr},
		Sys:   attributes,
	})
	if err == syscall.ENOENT && path.IsAbs(asked.Command) {
		return report{Error: "unavailable", Message: asked.Command + " is not on this machine, or needs what its sandbox does not show", Try: "install it"}
	}
	if err == syscall.ENOENT {
		return report{Error: "unavailable", Message: asked.Command + " needs libraries of this machine, and has none in its sandbox", Try: "use a statically linked " + asked.Command}
	}
	if err != nil {
		return report{Error: "unavailable", Message: fmt.Sprintf("%s cannot be started: %v", asked.Command, err)}
	}
	if out != nil {
		out.pass()
		defer out.end()
	} else {
		// Nobody else writes to what it writes to: the reader sees the end when it ends.
		syscall.Close(2)
		if len(asked.Collect) == 0 {
			syscall.Close(1)
		}
	}
	ended := make(chan report, 2)
	go func() {
		runtime.LockOSThread()
		ended <- wait(pid)
	}()
	if proc >= 0 {
		go watchMemory(proc, asked.Limits.Memory, ended)
	}
	return <-ended
}

// wait reaps whoever dies, as the first process of a namespace must, until the program itself has ended.
func wait(program int) report {
	for {
		var status syscall.WaitStatus
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, 0, &usage)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return report{Error: "killed", Message: err.Error()}
		}
		if pid != program {
			continue
		}
		how := report{Code: status.ExitStatus(), Peak: usage.Maxrss << 10}
		if status.Signaled() {
			how.Code = 128 + int(status.Signal())
			how.Signal = status.Signal().String()
		}
		return how
	}
}

// watchMemory ends the program when its processes have more memory together than they may.
func watchMemory(proc int, most int64, ended chan<- report) {
	for ; ; time.Sleep(15 * time.Millisecond) {
		if used := memoryOfOthers(proc); used > most {
			ended <- report{Error: "memory", Message: fmt.Sprintf("it took more than %d bytes of memory", most)}
			return
		}
	}
}

func environment(given map[string]string) []string {
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	sort.Strings(names)
	env := make([]string, 0, len(given))
	for _, name := range names {
		env = append(env, name+"="+given[name])
	}
	return env
}
