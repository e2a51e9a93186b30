package cookies

import (
	"cmp"
	"slices"
	"time"
)

// How many cookies a jar keeps. The RFC asks for at least 50 and 3000.
const (
	maxPerSite = 180
	maxTotal   = 3000
)

// evict brings the jar back under its limits after a cookie of the site came in
// (RFC 6265bis section 5.7, at the end).
func (j *Jar) evict(key string, now time.Time) {
	if n := len(j.sites[key]); n > maxPerSite {
		j.evictFrom(entriesOf(key, j.sites[key]), n-maxPerSite, now, true)
	}
	if j.total > maxTotal {
		var all []placed
		for key, in := range j.sites {
			all = append(all, entriesOf(key, in)...)
		}
		j.evictFrom(all, j.total-maxTotal, now, false)
	}
}

// placed is an entry with the site it is kept under.
type placed struct {
	*entry
	site string
}

func entriesOf(key string, in map[id]*entry) []placed {
	var all []placed
	for _, e := range in {
		all = append(all, placed{e, key})
	}
	return all
}

// evictFrom removes n of the candidates: expired ones first, then, if so asked,
// those without Secure, and among equals the one not used for the longest time.
func (j *Jar) evictFrom(candidates []placed, n int, now time.Time, insecureFirst bool) {
	rank := func(p placed) int {
		switch {
		case p.Expired(now):
			return 0
		case insecureFirst && !p.Secure:
			return 1
		default:
			return 2
		}
	}
	slices.SortFunc(candidates, func(a, b placed) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.LastAccess.Compare(b.LastAccess), cmp.Compare(a.serial, b.serial))
	})
	for i, p := range candidates {
		if i >= n && !p.Expired(now) {
			return
		}
		j.drop(p.site, p.entry)
	}
}
