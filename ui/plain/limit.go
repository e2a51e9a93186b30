package plain

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"haul/ui/phrases"
	"haul/ui/text"
)

// limitHost limits each host that a name is of. One that no transfer is with is
// limited as it was typed, for those that come.
func (p *Printer) limitHost(name string, rate int64) {
	k := &p.keys
	hosts := p.hostsOf(name)
	for _, host := range hosts {
		p.model.SetHostRateLimit(host, rate)
		k.say(phrases.IsLimited, fmt.Sprintf(phrases.AllOf, text.Clean(host)), k.limitWords(rate))
	}
	if len(hosts) == 0 {
		host := strings.ToLower(name)
		p.model.SetHostRateLimit(host, rate)
		k.say(phrases.HostIsLimited, text.Clean(host), k.limitWords(rate))
	}
}

// hostsOf are the hosts of the rows that a name is of: one with its port, or
// without it that host on each port that a row has.
func (p *Printer) hostsOf(name string) (hosts []string) {
	for _, r := range p.model.Rows(nil, 0, p.model.Len()) {
		alone := (&url.URL{Host: r.Host}).Hostname()
		if strings.EqualFold(r.Host, name) || strings.EqualFold(alone, strings.Trim(name, "[]")) {
			hosts = append(hosts, r.Host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
