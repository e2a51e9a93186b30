package units

import (
	"math"
	"testing"
	"time"
)

const (
	kB = 1000
	MB = 1000 * kB
	GB = 1000 * MB
)

func TestBytesHaveThreeDigits(t *testing.T) {
	tests := []struct {
		n    int64
		want string
	}{
		{-1, "?"},
		{0, "0 B"},
		{1, "1 B"},
		{588, "588 B"},
		{999, "999 B"},
		{1000, "1.00 kB"},
		{1005, "1.01 kB"},
		{9994, "9.99 kB"},
		{9995, "10.0 kB"},
		{99949, "99.9 kB"},
		{99950, "100 kB"},
		{999499, "999 kB"},
		{999500, "1.00 MB"},
		{1100 * kB, "1.10 MB"},
		{71200 * kB, "71.2 MB"},
		{851443712, "851 MB"},
		{812 * MB, "812 MB"},
		{48 * MB, "48.0 MB"},
		{1200 * MB, "1.20 GB"},
		{4700 * MB, "4.70 GB"},
		{82400 * MB, "82.4 GB"},
		{110 * GB, "110 GB"},
		{1234567 * GB, "1.23 PB"},
		{math.MaxInt64, "9.22 EB"},
	}
	for _, tt := range tests {
		if got := SI.Bytes(tt.n); got != tt.want {
			t.Errorf("Bytes(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestIECBytes(t *testing.T) {
	tests := []struct {
		n    int64
		want string
	}{
		{999, "999 B"},
		{1000, "0.98 KiB"},
		{1024, "1.00 KiB"},
		{999 << 10, "999 KiB"},
		{1000 << 10, "0.98 MiB"},
		{812 << 20, "812 MiB"},
		{4700 << 20, "4.59 GiB"},
		{1 << 50, "1.00 PiB"},
		{math.MaxInt64, "8.00 EiB"},
	}
	for _, tt := range tests {
		if got := IEC.Bytes(tt.n); got != tt.want {
			t.Errorf("Bytes(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestBytesHaveAllTheirDigitsWhereAColumnHoldsThem(t *testing.T) {
	for _, tt := range []struct {
		got, want string
	}{
		{Bytes.Bytes(-1), "?"},
		{Bytes.Bytes(851443712), "851443712 B"},
		{Bytes.Bytes(mostBytes), "999999999999 B"},
		{Bytes.Bytes(mostBytes + 1), "1.00 TB"},
		{Bytes.Bytes(math.MaxInt64), "9.22 EB"},
		{Bytes.Rate(21400000), "21400000 B/s"},
		{Bytes.Rate(mostRate + 1), "1.00 GB/s"},
		{string(Bytes.AppendPart(nil, 512*MB, 812*MB, " of ")), "512000000 of 812000000 B"},
		{string(Bytes.AppendPart(nil, 512*MB, 2000*GB, "/")), "0.00/2.00 TB"},
		{string(Bytes.AppendShort(nil, 48500000)), "48.5 M"},
		{string(Bytes.AppendShortRate(nil, 21400000)), "21.4M/s"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

func TestSystemsHaveNames(t *testing.T) {
	for name, want := range map[string]System{"": SI, "si": SI, "iec": IEC, "bytes": Bytes} {
		if got, err := Named(name); err != nil || got != want {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	if _, err := Named("bits"); err == nil {
		t.Error("bits are no units here")
	}
}

func TestRates(t *testing.T) {
	tests := []struct {
		n           int64
		long, short string
	}{
		{-1, "?", "?"},
		{0, "0 B/s", "0B/s"},
		{312 * kB, "312 kB/s", "312k/s"},
		{5 * MB, "5.00 MB/s", "5.00M/s"},
		{9810 * kB, "9.81 MB/s", "9.81M/s"},
		{21400 * kB, "21.4 MB/s", "21.4M/s"},
	}
	for _, tt := range tests {
		if got := SI.Rate(tt.n); got != tt.long {
			t.Errorf("Rate(%d) = %q, want %q", tt.n, got, tt.long)
		}
		if got := string(SI.AppendShortRate(nil, tt.n)); got != tt.short {
			t.Errorf("AppendShortRate(%d) = %q, want %q", tt.n, got, tt.short)
		}
	}
	if got := IEC.Rate(1 << 20); got != "1.00 MiB/s" {
		t.Errorf("IEC rate = %q", got)
	}
}

func TestShortForm(t *testing.T) {
	for n, want := range map[int64]string{-1: "?", 0: "0 B", 48500 * kB: "48.5 M", 312 * kB: "312 k"} {
		if got := string(SI.AppendShort(nil, n)); got != want {
			t.Errorf("AppendShort(%d) = %q, want %q", n, got, want)
		}
	}
	if got := string(IEC.AppendShort(nil, 2048)); got != "2.00 K" {
		t.Errorf("IEC short = %q", got)
	}
}

func TestPartIsInTheUnitOfTheWhole(t *testing.T) {
	tests := []struct {
		part, whole int64
		sep, want   string
	}{
		{512 * MB, 812 * MB, " of ", "512 of 812 MB"},
		{512 * MB, 812 * MB, "/", "512/812 MB"},
		{3 * MB, 33 * MB, " of ", "3.00 of 33.0 MB"},
		{10 * kB, 33 * MB, " of ", "0.01 of 33.0 MB"},
		{0, 500, " of ", "0 of 500 B"},
		{3 * MB, -1, " of ", "3.00 MB"},
		{40 * GB, 33 * MB, " of ", "40.0 of 0.03 GB"},
	}
	for _, tt := range tests {
		if got := string(SI.AppendPart(nil, tt.part, tt.whole, tt.sep)); got != tt.want {
			t.Errorf("AppendPart(%d, %d) = %q, want %q", tt.part, tt.whole, got, tt.want)
		}
	}
}

func TestPercentIsFullOnlyWhenComplete(t *testing.T) {
	tests := []struct {
		part, whole int64
		want        string
	}{
		{0, 100, "0%"},
		{63, 100, "63%"},
		{29, 100, "29%"},
		{9, 33, "27%"},
		{999, 1000, "99%"},
		{1000, 1000, "100%"},
		{2000, 1000, "100%"},
		{0, 0, "100%"},
		{5, -1, ""},
		{math.MaxInt64 - 1, math.MaxInt64, "99%"},
	}
	for _, tt := range tests {
		if got := Percent(tt.part, tt.whole); got != tt.want {
			t.Errorf("Percent(%d, %d) = %q, want %q", tt.part, tt.whole, got, tt.want)
		}
	}
}

func TestETA(t *testing.T) {
	tests := []struct {
		left time.Duration
		want string
	}{
		{-1, "?"},
		{0, "0:00"},
		{time.Millisecond, "0:01"},
		{2 * time.Second, "0:02"},
		{14 * time.Second, "0:14"},
		{7*time.Minute + 10*time.Second, "7:10"},
		{59*time.Minute + 59*time.Second, "59:59"},
		{59*time.Minute + 59*time.Second + 1, "~1 h"},
		{89 * time.Minute, "~1 h"},
		{2*time.Hour + 10*time.Minute, "~2 h"},
		{47*time.Hour + 29*time.Minute, "~47 h"},
		{47*time.Hour + 30*time.Minute, "~2 d"},
		{99 * 24 * time.Hour, "~99 d"},
		{100 * 24 * time.Hour, ">99 d"},
		{math.MaxInt64, ">99 d"},
	}
	for _, tt := range tests {
		if got := ETA(tt.left); got != tt.want {
			t.Errorf("ETA(%v) = %q, want %q", tt.left, got, tt.want)
		}
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "0:00"},
		{37*time.Second + 900*time.Millisecond, "0:37"},
		{59*time.Minute + 59*time.Second, "59:59"},
		{time.Hour + 2*time.Minute + 3*time.Second, "1:02:03"},
		{time.Hour + 12*time.Minute, "1:12:00"},
		{26 * time.Hour, "26:00:00"},
	}
	for _, tt := range tests {
		if got := Duration(tt.d); got != tt.want {
			t.Errorf("Duration(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestAlignRight(t *testing.T) {
	row := []byte("name ")
	row = AlignRight(SI.AppendBytes(row, 812*MB), 5, SI.BytesWidth())
	if got := string(row); got != "name  812 MB" {
		t.Errorf("got %q", got)
	}
	if got := string(AlignRight([]byte("long"), 0, 2)); got != "long" {
		t.Errorf("too wide: %q", got)
	}
}

// The widths are promises that columns are built on.
func FuzzNothingIsWiderThanPromised(f *testing.F) {
	for _, n := range []int64{0, 999, 999500, 1 << 40, 999949999999, math.MaxInt64, -1} {
		f.Add(n, n/3)
	}
	f.Fuzz(func(t *testing.T, n, m int64) {
		for _, c := range []struct {
			got   string
			width int
		}{
			{SI.Bytes(n), SI.BytesWidth()},
			{IEC.Bytes(n), IEC.BytesWidth()},
			{Bytes.Bytes(n), Bytes.BytesWidth()},
			{SI.Rate(n), SI.RateWidth()},
			{IEC.Rate(n), IEC.RateWidth()},
			{Bytes.Rate(n), Bytes.RateWidth()},
			{string(SI.AppendShort(nil, n)), ShortWidth},
			{string(IEC.AppendShortRate(nil, n)), ShortRate},
			{Percent(m, n), PercentWidth},
			{ETA(time.Duration(n)), ETAWidth},
		} {
			if len(c.got) > c.width {
				t.Errorf("%q is wider than %d", c.got, c.width)
			}
		}
		if f := Fraction(m, n); f > 1 || f == 1 && m < n {
			t.Errorf("Fraction(%d, %d) = %v", m, n, f)
		}
	})
}

func TestNumbersDoNotAllocate(t *testing.T) {
	dst := make([]byte, 0, 256)
	values := []float64{1, 2, 3}
	bar := Bar{Full: "█", Empty: "░", Unknown: "-"}
	n := testing.AllocsPerRun(100, func() {
		dst = AlignRight(SI.AppendBytes(dst[:0], 812*MB), 0, SI.BytesWidth())
		dst = SI.AppendRate(dst, 21400*kB)
		dst = AppendETA(dst, 14*time.Second)
		dst = AppendPercent(dst, 1, 3)
		dst = AppendBar(dst, 20, 0.5, bar)
		dst = AppendSparkline(dst, 5, values, []string{"▁", "█"})
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
