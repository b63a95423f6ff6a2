//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"syscall"
)

const workFolder = "/work"

// Programs, device files and folders: nothing of it grows.
const rootOptions = "size=1m,nr_inodes=512,mode=0755"

var devices = []string{"null", "zero", "random", "urandom"}

// enterWorld makes a root of our own, moves into it and lets go of the host's. It returns a descriptor of a /proc that is
// not in it, or -1.
func enterWorld(asked request, isRoot bool) (int, *report) {
	proc, err := buildWorld(asked, isRoot)
	if err == nil {
		return proc, nil
	}
	var missing *programError
	if errors.As(err, &missing) {
		return -1, &report{Error: "unavailable", Message: missing.Error(), Try: "check that the file is there and that this user may read it"}
	}
	var hidden *shownError
	if errors.As(err, &hidden) {
		return -1, &report{Error: "unavailable", Message: hidden.Error(), Try: "check that it is there and that this user may read it"}
	}
	how := unavailable("a file system of its own cannot be made", err)
	return -1, &how
}

func buildWorld(asked request, isRoot bool) (int, error) {
	// What is mounted here from now on is seen here only.
	if err := mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return -1, err
	}
	programs, err := openPrograms(asked.Programs)
	if err != nil {
		return -1, err
	}
	shown, err := openShown(asked.ReadOnly)
	if err != nil {
		return -1, err
	}
	home := "/tmp"
	opened, err := openDevices()
	if err != nil {
		return -1, err
	}
	if err := mount("tmpfs", home, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, rootOptions); err != nil {
		return -1, err
	}
	if err := os.Chdir(home); err != nil {
		return -1, err
	}
	folder := programFolder(asked)[1:]
	for _, folder := range []string{folder, "dev", "proc", "tmp", "work", "space"} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return -1, err
		}
	}
	for name, file := range programs {
		if err := bind(file, path.Join(folder, name), syscall.MS_NODEV); err != nil {
			return -1, &programError{asked.Programs[name], err}
		}
	}
	for name, file := range opened {
		if err := bind(file, path.Join("dev", name), syscall.MS_NOEXEC); err != nil {
			return -1, err
		}
	}
	if err := makeSpace(asked.Limits.Disk, isRoot); err != nil {
		return -1, err
	}
	if err := show(asked, shown); err != nil {
		return -1, err
	}
	proc := mountProc(asked.Proc)
	if err := leaveHost(); err != nil {
		return -1, err
	}
	return proc, syscall.Sethostname([]byte("sandbox"))
}

// openPrograms holds the files while the host's folders disappear from view.
func openPrograms(paths map[string]string) (map[string]int, error) {
	opened := map[string]int{}
	for name, path := range paths {
		file, err := syscall.Open(path, oPath|syscall.O_CLOEXEC, 0)
		if err != nil {
			return nil, &programError{path, err}
		}
		opened[name] = file
	}
	return opened, nil
}

func openDevices() (map[string]int, error) {
	opened := map[string]int{}
	for _, name := range devices {
		file, err := syscall.Open("/dev/"+name, oPath|syscall.O_CLOEXEC, 0)
		if err != nil {
			return nil, fmt.Errorf("/dev/%s: %w", name, err)
		}
		opened[name] = file
	}
	return opened, nil
}

// bind shows an open file of the host at a new place, to be read and run, and nothing more.
func bind(file int, target string, without uintptr) error {
	place, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	place.Close()
	source := fmt.Sprintf("/proc/self/fd/%d", file)
	if err := mount(source, target, "", syscall.MS_BIND, ""); err != nil {
		return err
	}
	var now syscall.Statfs_t
	if err := syscall.Statfs(target, &now); err != nil {
		return err
	}
	// What the host has forbidden for that file system stays forbidden, or the kernel refuses.
	kept := uintptr(now.Flags) & (syscall.MS_NODEV | syscall.MS_NOEXEC | syscall.MS_NOATIME | syscall.MS_NODIRATIME | syscall.MS_RELATIME)
	return mount("", target, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY|syscall.MS_NOSUID|kept|without, "")
}

// makeSpace gives the program what it may write to: /work and /tmp, both within one cap.
func makeSpace(bytes int64, isRoot bool) error {
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=0755", bytes, 16384+bytes/4096)
	if err := mount("tmpfs", "space", "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, options); err != nil {
		return err
	}
	for _, name := range []string{"work", "tmp"} {
		within := path.Join("space", name)
		if err := os.Mkdir(within, 0o755); err != nil {
			return err
		}
		if err := handOver(within, isRoot); err != nil {
			return err
		}
		if err := mount(within, name, "", syscall.MS_BIND, ""); err != nil {
			return err
		}
	}
	return syscall.Unmount("space", syscall.MNT_DETACH)
}

// mountProc returns a descriptor of a /proc of the new namespaces, and leaves it in sight only if asked to. Containers that
// hide parts of theirs allow none: -1.
func mountProc(visible bool) int {
	if err := mount("proc", "proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return -1
	}
	file, err := syscall.Open("proc", syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		file = -1
	}
	if !visible {
		syscall.Unmount("proc", syscall.MNT_DETACH)
	}
	return file
}

func leaveHost() error {
	// With both names alike the old root comes to lie over the new one, and is taken off there.
	if err := syscall.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	os.Remove("/space")
	return mount("", "/", "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY|syscall.MS_NOSUID|syscall.MS_NODEV, "")
}

func mount(source, target, kind string, flags uintptr, options string) error {
	if err := syscall.Mount(source, target, kind, flags, options); err != nil {
		return fmt.Errorf("mount %s: %w", target, err)
	}
	return nil
}

type programError struct {
	path  string
	cause error
}

func (failed *programError) Error() string {
	return fmt.Sprintf("the program %s cannot be used: %v", failed.path, failed.cause)
}
