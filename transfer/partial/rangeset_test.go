package partial

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRangeSetAgreesWithOneBitPerByte(t *testing.T) {
	const size = 64
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var s RangeSet
		var bits [size]bool
		for range 30 {
			a := rng.Int64N(size)
			b := min(a+rng.Int64N(8)-1, size)
			s.Add(Range{a, b})
			for i := a; i < b; i++ {
				bits[i] = true
			}
			a = rng.Int64N(size)
			b = min(a+rng.Int64N(4)-1, size)
			s.Remove(Range{a, b})
			for i := a; i < b; i++ {
				bits[i] = false
			}
			var want []Range
			var n, prefix int64
			for i, in := range bits {
				at := int64(i)
				if in && (i == 0 || !bits[i-1]) {
					want = append(want, Range{at, at})
				}
				if in {
					n++
					want[len(want)-1].End = at + 1
					if prefix == at {
						prefix++
					}
				}
			}
			if got := s.Ranges(); !slices.Equal(got, want) || s.Len() != n || s.Prefix() != prefix {
				t.Fatalf("seed %d: %v, len %d, prefix %d; want %v, %d, %d", seed, got, s.Len(), s.Prefix(), want, n, prefix)
			}
			length := rng.Int64N(size + 1)
			inverse := RangeSet{}
			for _, r := range s.Missing(length) {
				inverse.Add(r)
			}
			for i := range length {
				if (inverse.runFrom(i) > 0) == bits[i] {
					t.Fatalf("seed %d: Missing(%d) of %v is %v", seed, length, want, inverse.Ranges())
				}
			}
			if inverse.end() > length {
				t.Fatalf("Missing(%d) goes to %d", length, inverse.end())
			}
		}
	}
}

func TestRangeSetAppendsWithoutAllocating(t *testing.T) {
	var s RangeSet
	for i := range int64(16) {
		s.Add(Range{i << 30, i<<30 + 1})
	}
	at := int64(1)
	if n := testing.AllocsPerRun(1000, func() {
		s.Add(Range{5<<30 + at, 5<<30 + at + 100})
		at += 100
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRangeSetCloneSharesNothing(t *testing.T) {
	var s RangeSet
	s.Add(Range{0, 10})
	c := s.Clone()
	s.Add(Range{10, 20})
	if c.Len() != 10 {
		t.Errorf("the clone has %d bytes, want 10", c.Len())
	}
}

func TestRangeSetJSON(t *testing.T) {
	for _, text := range []string{"[]", "[[0,1]]", "[[0,67108864],[134217728,201326592]]"} {
		var s RangeSet
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got, err := json.Marshal(s); err != nil || string(got) != text {
			t.Errorf("%s became %s, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"{}", `"x"`, "[1,2]", "[[1]]", "[[1,2,3]]", "[[-1,2]]", "[[2,2]]", "[[3,2]]", "[[1,2.5]]", "[[1,null]]",
		"[[0,2],[1,3]]", "[[0,2],[2,3]]", "[[5,6],[1,2]]", "[[0,9223372036854775808]]",
	} {
		var s RangeSet
		if err := json.Unmarshal([]byte(text), &s); err == nil {
			t.Errorf("%s was read as %v", text, s.Ranges())
		}
	}
}
