//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rule allows a host, or with suffix all hosts below it. Without a port it allows those of HTTP and HTTPS.
type rule struct {
	host   string
	suffix bool
	port   int
}

type rules []rule

func parseRules(texts []string) (rules, error) {
	parsed := make(rules, 0, len(texts))
	for _, text := range texts {
		one, err := parseRule(text)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, one)
	}
	return parsed, nil
}

func parseRule(text string) (rule, error) {
	parsed := rule{host: strings.ToLower(text)}
	if host, port, err := net.SplitHostPort(parsed.host); err == nil {
		number, err := strconv.Atoi(port)
		if err != nil || number < 1 || number > 65535 {
			return parsed, fmt.Errorf("%q names no port", text)
		}
		parsed.host, parsed.port = host, number
	}
	if address, err := netip.ParseAddr(strings.Trim(parsed.host, "[]")); err == nil {
		parsed.host = address.String()
		return parsed, nil
	}
	parsed.host, parsed.suffix = strings.CutPrefix(parsed.host, "*.")
	if !isName(parsed.host) {
		return parsed, fmt.Errorf("%q is neither HOST, HOST:PORT nor *.SUFFIX", text)
	}
	return parsed, nil
}

// find tells whether a host is allowed, and whether by its very name.
func (all rules) find(host string, port int) (allowed, exactly bool) {
	_, err := netip.ParseAddr(host)
	isAddress := err == nil
	for _, one := range all {
		if one.port != port && (one.port != 0 || (port != 80 && port != 443)) {
			continue
		}
		if !one.suffix && one.host == host {
			return true, true
		}
		allowed = allowed || (one.suffix && !isAddress && strings.HasSuffix(host, "."+one.host))
	}
	return allowed, false
}

// target is a host and port as a program asks for them, in one spelling.
func target(address, defaultPort string) (string, int, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		host, text = strings.Trim(address, "[]"), defaultPort
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return "", 0, errors.New("no port is named")
	}
	if address, err := netip.ParseAddr(host); err == nil && address.Zone() == "" {
		return address.String(), port, nil
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !isName(host) {
		return "", 0, errors.New("no host is named")
	}
	return host, port, nil
}

func isName(host string) bool {
	for _, character := range host {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", character) {
			return false
		}
	}
	return host != "" && len(host) <= 253 && !strings.HasPrefix(host, ".") && !strings.HasSuffix(host, ".") && !strings.Contains(host, "..")
}

// reach says how far into the machine's own network a connection may lead.
type reach int

const (
	toPublic reach = iota
	// toNamed: a rule names the host exactly, so it may be a private one. To this machine itself and to what only one link knows,
	// as where clouds hand out credentials, whoever answers for the name must not lead: only the operator, by a rule with the
	// address or by the machine's own file of names.
	toNamed
	// toAny: who starts the sandbox says where to.
	toAny
)

func (far reach) allows(host string, address netip.Addr) bool {
	if far == toAny || isPublic(address) {
		return true
	}
	_, err := netip.ParseAddr(host)
	return far == toNamed && (err == nil || isOwn(host) || !isWithin(address, neverByName) || isListed(hostsFile, host, address))
}

var hostsFile = "/etc/hosts"

// isListed tells whether a file of names, such as /etc/hosts, has a host at an address.
func isListed(file, host string, address netip.Addr) bool {
	text, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(strings.ToLower(line))
		if len(fields) < 2 || !slices.Contains(fields[1:], host) {
			continue
		}
		if listed, err := netip.ParseAddr(fields[0]); err == nil && listed.Unmap() == address.Unmap() {
			return true
		}
	}
	return false
}

// errPrivate: the name is allowed, where it leads to is not.
type errPrivate struct {
	address netip.Addr
	far     reach
}

func (failed errPrivate) Error() string {
	if failed.far == toNamed {
		return fmt.Sprintf("it resolves to %s, which only a rule with that address allows, or a line of /etc/hosts", failed.address)
	}
	return fmt.Sprintf("it resolves to %s, which is no public address, and no rule names it exactly", failed.address)
}

// dial resolves a host once and connects to one of the addresses that were looked at.
func dial(ctx context.Context, host string, port int, far reach) (net.Conn, error) {
	addresses, err := resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var failed error
	for _, address := range addresses {
		if !far.allows(host, address) {
			if failed == nil {
				failed = errPrivate{address.Unmap(), far}
			}
			continue
		}
		one, cancel := context.WithTimeout(ctx, 10*time.Second)
		connection, err := (&net.Dialer{}).DialContext(one, "tcp", netip.AddrPortFrom(address, uint16(port)).String())
		cancel()
		if err == nil {
			return connection, nil
		}
		failed = err
	}
	return nil, failed
}

func resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	// RFC 6761: these never leave the machine, whatever a server says of them.
	if isOwn(host) {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(addresses) == 0 {
		err = errors.New("it has no address")
	}
	return addresses, err
}

func isOwn(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// What the registries of special addresses (RFC 6890) hold back from the public, and a cloud's own server among public ones.
var notPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"168.63.129.16/32", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
	"fec0::/10", "ff00::/8",
)

// This machine itself, what only one link knows, and where clouds hand out credentials.
var neverByName = prefixes(
	"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "fe80::/10", "fd00:ec2::254/128", "ff00::/8",
)

var translated, tunnelled = netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2002::/16")

func prefixes(texts ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		parsed = append(parsed, netip.MustParsePrefix(text))
	}
	return parsed
}

func isPublic(address netip.Addr) bool {
	return address.IsValid() && !isWithin(address, notPublic)
}

// isWithin looks through the spellings of an IPv4 address in an IPv6 one.
func isWithin(address netip.Addr, all []netip.Prefix) bool {
	address = address.Unmap().WithZone("")
	bytes := address.As16()
	if translated.Contains(address) {
		return isWithin(netip.AddrFrom4([4]byte(bytes[12:16])), all)
	}
	if tunnelled.Contains(address) {
		return isWithin(netip.AddrFrom4([4]byte(bytes[2:6])), all)
	}
	for _, prefix := range all {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}
