package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

var attempts = map[string]func(args []string){
	"tell":      func([]string) { tell(about()) },
	"read":      func(paths []string) { tell(each(paths, readFile)) },
	"write":     func(paths []string) { tell(each(paths, writeFile)) },
	"list":      func([]string) { tell(list()) },
	"connect":   func(addresses []string) { tell(each(addresses, connect)) },
	"exchange":  func(args []string) { tell(exchange(args[0], args[1])) },
	"hold":      func(args []string) { hold(args[0]) },
	"datagram":  func(addresses []string) { tell(each(addresses, datagram)) },
	"local":     func(paths []string) { tell(each(paths, local)) },
	"pairs":     func([]string) { tell(pairs()) },
	"fetch":     func(urls []string) { tell(fetch(urls)) },
	"get":       func(urls []string) { tell(each(urls, get)) },
	"ask":       func(lines []string) { tell(ask(lines)) },
	"calls":     func([]string) { tell(calls()) },
	"fork":      forkForEver,
	"leave":     leaveChild,
	"sleep":     func([]string) { time.Sleep(time.Hour) },
	"hog":       func(args []string) { hog(number(args[0]) << 20); time.Sleep(time.Minute) },
	"hogs":      func(args []string) { hogs(args) },
	"flood":     func([]string) { flood() },
	"fill":      func([]string) { tell(fill()) },
	"exit":      func(args []string) { fmt.Fprintln(os.Stderr, "on purpose"); os.Exit(number(args[0])) },
	"terminate": func([]string) { syscall.Kill(os.Getpid(), syscall.SIGKILL); time.Sleep(time.Minute) },
	"processes": func([]string) { tell(processes()) },
	"no memory": func([]string) { fmt.Fprintln(os.Stderr, "fatal error: runtime: out of memory"); os.Exit(2) },
}

func main() { attempts[os.Args[1]](os.Args[2:]) }

func tell(what any) {
	json.NewEncoder(os.Stdout).Encode(what)
}

func about() any {
	host, _ := os.Hostname()
	folder, _ := os.Getwd()
	names, _ := net.Interfaces()
	interfaces := []string{}
	for _, each := range names {
		interfaces = append(interfaces, each.Name+" "+each.Flags.String())
	}
	open := []int{}
	for file := 0; file < 1024; file++ {
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(file), syscall.F_GETFD, 0); errno == 0 {
			open = append(open, file)
		}
	}
	core := syscall.Rlimit{}
	syscall.Getrlimit(syscall.RLIMIT_CORE, &core)
	return map[string]any{
		"args": os.Args[2:], "env": os.Environ(), "host": host, "folder": folder, "pid": os.Getpid(), "user": os.Getuid(),
		"interfaces": interfaces, "open": open, "core": core.Max, "capabilities": capabilities(), "noNewPrivileges": noNewPrivileges(),
	}
}

func each(what []string, try func(string) error) map[string]string {
	results := map[string]string{}
	for _, one := range what {
		results[one] = "done"
		if err := try(one); err != nil {
			results[one] = err.Error()
		}
	}
	return results
}

func readFile(path string) error {
	_, err := os.ReadFile(path)
	return err
}

func writeFile(path string) error { return os.WriteFile(path, []byte("x"), 0o644) }

func connect(address string) error {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		connection.Close()
	}
	return err
}

func list() any {
	paths := []string{}
	filepath.WalkDir("/", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}

func calls() any {
	socket := func(family int) error {
		file, err := syscall.Socket(family, syscall.SOCK_STREAM, 0)
		syscall.Close(file)
		return err
	}
	results := map[string]string{}
	for name, err := range map[string]error{
		"unshare": syscall.Unshare(syscall.CLONE_NEWUSER),
		"mount":   syscall.Mount("tmpfs", "/tmp", "tmpfs", 0, ""),
		"chroot":  syscall.Chroot("/tmp"),
		"vsock":   socket(40),
		"netlink": socket(syscall.AF_NETLINK),
		"packet":  socket(syscall.AF_PACKET),
		"local":   socket(syscall.AF_UNIX),
		"name":    syscall.Sethostname([]byte("other")),
		"clone":   cloned(),
	} {
		results[name] = fmt.Sprint(err)
	}
	return results
}

func cloned() error {
	child := exec.Command("/bin/probe", "exit", "0")
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	return child.Run()
}

func capabilities() any {
	header := [2]uint32{0x20080522, 0}
	sets := [6]uint32{}
	syscall.RawSyscall(syscall.SYS_CAPGET, address(&header[0]), address(&sets[0]), 0)
	return sets
}

func noNewPrivileges() int {
	value, _, _ := syscall.RawSyscall(syscall.SYS_PRCTL, 39, 0, 0)
	return int(value)
}

func forkForEver(args []string) {
	for {
		exec.Command("/bin/probe", "fork", args[0]).Start()
	}
}

// leaveChild starts a process that has nothing to do with us any more, and ends or stays.
func leaveChild(args []string) {
	child := exec.Command("/bin/probe", "sleep", args[0])
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.Start()
	fmt.Println("left")
	if args[1] == "stay" {
		time.Sleep(time.Hour)
	}
}

var kept [][]byte

func hog(bytes int) {
	for taken := 0; taken < bytes; taken += 1 << 20 {
		block := make([]byte, 1<<20)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		kept = append(kept, block)
	}
}

func hogs(args []string) {
	for range number(args[0]) {
		exec.Command("/bin/probe", "hog", args[1]).Start()
	}
	time.Sleep(time.Minute)
}

func flood() {
	block := make([]byte, 64<<10)
	for {
		os.Stdout.Write(block)
	}
}

func fill() any {
	file, err := os.Create("/tmp/large")
	for written := 0; err == nil; written++ {
		if written > 4096 {
			return "no end"
		}
		_, err = file.Write(make([]byte, 1<<20))
	}
	return err.Error()
}

func processes() any {
	entries, err := os.ReadDir("/proc")
	pids := []int{}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return map[string]any{"pids": pids, "error": fmt.Sprint(err)}
}

func number(text string) int {
	value, _ := strconv.Atoi(text)
	return value
}
