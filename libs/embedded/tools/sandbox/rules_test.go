//go:build linux

package main

import (
	"net/netip"
	"testing"
)

func TestAnAddressIsPublicOrNot(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "172.15.0.1": true, "172.32.0.1": true, "100.63.0.1": true, "2606:4700::1111": true,
		"127.0.0.1": false, "127.255.0.1": false, "0.0.0.0": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.1": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false,
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
