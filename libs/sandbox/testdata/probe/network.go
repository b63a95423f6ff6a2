package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// exchange sends a text, says that it is all, and returns what comes back until the end.
func exchange(address, text string) string {
	connection, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return err.Error()
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, text); err != nil {
		return err.Error()
	}
	connection.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(connection)
	if err != nil {
		return err.Error()
	}
	return string(answer)
}

func hold(address string) {
	connection, err := net.Dial("tcp", address)
	fmt.Fprintln(os.Stderr, err)
	io.WriteString(connection, "here")
	time.Sleep(time.Hour)
}

func datagram(address string) error {
	connection, err := net.Dial("udp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(300 * time.Millisecond))
	if _, err := io.WriteString(connection, "here"); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 1))
	return err
}

func local(path string) error {
	connection, err := net.Dial("unix", path)
	if err == nil {
		connection.Close()
	}
	return err
}

func pairs() any {
	results := map[string]string{}
	for name, kind := range map[string]int{"stream": syscall.SOCK_STREAM, "packet": syscall.SOCK_SEQPACKET, "datagram": syscall.SOCK_DGRAM, "raw": syscall.SOCK_RAW} {
		_, err := syscall.Socketpair(syscall.AF_UNIX, kind|syscall.SOCK_CLOEXEC, 0)
		results[name] = fmt.Sprint(err)
	}
	return results
}

// fetch asks through the proxy that the environment names, also for names of this machine, where Go would ask directly.
func fetch(urls []string) any {
	proxy, _ := url.Parse(os.Getenv("HTTPS_PROXY"))
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		Proxy:           http.ProxyURL(proxy),
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	results := map[string]string{}
	for _, each := range urls {
		answer, err := client.Get(each)
		if err != nil {
			results[each] = err.Error()
			continue
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		results[each] = fmt.Sprint(answer.StatusCode, " ", strings.TrimSpace(string(body)))
	}
	return results
}

// get asks as most programs do.
func get(url string) error {
	answer, err := http.Get(url)
	if err == nil {
		answer.Body.Close()
	}
	return err
}

// ask sends first lines of requests to the proxy and returns the status and the text of each answer.
func ask(lines []string) any {
	proxy, _ := url.Parse(os.Getenv("HTTP_PROXY"))
	results := map[string]string{}
	for _, line := range lines {
		connection, err := net.Dial("tcp", proxy.Host)
		if err != nil {
			results[line] = err.Error()
			continue
		}
		connection.SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprintf(connection, "%s HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n", line)
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			results[line] = err.Error()
		} else {
			body, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
			results[line] = fmt.Sprint(answer.StatusCode, " ", strings.TrimSpace(string(body)))
		}
		connection.Close()
	}
	return results
}
