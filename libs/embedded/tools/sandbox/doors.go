//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"unsafe"
)

const (
	doorsDescriptor   = 5
	readInterfaceFlag = 0x8913 // SIOCGIFFLAGS
	setInterfaceFlag  = 0x8914 // SIOCSIFFLAGS
	mostForwards      = 64
	mostRules         = 200
	longestDoors      = 128 << 10
)

// forward leads from a port of the sandbox's loopback to a host and port outside.
type forward struct {
	Port int    `json:"port"`
	Host string `json:"host"`
	To   int    `json:"to"`
}

// proxy is for the hosts that rules allow. Setting is what a refusal names as the place to allow more.
type proxy struct {
	Allow   []string `json:"allow"`
	Setting string   `json:"setting"`
}

// doors are all the ways out of a sandbox.
type doors struct {
	Forwards []forward `json:"forwards"`
	Proxy    *proxy    `json:"proxy"`
}

// ways are the forwards that were asked for, and one for each server of this machine that a rule names with its port:
// programs do not ask a proxy for what they take to be their own machine.
func (asked doors) ways() []forward {
	all := append([]forward{}, asked.Forwards...)
	taken := map[int]bool{}
	for _, one := range all {
		taken[one.Port] = true
	}
	for _, one := range asked.rules() {
		if one.port != 0 && !one.suffix && (one.host == "127.0.0.1" || isOwn(one.host)) && !taken[one.port] {
			taken[one.port] = true
			all = append(all, forward{Port: one.port, Host: "127.0.0.1", To: one.port})
		}
	}
	return all
}

func (asked doors) rules() rules {
	if asked.Proxy == nil {
		return nil
	}
	parsed, _ := parseRules(asked.Proxy.Allow)
	return parsed
}

// hosts is what the program may know of names without asking anybody.
func (asked doors) hosts() string {
	names := "127.0.0.1 localhost\n"
	for _, one := range asked.rules() {
		if one.port != 0 && !one.suffix && isOwn(one.host) {
			names += "127.0.0.1 " + one.host + "\n"
		}
	}
	return names
}

func checkDoors(asked doors) error {
	if len(asked.Forwards) > mostForwards {
		return fmt.Errorf("there are more than %d forwards", mostForwards)
	}
	for _, one := range asked.Forwards {
		if _, _, err := target(net.JoinHostPort(one.Host, strconv.Itoa(one.To)), ""); err != nil || one.Port < 1 || one.Port > 65535 {
			return fmt.Errorf("no forward leads from %d to %q port %d", one.Port, one.Host, one.To)
		}
	}
	if asked.Proxy == nil {
		return nil
	}
	if len(asked.Proxy.Allow) > mostRules || len(asked.Proxy.Setting) > 200 {
		return fmt.Errorf("the proxy has more than %d rules", mostRules)
	}
	if _, err := parseRules(asked.Proxy.Allow); err != nil {
		return err
	}
	if len(asked.ways()) > mostForwards {
		return fmt.Errorf("there are more than %d forwards and rules for ports of this machine", mostForwards)
	}
	return nil
}

// openDoors listens on the sandbox's own loopback and hands the listeners to the launcher, which is outside. From then on
// nothing in here has a part in it. It returns what the program must know in its environment.
func openDoors(asked doors) (map[string]string, error) {
	defer syscall.Close(doorsDescriptor)
	if len(asked.Forwards) == 0 && asked.Proxy == nil {
		return map[string]string{}, nil
	}
	if err := raiseLoopback(); err != nil {
		return nil, fmt.Errorf("loopback cannot be used: %w", err)
	}
	var files []int
	for _, one := range asked.ways() {
		file, _, err := listen(one.Port)
		if err != nil {
			return nil, fmt.Errorf("port %d of loopback cannot be used: %w", one.Port, err)
		}
		defer syscall.Close(file)
		files = append(files, file)
	}
	env := map[string]string{}
	if asked.Proxy != nil {
		file, port, err := listen(0)
		if err != nil {
			return nil, fmt.Errorf("the proxy cannot listen: %w", err)
		}
		defer syscall.Close(file)
		files = append(files, file)
		env = proxyEnvironment(port)
	}
	message, _ := json.Marshal(asked)
	return env, syscall.Sendmsg(doorsDescriptor, message, syscall.UnixRights(files...), nil, 0)
}

func proxyEnvironment(port int) map[string]string {
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	// What listens on loopback in there is reached without.
	own := "127.0.0.1,localhost,::1"
	return map[string]string{
		"HTTP_PROXY": address, "http_proxy": address, "HTTPS_PROXY": address, "https_proxy": address, "NO_PROXY": own, "no_proxy": own,
	}
}

func raiseLoopback() error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(socket)
	request := struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}{name: [16]byte{'l', 'o'}}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), readInterfaceFlag, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return errno
	}
	request.flags |= syscall.IFF_UP
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), setInterfaceFlag, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return errno
	}
	return nil
}

func listen(port int) (int, int, error) {
	file, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, 0, err
	}
	err = syscall.Bind(file, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = syscall.Listen(file, 128)
	}
	var name syscall.Sockaddr
	if err == nil {
		name, err = syscall.Getsockname(file)
	}
	if err != nil {
		syscall.Close(file)
		return -1, 0, err
	}
	return file, name.(*syscall.SockaddrInet4).Port, nil
}
