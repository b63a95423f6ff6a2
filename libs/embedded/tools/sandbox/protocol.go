//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const statusDescriptor = 3
const lifelineDescriptor = 4

// request is the first line of standard input.
type request struct {
	// Command is a name among Programs, or the path of a program in one of ReadOnly.
	Command string   `json:"command"`
	Args    []string `json:"args"`
	// Env is all that the program finds in its environment.
	Env map[string]string `json:"env"`
	// Programs are absolute paths on the host by the names that they get in /bin, or with ReadOnly in /programs.
	Programs map[string]string `json:"programs"`
	// ReadOnly are folders and files of the host that are seen at their own place, and links, which stay links.
	ReadOnly []string `json:"readOnly"`
	// Network is "none", or "doors" with at least one of them.
	Network string `json:"network"`
	doors
	// Collect are folders below /work. If the program ends well, the files in them come out as a tar archive on standard output;
	// what the program itself writes there goes to standard error then.
	Collect []string `json:"collect"`
	// Proc asks for a /proc of its own, where the system lets us have one.
	Proc   bool   `json:"proc"`
	Limits limits `json:"limits"`
}

type limits struct {
	// Memory is for all processes together, in bytes.
	Memory int64 `json:"memory"`
	// Disk is for all files together, in bytes.
	Disk int64 `json:"disk"`
	// Processes counts threads, too.
	Processes int64 `json:"processes"`
	// OpenFiles is for each process.
	OpenFiles int64 `json:"openFiles"`
}

// report is what descriptor 3 gets: how the program ended, or which of unavailable, input, memory, killed, lapsed came between.
type report struct {
	Error   string `json:"error,omitempty"`
	Message string `json:"message,omitempty"`
	Try     string `json:"try,omitempty"`
	Code    int    `json:"code"`
	Signal  string `json:"signal,omitempty"`
	// Peak is the most memory that one process had, in bytes.
	Peak int64 `json:"peak,omitempty"`
}

const longestRequest = 4 << 20

func readRequest(input *bufio.Reader) (request, error) {
	var asked request
	line, err := readLine(input)
	if err != nil {
		return asked, err
	}
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return asked, fmt.Errorf("the request is not understood: %w", err)
	}
	return asked, check(asked)
}

func readLine(input *bufio.Reader) (string, error) {
	var line strings.Builder
	for {
		part, err := input.ReadSlice('\n')
		line.Write(part)
		if err == nil {
			return line.String(), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", fmt.Errorf("the request ends early: %w", err)
		}
		if line.Len() > longestRequest {
			return "", errors.New("the request is too long")
		}
	}
}

func check(asked request) error {
	hasDoors := len(asked.Forwards) > 0 || asked.Proxy != nil
	if (asked.Network != "none" || hasDoors) && (asked.Network != "doors" || !hasDoors) {
		return fmt.Errorf("network %q is not known", asked.Network)
	}
	if err := checkDoors(asked.doors); err != nil {
		return err
	}
	if err := checkReadOnly(asked.ReadOnly); err != nil {
		return err
	}
	if _, known := asked.Programs[asked.Command]; !known && !isBelow(asked.Command, asked.ReadOnly) {
		return fmt.Errorf("the command %q is not among the programs", asked.Command)
	}
	for _, folder := range asked.Collect {
		if !filepath.IsLocal(folder) || filepath.Clean(folder) != folder || strings.ContainsRune(folder, 0) {
			return fmt.Errorf("%q is no folder to collect", folder)
		}
	}
	for name, path := range asked.Programs {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			return fmt.Errorf("%q is no name of a program", name)
		}
		if !filepath.IsAbs(path) {
			return fmt.Errorf("the path %q is not absolute", path)
		}
	}
	if asked.Limits.Memory <= 0 || asked.Limits.Disk <= 0 || asked.Limits.Processes <= 0 || asked.Limits.OpenFiles <= 0 {
		return errors.New("every limit must be above zero")
	}
	return nil
}

func tell(status io.Writer, how report) {
	line, _ := json.Marshal(how)
	status.Write(append(line, '\n'))
}

func refuse(status io.Writer, how report) int {
	tell(status, how)
	return 0
}

// unavailable tells why the system refuses us, as far as it lets us know.
func unavailable(what string, err error) report {
	how := report{Error: "unavailable", Message: fmt.Sprintf("%s: %v", what, err)}
	switch {
	case read("/proc/sys/user/max_user_namespaces") == "0":
		how.Message += "; user namespaces are switched off"
		how.Try = "set the sysctl user.max_user_namespaces to 10000 or more"
	case read("/proc/sys/kernel/unprivileged_userns_clone") == "0" && os.Geteuid() != 0:
		how.Message += "; user namespaces are for root only here"
		how.Try = "set the sysctl kernel.unprivileged_userns_clone to 1"
	case read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
		how.Message += "; AppArmor restricts user namespaces here"
		how.Try = "give plimsoll-sandbox an AppArmor profile with the rule `userns`, or set the sysctl kernel.apparmor_restrict_unprivileged_userns to 0"
	case errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES):
		how.Try = "in a container, allow user namespaces: a seccomp profile that lets clone and mount pass (Kubernetes: seccompProfile Unconfined or a local one; procMount Unmasked)"
	default:
		how.Try = "run on Linux 5.11 or newer with user, pid, mount and network namespaces"
	}
	return how
}

func read(path string) string {
	text, _ := os.ReadFile(path)
	return strings.TrimSpace(string(text))
}
