package transfer

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseContentRange(t *testing.T) {
	tests := []struct {
		in   string
		want ContentRange
		ok   bool
	}{
		{"bytes 0-0/1", ContentRange{0, 1, 1}, true},
		{"bytes 5-9/10", ContentRange{5, 10, 10}, true},
		{"Bytes 5-9/*", ContentRange{5, 10, -1}, true},
		{"  bytes 5-9/10\t", ContentRange{5, 10, 10}, true},
		{"bytes */10", ContentRange{-1, -1, 10}, true},
		{"bytes */0", ContentRange{-1, -1, 0}, true},
		{"bytes 9223372036854775805-9223372036854775806/*", ContentRange{9223372036854775805, 9223372036854775807, -1}, true},
		{"bytes 0-9223372036854775807/*", ContentRange{}, false},
		{"bytes 00-09/010", ContentRange{0, 10, 10}, true},
	}
	for _, in := range []string{
		"", "bytes", "bytes ", "bytes 5-9", "bytes 5/10", "bytes -5/10", "bytes 5-/10", "bytes 9-5/10",
		"bytes 5-10/10", "bytes */*", "bytes *", "items 5-9/10", "bytes=5-9/10", "bytes: 5-9/10", "bytes  5-9/10",
		"bytes 5 - 9 / 10", "bytes +5-9/10", "bytes 0x5-9/10", "bytes 5-9/1e3", "bytes 5-9/-1", "bytes 5-9/",
		"bytes 5-9/10, bytes 11-12/20", "bytes 5-9/99999999999999999999", "bytes 5_0-90/100", "bytes 5-9/10\x00",
		"bytes ٥-٩/١٠", "bytes\t5-9/10",
	} {
		tests = append(tests, struct {
			in   string
			want ContentRange
			ok   bool
		}{in, ContentRange{}, false})
	}
	for _, tt := range tests {
		got, err := ParseContentRange(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseContentRange(%q) = %+v, %v", tt.in, got, err)
		}
	}
}

func FuzzParseContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-0/1", "bytes 5-9/*", "bytes */3", "bytes 9223372036854775806-9223372036854775807/*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseContentRange(s)
		if err != nil {
			if r != (ContentRange{}) {
				t.Errorf("%q: %+v with an error", s, r)
			}
			return
		}
		total := "*"
		if r.Total >= 0 {
			total = fmt.Sprint(r.Total)
		}
		text := "bytes */" + total
		if r.Start >= 0 {
			if r.End <= r.Start || r.Total >= 0 && r.End > r.Total {
				t.Errorf("%q: %+v", s, r)
			}
			text = fmt.Sprintf("bytes %d-%d/%s", r.Start, r.End-1, total)
		}
		again, err := ParseContentRange(text)
		if err != nil || again != r {
			t.Errorf("%q: %+v, again %+v, %v", s, r, again, err)
		}
		if strings.ContainsAny(s, "+,;=") {
			t.Errorf("%q was taken", s)
		}
	})
}
