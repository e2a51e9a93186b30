package cookies

import (
	"cmp"
	"slices"
	"time"
)

// All lists the cookies that have not expired, by domain, path, name and age.
func (j *Jar) All() []Cookie {
	now := time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []Cookie
	for _, e := range j.byAge() {
		if !e.Expired(now) {
			all = append(all, e.Cookie)
		}
	}
	slices.SortStableFunc(all, func(a, b Cookie) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// byAge gives all entries, the oldest first.
func (j *Jar) byAge() []placed {
	var all []placed
	for key, in := range j.sites {
		all = append(all, entriesOf(key, in)...)
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.serial, b.serial))
	})
	return all
}

// Remove removes the cookie that has c's name, domain, path and HostOnly, and
// tells whether there was one.
func (j *Jar) Remove(c Cookie) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	key := site(c.Domain)
	e := j.sites[key][c.id()]
	if e == nil {
		return false
	}
	j.drop(key, e)
	return true
}

// RemoveSince removes the cookies set at t or later, a new value for an older
// cookie counting, and returns how many it were.
func (j *Jar) RemoveSince(t time.Time) int {
	return j.removeIf(func(c Cookie) bool { return !c.Updated.Before(t) })
}

// RemoveAll empties the jar.
func (j *Jar) RemoveAll() { j.removeIf(func(Cookie) bool { return true }) }

func (j *Jar) removeIf(which func(Cookie) bool) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for key, in := range j.sites {
		for _, e := range in {
			if which(e.Cookie) {
				j.drop(key, e)
				n++
			}
		}
	}
	return n
}
