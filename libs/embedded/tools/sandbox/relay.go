//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// At most so many connections at a time: what more there are wait.
const mostConnections = 256

// How long what a program has sent before its end may take to be passed on.
const lastWords = 2 * time.Second

// relay is the launcher's part of the doors: it stands in the network of the host, accepts what comes to the listeners of
// the sandbox and connects it to where the doors lead.
type relay struct {
	tell    func(event)
	room    chan struct{}
	sending atomic.Int64
}

// event is a line on the status descriptor, before the report.
type event struct {
	Refused     *attempt `json:"refused,omitempty"`
	Unreachable *attempt `json:"unreachable,omitempty"`
}

type attempt struct {
	Host    string `json:"host"`
	Port    int    `json:"port"`
	Because string `json:"because"`
}

func newRelay(status io.Writer) *relay {
	return &relay{tell: onceEach(status), room: make(chan struct{}, mostConnections)}
}

// onceEach writes each event once, and a hundred at most: nobody floods who reads them.
func onceEach(status io.Writer) func(event) {
	var lock sync.Mutex
	told := map[string]bool{}
	return func(what event) {
		line, _ := json.Marshal(what)
		lock.Lock()
		defer lock.Unlock()
		if told[string(line)] || len(told) >= 100 {
			return
		}
		told[string(line)] = true
		status.Write(append(line, '\n'))
	}
}

// receive waits for the listeners and serves them. A sandbox without doors sends none.
func (outside *relay) receive(socket int) error {
	defer syscall.Close(socket)
	message, rights := make([]byte, longestDoors), make([]byte, syscall.CmsgSpace(4*(mostForwards+1)))
	length, rightsLength, _, _, err := syscall.Recvmsg(socket, message, rights, syscall.MSG_CMSG_CLOEXEC)
	if err != nil || length == 0 {
		return err
	}
	var asked doors
	if err := json.Unmarshal(message[:length], &asked); err != nil {
		return err
	}
	if err := checkDoors(asked); err != nil {
		return err
	}
	listeners, err := listenersOf(rights[:rightsLength])
	if err != nil {
		return err
	}
	ways := asked.ways()
	if len(listeners) < len(ways) || (asked.Proxy != nil && len(listeners) != len(ways)+1) {
		return errors.New("a listener is missing")
	}
	for index, one := range ways {
		go outside.forward(listeners[index], one)
	}
	if asked.Proxy != nil {
		go outside.serveProxy(listeners[len(ways)], *asked.Proxy)
	}
	return nil
}

func listenersOf(rights []byte) ([]net.Listener, error) {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	var listeners []net.Listener
	for _, message := range messages {
		files, err := syscall.ParseUnixRights(&message)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			opened := os.NewFile(uintptr(file), "listener")
			listener, err := net.FileListener(opened)
			opened.Close()
			if err != nil {
				return nil, err
			}
			listeners = append(listeners, listener)
		}
	}
	return listeners, nil
}

func (outside *relay) forward(listener net.Listener, way forward) {
	host, port, _ := target(net.JoinHostPort(way.Host, strconv.Itoa(way.To)), "")
	for {
		inner, err := listener.Accept()
		if err != nil {
			return
		}
		outside.room <- struct{}{}
		go func() {
			defer func() { <-outside.room }()
			defer inner.Close()
			outer, err := outside.connect(context.Background(), host, port, toAny)
			if err != nil {
				// A reset, where an end would look like an empty answer.
				inner.(*net.TCPConn).SetLinger(0)
				return
			}
			outside.join(inner, inner, outer)
		}()
	}
}

// connect tells of what it cannot reach.
func (outside *relay) connect(ctx context.Context, host string, port int, far reach) (net.Conn, error) {
	connection, err := dial(ctx, host, port, far)
	var private errPrivate
	switch {
	case errors.As(err, &private):
		outside.tell(event{Refused: &attempt{host, port, err.Error()}})
	case err != nil:
		outside.tell(event{Unreachable: &attempt{host, port, fmt.Sprint(err)}})
	}
	return connection, err
}

// join passes bytes both ways, each way until its own end, and returns when both are over. What was read from the inner side
// already comes first in `from`.
func (outside *relay) join(inner net.Conn, from io.Reader, outer net.Conn) {
	defer outer.Close()
	done := make(chan struct{})
	outside.sending.Add(1)
	go func() {
		defer close(done)
		defer outside.sending.Add(-1)
		pass(outer, from)
	}()
	pass(inner, outer)
	<-done
}

func pass(to net.Conn, from io.Reader) {
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		return
	}
	if half, can := to.(*net.TCPConn); can {
		half.CloseWrite()
	}
}

// drain lets what a program sent before it ended arrive.
func (outside *relay) drain() {
	for began := time.Now(); outside.sending.Load() > 0 && time.Since(began) < lastWords; {
		time.Sleep(2 * time.Millisecond)
	}
}
