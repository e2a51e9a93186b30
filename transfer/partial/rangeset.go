package partial

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
)

// Range is the half-open byte range [Start, End).
type Range struct{ Start, End int64 }

// RangeSet is a set of bytes as ranges that are sorted, do not touch and are
// not empty. Its JSON form is [[start,end],…]. The zero value is empty. It is
// not safe for use by several goroutines, and a copy by assignment shares its
// ranges with the original: use [RangeSet.Clone].
type RangeSet struct{ ranges []Range }

// Add puts r into the set; an empty or backward range changes nothing. Adding
// right behind a range of the set, which is what a download does all the time,
// allocates nothing.
func (s *RangeSet) Add(r Range) {
	if r.Start >= r.End {
		return
	}
	// Ranges i..j-1 overlap or touch r and become one with it.
	i := sort.Search(len(s.ranges), func(i int) bool { return s.ranges[i].End >= r.Start })
	j := i
	for j < len(s.ranges) && s.ranges[j].Start <= r.End {
		j++
	}
	if i == j {
		s.ranges = slices.Insert(s.ranges, i, r)
		return
	}
	s.ranges[i].Start = min(s.ranges[i].Start, r.Start)
	s.ranges[i].End = max(s.ranges[j-1].End, r.End)
	s.ranges = slices.Delete(s.ranges, i+1, j)
}

// Remove takes r out of the set; an empty or backward range changes nothing.
func (s *RangeSet) Remove(r Range) {
	if r.Start >= r.End {
		return
	}
	left := make([]Range, 0, len(s.ranges)+1)
	for _, old := range s.ranges {
		for _, part := range []Range{{old.Start, min(old.End, r.Start)}, {max(old.Start, r.End), old.End}} {
			if part.Start < part.End {
				left = append(left, part)
			}
		}
	}
	s.ranges = left
}

// Ranges returns a copy of the ranges in order.
func (s RangeSet) Ranges() []Range { return slices.Clone(s.ranges) }

// Missing returns the ranges of [0, length) that are not in the set.
func (s RangeSet) Missing(length int64) []Range {
	var missing []Range
	var at int64
	for _, r := range s.ranges {
		if r.Start >= length {
			break
		}
		if at < r.Start {
			missing = append(missing, Range{at, r.Start})
		}
		at = r.End
	}
	if at < length {
		missing = append(missing, Range{at, length})
	}
	return missing
}

// without returns what is in s and not in t.
func (s RangeSet) without(t RangeSet) []Range {
	var rest []Range
	i := 0
	for _, r := range s.ranges {
		for ; i < len(t.ranges) && t.ranges[i].End <= r.Start; i++ {
		}
		for j := i; j < len(t.ranges) && t.ranges[j].Start < r.End; j++ {
			if r.Start < t.ranges[j].Start {
				rest = append(rest, Range{r.Start, t.ranges[j].Start})
			}
			r.Start = min(t.ranges[j].End, r.End)
		}
		if r.Start < r.End {
			rest = append(rest, r)
		}
	}
	return rest
}

// Prefix is the number of bytes at hand from byte 0 on without a gap.
func (s RangeSet) Prefix() int64 { return s.runFrom(0) }

// Len is the number of bytes in the set.
func (s RangeSet) Len() int64 {
	var n int64
	for _, r := range s.ranges {
		n += r.End - r.Start
	}
	return n
}

// Clone returns a set that shares nothing with s.
func (s RangeSet) Clone() RangeSet { return RangeSet{slices.Clone(s.ranges)} }

// runFrom is the number of bytes in the set from off on without a gap.
func (s RangeSet) runFrom(off int64) int64 {
	i := sort.Search(len(s.ranges), func(i int) bool { return s.ranges[i].End > off })
	if i == len(s.ranges) || s.ranges[i].Start > off {
		return 0
	}
	return s.ranges[i].End - off
}

// end is the first offset behind all bytes of the set.
func (s RangeSet) end() int64 {
	if len(s.ranges) == 0 {
		return 0
	}
	return s.ranges[len(s.ranges)-1].End
}

func (s RangeSet) equal(t RangeSet) bool { return slices.Equal(s.ranges, t.ranges) }

// MarshalJSON writes [[start,end],…], and [] for the empty set.
func (s RangeSet) MarshalJSON() ([]byte, error) {
	pairs := make([][2]int64, len(s.ranges))
	for i, r := range s.ranges {
		pairs[i] = [2]int64{r.Start, r.End}
	}
	return json.Marshal(pairs)
}

// UnmarshalJSON reads what MarshalJSON writes. Ranges that are empty, negative,
// out of order or touching, and more than [MaxRanges] of them, are refused.
func (s *RangeSet) UnmarshalJSON(data []byte) error {
	// Slices and not arrays of two: a Go array takes [1] and [1,2,3] as well.
	var pairs [][]int64
	if err := json.Unmarshal(data, &pairs); err != nil {
		return err
	}
	if len(pairs) > MaxRanges {
		return fmt.Errorf("%d ranges, more than %d", len(pairs), MaxRanges)
	}
	ranges := make([]Range, len(pairs))
	before := int64(-1)
	for i, p := range pairs {
		if len(p) != 2 {
			return fmt.Errorf("range %d has %d numbers, not 2", i, len(p))
		}
		if p[0] <= before || p[1] <= p[0] {
			return fmt.Errorf("range %d [%d,%d) is empty, negative or out of order", i, p[0], p[1])
		}
		ranges[i] = Range{p[0], p[1]}
		before = p[1]
	}
	s.ranges = ranges
	return nil
}
