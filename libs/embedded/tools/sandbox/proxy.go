//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"time"
)

// serveProxy is an HTTP proxy that connects to what its rules allow: by CONNECT, or for plain HTTP by whole URLs.
func (outside *relay) serveProxy(listener net.Listener, asked proxy) {
	allowed, err := parseRules(asked.Allow)
	if err != nil {
		return
	}
	gate := &gate{outside: outside, allowed: allowed, setting: asked.Setting}
	silent := log.New(io.Discard, "", 0)
	plain := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			// The body goes on as it came, and nobody else hears of who asked.
			request.Out.Host = request.In.URL.Host
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
				return gate.open(ctx, address, "80")
			},
			DisableCompression:     true,
			MaxResponseHeaderBytes: 256 << 10,
			IdleConnTimeout:        10 * time.Second,
		},
		FlushInterval: -1,
		ErrorLog:      silent,
		ErrorHandler: func(answer http.ResponseWriter, _ *http.Request, err error) {
			gate.refuse(answer, err)
		},
	}
	server := http.Server{
		ReadHeaderTimeout: 30 * time.Second,
		MaxHeaderBytes:    256 << 10,
		ErrorLog:          silent,
		Handler: http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
			outside.room <- struct{}{}
			defer func() { <-outside.room }()
			switch {
			case request.Method == http.MethodConnect:
				gate.tunnel(answer, request)
			case request.URL.Scheme == "http" && request.URL.Host != "":
				plain.ServeHTTP(answer, request)
			default:
				http.Error(answer, "plimsoll: this is a proxy: CONNECT HOST:PORT, or a whole URL of http", http.StatusBadRequest)
			}
		}),
	}
	server.Serve(listener)
}

type gate struct {
	outside *relay
	allowed rules
	setting string
}

// errRefused: the rules do not allow the host.
type errRefused struct{ place, setting, because string }

func (failed errRefused) Error() string {
	return fmt.Sprintf("plimsoll: %s is refused: %s. Try: let the operator allow it in %s", failed.place, failed.because, failed.setting)
}

func (gate *gate) open(ctx context.Context, address, defaultPort string) (net.Conn, error) {
	host, port, err := target(address, defaultPort)
	if err != nil {
		return nil, errRefused{fmt.Sprintf("%.80q", address), gate.setting, err.Error()}
	}
	place := net.JoinHostPort(host, fmt.Sprint(port))
	allowed, exactly := gate.allowed.find(host, port)
	if !allowed {
		because := "no rule allows it"
		gate.outside.tell(event{Refused: &attempt{host, port, because}})
		return nil, errRefused{place, gate.setting, because}
	}
	far := toPublic
	if exactly {
		far = toNamed
	}
	connection, err := gate.outside.connect(ctx, host, port, far)
	var private errPrivate
	if errors.As(err, &private) {
		return nil, errRefused{place, gate.setting, err.Error()}
	}
	if err != nil {
		return nil, fmt.Errorf("plimsoll: %s cannot be reached: %w", place, err)
	}
	return connection, nil
}

func (gate *gate) refuse(answer http.ResponseWriter, err error) {
	status := http.StatusBadGateway
	var refused errRefused
	if errors.As(err, &refused) {
		status, err = http.StatusForbidden, refused
	}
	http.Error(answer, err.Error(), status)
}

func (gate *gate) tunnel(answer http.ResponseWriter, request *http.Request) {
	outer, err := gate.open(request.Context(), request.Host, "")
	if err != nil {
		gate.refuse(answer, err)
		return
	}
	inner, buffered, err := http.NewResponseController(answer).Hijack()
	if err != nil {
		outer.Close()
		return
	}
	defer inner.Close()
	inner.SetDeadline(time.Time{})
	if _, err := io.WriteString(inner, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		outer.Close()
		return
	}
	gate.outside.join(inner, buffered, outer)
}
