package units

import "testing"

func TestRatesAreReadAsPeopleTypeThem(t *testing.T) {
	for s, want := range map[string]int64{
		"": 0, "0": 0, "none": 0, " off ": 0, "500k": 500_000, "500 kB/s": 500_000, "2M": 2_000_000, "1.5G": 1_500_000_000,
		"2Mi": 2 << 20, "1KiB": 1024, "1536": 1536, "0.5k": 500, "1.5 MB/s": 1_500_000,
	} {
		got, err := ParseRate(s)
		if err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"fast", "-1", "1T", "0.1", "1e99", "0x10", "inf", "nan", "i", "5i", "1_0", "M"} {
		if got, err := ParseRate(s); err == nil {
			t.Errorf("%q was taken for %d", s, got)
		}
	}
}

func TestARateIsWrittenAsItIsRead(t *testing.T) {
	for n, want := range map[int64]string{0: "", 500_000: "500k", 2_000_000: "2M", 1_500_000: "1.5M", 1536: "1536", 12_345_678: "12345678", 1e9: "1G"} {
		if got := RateText(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	f.Add("500k")
	f.Add("1.5 MB/s")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseRate(s)
		if err != nil {
			return
		}
		if back, err := ParseRate(RateText(n)); err != nil || back != n || n < 0 || n > maxRate {
			t.Errorf("%q is %d, written %q, read %d, %v", s, n, RateText(n), back, err)
		}
	})
}
