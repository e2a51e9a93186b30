package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"haul/internal/strict"
)

// filter is what the user types to narrow the list: words that all have to
// match. A plain word, or one in quotes, is looked for in the name and the URL; is:STATE,
// host:TEXT and size:>1G ask for more. A row has one state, so of several is:STATE
// one has to match; is:failed is each way to have failed.
type filter struct {
	words []string // lower case
	hosts []string
	is    []State
	sizes []sizeBound
	// marked wants marked rows only.
	marked bool
}

// sizeBound is one comparison; both ends are included.
type sizeBound struct{ least, most int64 }

// parseFilter reads a filter. The error names the first word that makes no sense
// and what would; the filter is that of the others, which are sound.
func parseFilter(s string) (f filter, sound []string, err error) {
	for _, word := range strings.Fields(s) {
		if wrong := f.add(word); wrong == nil {
			sound = append(sound, word)
		} else if err == nil {
			err = wrong
		}
	}
	return f, sound, err
}

// add narrows the filter by one word.
func (f *filter) add(word string) error {
	if quoted, ok := strings.CutPrefix(word, `"`); ok { // whatever is in it
		f.words = append(f.words, strings.ToLower(strings.TrimSuffix(quoted, `"`)))
		return nil
	}
	key, value, ok := strings.Cut(word, ":")
	if !ok || strings.HasPrefix(value, "//") {
		f.words = append(f.words, strings.ToLower(word))
		return nil
	}
	switch strings.ToLower(key) {
	case "is":
		if strings.EqualFold(value, "marked") {
			f.marked = true
			return nil
		}
		states, ok := parseStates(value)
		if !ok {
			names := append(stateNames[:], "marked")
			if near := strict.Nearest(strings.ToLower(value), names); near != "" {
				return fmt.Errorf("is:%s: no such state; use is:%s", value, near)
			}
			return fmt.Errorf("is:%s: no such state; there are %s", value, strings.Join(names, ", "))
		}
		f.is = append(f.is, states...)
	case "host":
		if value == "" {
			return fmt.Errorf("host: needs a part of a host name, as in host:example.org")
		}
		f.hosts = append(f.hosts, strings.ToLower(value))
	case "size":
		b, err := parseSizeBound(value)
		if err != nil {
			return err
		}
		f.sizes = append(f.sizes, b)
	default:
		return fmt.Errorf("there is no filter %s: but only is:, host: and size:; quote it to find it in names", key)
	}
	return nil
}

// parseStates reads the name of a state. Failed stands for all that [Totals.Failed]
// counts: who reads there that one has failed finds it.
func parseStates(s string) ([]State, bool) {
	for i, name := range stateNames {
		switch {
		case !strings.EqualFold(s, name):
		case State(i) == Failed:
			return []State{Failed, Refused, Expired, Mismatch}, true
		default:
			return []State{State(i)}, true
		}
	}
	return nil, false
}

// parseSizeBound reads ">1G", "<=500k", "=0" or "10M" (at least).
func parseSizeBound(s string) (sizeBound, error) {
	number := strings.TrimLeft(s, "<>=")
	op := s[:len(s)-len(number)]
	n, err := parseSize(number)
	if err != nil {
		return sizeBound{}, fmt.Errorf("size:%s: write it as in size:>1G or size:<=500k", s)
	}
	switch op {
	case "", ">=":
		return sizeBound{n, math.MaxInt64}, nil
	case ">":
		return sizeBound{n + 1, math.MaxInt64}, nil
	case "<":
		return sizeBound{0, n - 1}, nil
	case "<=":
		return sizeBound{0, n}, nil
	case "=", "==":
		return sizeBound{n, n}, nil
	}
	return sizeBound{}, fmt.Errorf("size:%s: compare with <, <=, =, >= or >", s)
}

// parseSize reads a number with k, M, G or T (1000) or Ki, Mi, Gi or Ti (1024),
// a B may follow.
func parseSize(s string) (int64, error) {
	s = strings.TrimSuffix(strings.ToLower(s), "b")
	base := 1000.0
	if t, ok := strings.CutSuffix(s, "i"); ok {
		s, base = t, 1024
	}
	factor := 1.0
	for i, unit := range []string{"k", "m", "g", "t"} {
		if t, ok := strings.CutSuffix(s, unit); ok {
			s, factor = t, math.Pow(base, float64(i+1))
			break
		}
	}
	if factor == 1 && base == 1024 {
		return 0, strconv.ErrSyntax
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, err
	}
	if x *= factor; !(x >= 0 && x < math.MaxInt64/2) {
		return 0, strconv.ErrRange
	}
	return int64(x), nil
}

// matches tells whether a row is to be listed.
func (f *filter) matches(r *row) bool {
	if len(f.is) > 0 && !slices.Contains(f.is, r.state) {
		return false
	}
	if f.marked && !r.marked {
		return false
	}
	for _, b := range f.sizes {
		if r.size < b.least || r.size > b.most {
			return false
		}
	}
	for _, h := range f.hosts {
		if !strings.Contains(strings.ToLower(r.host), h) {
			return false
		}
	}
	for _, w := range f.words {
		if !containsFold(r.name, w) && !containsFold(r.url, w) {
			return false
		}
	}
	return true
}

// empty tells a filter that every row passes.
func (f *filter) empty() bool {
	return len(f.words)+len(f.hosts)+len(f.is)+len(f.sizes) == 0 && !f.marked
}

// containsFold is strings.Contains without regard to case; sub is lower case.
func containsFold(s, sub string) bool { return strings.Contains(strings.ToLower(s), sub) }

// includes tells whether a view has the state.
func (v View) includes(s State) bool {
	switch s {
	case Running, Pausing, Resuming, Cancelling:
		return v == ViewAll || v == ViewRunning
	case Queued, Paused, Held, Retrying:
		return v == ViewAll || v == ViewWaiting
	case Asking, Failed, Refused, Expired, Mismatch:
		return v == ViewAll || v == ViewAttention
	case Done, Cancelled:
		return v == ViewAll || v == ViewDone
	}
	return v == ViewAll
}
