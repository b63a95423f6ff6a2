//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"sort"
	"strings"
	"syscall"
	"unsafe"
)

const (
	sysMountSetattr = 442
	atRecursive     = 0x8000
	atWorkingFolder = -100
	readOnlyMounts  = 1 | 2 | 4 // MOUNT_ATTR_RDONLY, NOSUID, NODEV
)

// They work where there is a /proc.
var descriptors = map[string]string{
	"dev/fd": "/proc/self/fd", "dev/stdin": "/proc/self/fd/0", "dev/stdout": "/proc/self/fd/1", "dev/stderr": "/proc/self/fd/2",
}

// usualFiles are what a shell and what it starts look for, and who asks for a name.
func usualFiles(asked request) map[string]string {
	files := map[string]string{}
	if asked.Network != "none" {
		files["etc/hosts"] = asked.hosts()
	}
	if len(asked.ReadOnly) > 0 {
		files["etc/hosts"] = asked.hosts()
		files["etc/nsswitch.conf"] = "passwd: files\ngroup: files\nhosts: files\n"
		files["etc/passwd"] = "root:x:0:0:root:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n"
		files["etc/group"] = "root:x:0:\nnogroup:x:65534:\n"
	}
	return files
}

// programFolder is where the programs that were named lie. The host's /bin may be shown at its own place.
func programFolder(asked request) string {
	if len(asked.ReadOnly) > 0 {
		return "/programs"
	}
	return "/bin"
}

func checkReadOnly(paths []string) error {
	for _, each := range paths {
		if !path.IsAbs(each) || path.Clean(each) != each || each == "/" || strings.ContainsRune(each, 0) {
			return fmt.Errorf("%q cannot be shown", each)
		}
		for _, own := range []string{"/dev", "/proc", "/programs", "/sys", "/tmp", "/work"} {
			if each == own || strings.HasPrefix(each, own+"/") {
				return fmt.Errorf("%q cannot be shown: the sandbox has a %s of its own", each, own)
			}
		}
	}
	return nil
}

func isBelow(file string, folders []string) bool {
	for _, folder := range folders {
		if path.Clean(file) == file && strings.HasPrefix(file, folder+"/") {
			return true
		}
	}
	return false
}

// shown is a file or folder of the host that is held open, or a link.
type shown struct {
	path     string
	file     int
	isFolder bool
	link     string
}

func openShown(paths []string) ([]shown, error) {
	sorted := append([]string{}, paths...)
	sort.Strings(sorted)
	var opened []shown
	for _, each := range sorted {
		if link, err := os.Readlink(each); err == nil {
			opened = append(opened, shown{path: each, link: link})
			continue
		}
		file, err := syscall.Open(each, oPath|syscall.O_CLOEXEC|syscall.O_NOFOLLOW, 0)
		if err != nil {
			return nil, &shownError{each, err}
		}
		var about syscall.Stat_t
		if err := syscall.Fstat(file, &about); err != nil {
			return nil, &shownError{each, err}
		}
		kind := about.Mode & syscall.S_IFMT
		if kind != syscall.S_IFDIR && kind != syscall.S_IFREG {
			return nil, &shownError{each, errors.New("it is neither a file nor a folder")}
		}
		opened = append(opened, shown{path: each, file: file, isFolder: kind == syscall.S_IFDIR})
	}
	return opened, nil
}

// show lays all of it into the new root, where we are. It can be read and run there, and nothing more.
func show(asked request, all []shown) error {
	for _, each := range all {
		if err := showOne(each); err != nil {
			return &shownError{each.path, err}
		}
	}
	if len(all) > 0 {
		for name, target := range descriptors {
			if err := os.Symlink(target, name); err != nil {
				return err
			}
		}
	}
	return writeUsualFiles(usualFiles(asked))
}

func writeUsualFiles(files map[string]string) error {
	for name, text := range files {
		if err := os.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, 0o644)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = file.WriteString(text)
		file.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func showOne(one shown) error {
	place := one.path[1:]
	if err := os.MkdirAll(path.Dir(place), 0o755); err != nil {
		return err
	}
	if one.link != "" {
		return os.Symlink(one.link, place)
	}
	if err := makePlace(place, one.isFolder); err != nil {
		return err
	}
	if err := mount(fmt.Sprintf("/proc/self/fd/%d", one.file), place, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
		return err
	}
	return makeReadOnly(place)
}

func makePlace(place string, isFolder bool) error {
	if isFolder {
		return os.MkdirAll(place, 0o755)
	}
	file, err := os.OpenFile(place, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

// makeReadOnly holds for all that is mounted below, too.
func makeReadOnly(place string) error {
	name, err := syscall.BytePtrFromString(place)
	if err != nil {
		return err
	}
	attributes := struct{ set, clear, propagation, users uint64 }{set: readOnlyMounts}
	folder := atWorkingFolder
	_, _, errno := syscall.Syscall6(sysMountSetattr, uintptr(folder), uintptr(unsafe.Pointer(name)), atRecursive,
		uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes), 0)
	if errno == syscall.ENOSYS {
		return errors.New("folders cannot be shown read-only: it needs Linux 5.12 or newer")
	}
	if errno != 0 {
		return fmt.Errorf("it cannot be made read-only: %w", errno)
	}
	return nil
}

type shownError struct {
	path  string
	cause error
}

func (failed *shownError) Error() string {
	return fmt.Sprintf("%s cannot be shown to the program: %v", failed.path, failed.cause)
}
