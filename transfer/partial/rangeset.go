package partial

// Range is the half-open byte range [Start, End).
type Range struct{ Start, End int64 }

// RangeSet is a set of bytes as ranges that are sorted, do not touch and are
// not empty. Its JSON form is [[start,end],…]. The zero value is empty.
type RangeSet struct{ ranges []Range }

// Add puts r into the set.
func (s *RangeSet) Add(r Range) { panic("contract") }

// Ranges returns a copy of the ranges in order.
func (s RangeSet) Ranges() []Range { panic("contract") }

// Missing returns the ranges of [0, length) that are not in the set.
func (s RangeSet) Missing(length int64) []Range { panic("contract") }

// Prefix is the number of bytes at hand from byte 0 on without a gap.
func (s RangeSet) Prefix() int64 { panic("contract") }

// Len is the number of bytes in the set.
func (s RangeSet) Len() int64 { panic("contract") }

// Clone returns a set that shares nothing with s.
func (s RangeSet) Clone() RangeSet { panic("contract") }
