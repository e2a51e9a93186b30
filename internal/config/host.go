package config

import (
	"net"
	"reflect"
	"slices"
	"strings"
)

// ForHost is what the file says of a host, by its name or by "name:port". A
// table of the name goes before one of *.domain, that of a longer domain before
// that of a shorter one, member by member: what one leaves out the next has.
// "*.example.org" is every host below example.org, not that host itself.
func (c *Config) ForHost(host string) Host {
	if len(c.Hosts) == 0 {
		return Host{}
	}
	return *c.forHost(host)
}

func (c *Config) forHost(host string) *Host {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	names := []string{host}
	if name, _, err := net.SplitHostPort(host); err == nil {
		names = append(names, name)
	}
	for rest := names[len(names)-1]; ; {
		_, domain, more := strings.Cut(rest, ".")
		if !more {
			break
		}
		names = append(names, "*."+domain)
		rest = domain
	}
	found := new(Host)
	into := reflect.ValueOf(found).Elem()
	for _, name := range names {
		for written, one := range c.Hosts {
			if !strings.EqualFold(written, name) {
				continue
			}
			from := reflect.ValueOf(one)
			for i := range into.NumField() {
				if into.Field(i).IsZero() {
					into.Field(i).Set(from.Field(i))
				}
			}
		}
	}
	return found
}

// sameHost finds two tables that differ in capitals only, which mean the same
// host.
func sameHost(names []string) (first, second string) {
	slices.Sort(names)
	seen := map[string]string{}
	for _, name := range names {
		lower := strings.ToLower(name)
		if seen[lower] != "" {
			return seen[lower], name
		}
		seen[lower] = name
	}
	return "", ""
}
