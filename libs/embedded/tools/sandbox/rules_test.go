//go:build linux

package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func TestAnAddressIsPublicOrNot(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "172.15.0.1": true, "172.32.0.1": true, "100.63.0.1": true, "2606:4700::1111": true,
		"127.0.0.1": false, "127.255.0.1": false, "0.0.0.0": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.1": false,
		"192.168.1.1": false, "169.254.169.254": false, "168.63.129.16": false, "100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false,
		"255.255.255.255": false, "::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:8.8.8.8": true, "::127.0.0.1": false,
		"fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false, "ff02::1": false,
		"64:ff9b::a01:203": false, "64:ff9b::808:808": true, "2002:7f00:1::": false, "2002:808:808::": true, "2001:0:1::": false,
	} {
		if got := isPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is public: %v", text, got)
		}
	}
}

func TestARuleAllowsItsHostAndNoOther(t *testing.T) {
	allowed, err := parseRules([]string{"git.example", "Charts.Example:8443", "*.corp.example", "*.one.example:22", "[::1]:80", "10.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	type answer struct{ allowed, exactly bool }
	for place, want := range map[string]answer{
		"git.example:443": {true, true}, "GIT.example.:80": {true, true}, "git.example:22": {}, "a.git.example:443": {},
		"charts.example:8443": {true, true}, "charts.example:443": {}, "a.corp.example:443": {true, false},
		"a.b.corp.example:80": {true, false}, "corp.example:443": {}, "xcorp.example:443": {}, "a.one.example:22": {true, false},
		"a.one.example:443": {}, "[::1]:80": {true, true}, "[0:0::1]:80": {true, true}, "10.0.0.1:80": {true, true}, "10.0.0.2:80": {},
	} {
		host, port, err := target(place, "")
		if err != nil {
			t.Fatal(place, err)
		}
		found, exactly := allowed.find(host, port)
		if got := (answer{found, exactly}); got != want {
			t.Errorf("%s: %+v", place, got)
		}
	}
}

func TestARuleLeadsAHostIntoThePrivateNetworkAndNoDeeper(t *testing.T) {
	type way struct{ host, address string }
	for one, want := range map[way]bool{
		{"git.example", "10.1.2.3"}: true, {"git.example", "fd12::1"}: true, {"git.example", "1.1.1.1"}: true,
		{"git.example", "127.0.0.1"}: false, {"git.example", "::1"}: false, {"git.example", "::ffff:127.0.0.1"}: false,
		{"git.example", "169.254.169.254"}: false, {"git.example", "fe80::1%eth0"}: false, {"git.example", "0.0.0.0"}: false,
		{"git.example", "64:ff9b::a9fe:a9fe"}: false, {"git.example", "2002:7f00:1::"}: false, {"git.example", "fd00:ec2::254"}: false,
		{"git.example", "100.100.100.200"}: false, {"git.example", "168.63.129.16"}: false, {"git.example", "192.0.0.192"}: false, {"git.example", "100.64.0.1"}: true, {"git.example", "224.0.0.1"}: false,
		{"127.0.0.1", "127.0.0.1"}: true, {"169.254.1.1", "169.254.1.1"}: true, {"localhost", "127.0.0.1"}: true, {"a.localhost", "::1"}: true,
	} {
		address := netip.MustParseAddr(one.address)
		if got := toNamed.allows(one.host, address); got != want {
			t.Errorf("%+v is allowed: %v", one, got)
		}
		if toPublic.allows(one.host, address) != isPublic(address) || !toAny.allows(one.host, address) {
			t.Errorf("%+v", one)
		}
	}
}

func TestTheMachinesOwnNamesLeadAnywhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	text := "127.0.1.1\tBuild.example build # me\n169.254.169.254 meta.example\n# 127.0.0.1 git.example\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for host, address := range map[string]string{"build.example": "127.0.1.1", "build": "::ffff:127.0.1.1", "meta.example": "169.254.169.254"} {
		if !isListed(file, host, netip.MustParseAddr(address)) {
			t.Errorf("%s is not listed at %s", host, address)
		}
	}
	for host, address := range map[string]string{"build.example": "127.0.0.1", "git.example": "127.0.0.1", "me": "127.0.1.1"} {
		if isListed(file, host, netip.MustParseAddr(address)) {
			t.Errorf("%s is listed at %s", host, address)
		}
	}
}

func TestANameServerDoesNotLeadAnAllowedHostToThisMachine(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	names := answerEverythingWith(t, [4]byte{127, 0, 0, 1})
	standing := net.DefaultResolver
	defer func() { net.DefaultResolver = standing }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("udp", names)
	}}
	port := server.Addr().(*net.TCPAddr).Port
	var private errPrivate
	if _, err := dial(t.Context(), "git.example", port, toNamed); !errors.As(err, &private) || private.address.String() != "127.0.0.1" {
		t.Errorf("a name leads to this machine: %v", err)
	}
	connection, err := dial(t.Context(), "127.0.0.1", port, toNamed)
	if err != nil {
		t.Fatal(err)
	}
	connection.Close()
}

// answerEverythingWith is a name server that knows one address.
func answerEverythingWith(t *testing.T, address [4]byte) string {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	go func() {
		query := make([]byte, 512)
		for {
			length, from, err := socket.ReadFrom(query)
			if err != nil {
				return
			}
			name := 12
			for query[name] != 0 && name < length {
				name += int(query[name]) + 1
			}
			end := name + 5
			isA := query[name+2] == 1
			answer := append([]byte{}, query[:end]...)
			copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
			if isA {
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				answer = append(answer, address[:]...)
			}
			socket.WriteTo(answer, from)
		}
	}()
	return socket.LocalAddr().String()
}

func TestWhatIsNoRuleIsRefused(t *testing.T) {
	for _, text := range []string{"", "*", "*.", "https://a.example", "a.example/b", "a.example:0", "a.example:x", "a..b", "*.*.a", "a b", "user@a"} {
		if parsed, err := parseRule(text); err == nil {
			t.Errorf("%q: %+v", text, parsed)
		}
	}
}

func TestWhatIsNoPlaceIsRefused(t *testing.T) {
	for _, text := range []string{"", "a", "a:", ":80", "a:99999", "a%00:80", "a\nb:80", "[fe80::1%lo]:80", "a:80:80"} {
		if host, port, err := target(text, ""); err == nil {
			t.Errorf("%q: %s %d", text, host, port)
		}
	}
}
