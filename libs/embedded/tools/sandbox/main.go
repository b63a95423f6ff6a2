//go:build linux

// plimsoll-sandbox runs one program that is not trusted: in namespaces of its own, without a network, with no file of
// the host but the programs that it was given, without capabilities, and within limits. On request it may read some of the
// host's folders, and has doors: ports of its own loopback that lead to named places (see doors.go).
//
// Standard input carries one line of JSON (see request), then a tar archive of the files for the program's folder: what
// is in them touches no disk. Standard output and standard error are the program's. The last line of JSON on descriptor 3
// says how it ended (see report); others tell what it could not reach (see event). The end of the launcher, or of the process that started it, ends all,
// and so does the end of a lease (see lease.go).
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
)

// version is set when it is built.
var version = "0.0.0"

// The launcher starts itself a second time, as the first process of the new namespaces.
const inside = "inside"

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "--version":
		fmt.Println(version)
	case len(os.Args) == 2 && os.Args[1] == inside:
		runInside()
	case len(os.Args) == 2:
		// The thread that starts the other one must live as long as it: its death is the signal.
		runtime.LockOSThread()
		os.Exit(launch(os.Args[1], ""))
	case len(os.Args) == 3:
		runtime.LockOSThread()
		os.Exit(launch(os.Args[1], os.Args[2]))
	default:
		fmt.Fprintln(os.Stderr, "usage: plimsoll-sandbox PARENT_PID [LEASE], with a request on standard input and descriptor 3 open, and 4 with a lease")
		os.Exit(2)
	}
}

// launch starts the second self and waits for it. The parent's process id tells whether it died before we could ask to be
// told of its death. Without a lease the program may run for as long as it lives.
func launch(parent, until string) int {
	status := os.NewFile(statusDescriptor, "status")
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0); errno != 0 {
		return refuse(status, report{Error: "unavailable", Message: "the launcher cannot follow its parent: " + errno.Error()})
	}
	if pid, err := strconv.Atoi(parent); err != nil || pid != os.Getppid() {
		return 2
	}
	var held *lease
	if until != "" {
		var err error
		if held, err = openLease(until); err != nil {
			return refuse(status, report{Error: "input", Message: err.Error()})
		}
		if held.lapsed() {
			return refuse(status, lapsedReport)
		}
	}
	lifeline, holder, err := os.Pipe()
	if err != nil {
		return refuse(status, report{Error: "unavailable", Message: err.Error()})
	}
	attributes, err := namespaces()
	if err != nil {
		return refuse(status, report{Error: "unavailable", Message: err.Error()})
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return refuse(status, report{Error: "unavailable", Message: err.Error()})
	}
	doors := os.NewFile(uintptr(pair[1]), "doors")
	child := exec.Cmd{
		Path:        "/proc/self/exe",
		Args:        []string{"plimsoll-sandbox", inside},
		Env:         []string{},
		Stdin:       os.Stdin,
		Stdout:      os.Stdout,
		Stderr:      os.Stderr,
		ExtraFiles:  []*os.File{status, lifeline, doors},
		SysProcAttr: attributes,
	}
	if err := child.Start(); err != nil {
		return refuse(status, unavailable("namespaces cannot be made", err))
	}
	lifeline.Close()
	doors.Close()
	if held != nil {
		held.watch(func() { child.Process.Kill() })
	}
	outside := newRelay(status)
	broken := make(chan error, 1)
	go func() {
		if err := outside.receive(pair[0]); err != nil {
			broken <- err
			child.Process.Kill()
		}
	}()
	err = child.Wait()
	runtime.KeepAlive(holder)
	outside.drain()
	select {
	case why := <-broken:
		return refuse(status, report{Error: "unavailable", Message: "the way out of the sandbox broke: " + why.Error()})
	default:
	}
	if child.ProcessState.ExitCode() == 0 {
		return 0
	}
	if held != nil && held.isOver.Load() {
		return refuse(status, lapsedReport)
	}
	return refuse(status, report{Error: "killed", Message: fmt.Sprintf("the sandbox was ended from outside: %v", err)})
}

// namespaces says what the second self is to have of its own. Root keeps the numbering of users, so that it can reach its
// programs wherever they lie and hand the program to nobody; an ordinary user can have one user only.
func namespaces() (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS | syscall.CLONE_NEWCGROUP,
		Pdeathsig: syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
		attributes.Credential = &syscall.Credential{NoSetGroups: true}
		return attributes, nil
	}
	var err error
	if attributes.UidMappings, err = allIDs("/proc/self/uid_map"); err != nil {
		return nil, err
	}
	if attributes.GidMappings, err = allIDs("/proc/self/gid_map"); err != nil {
		return nil, err
	}
	attributes.GidMappingsEnableSetgroups = true
	attributes.Credential = &syscall.Credential{}
	return attributes, nil
}

// allIDs maps every id that we know to itself.
func allIDs(path string) ([]syscall.SysProcIDMap, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var ids []syscall.SysProcIDMap
	for {
		var within, outside, size int
		if n, _ := fmt.Fscan(file, &within, &outside, &size); n < 3 {
			return ids, nil
		}
		ids = append(ids, syscall.SysProcIDMap{ContainerID: within, HostID: within, Size: size})
	}
}
