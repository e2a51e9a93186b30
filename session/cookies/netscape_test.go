package cookies

import (
	"bufio"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReadNetscape(t *testing.T) {
	later := time.Now().Add(time.Hour).Unix()
	file := "# Netscape HTTP Cookie File\r\n\r\n   \n# a comment\n" +
		fmt.Sprintf(".swift.org\tTRUE\t/\tFALSE\t%d\tdomain\t1\n", later) +
		fmt.Sprintf("www.swift.org\tFALSE\t/dir\tTRUE\t%d\thost\ta b=c\r\n", later) +
		fmt.Sprintf("#HttpOnly_.swift.org\ttrue\t/\tfalse\t%d\thttp\t1\n", later) +
		"swift.org\tTRUE\t/\tFALSE\t0\tsession\n" + // no value, as curl takes it
		"swift.org\tTRUE\t/\tFALSE\t1\texpired\t1\n" +
		"swift.org\tTRUE\t/\tFALSE\t-1\texpired\t1\n" +
		"swift.org\tTRUE\t/\tFALSE\tnever\tbad\t1\n" +
		"swift.org\tYES\t/\tFALSE\t0\tbad\t1\n" +
		"co.uk\tTRUE\t/\tFALSE\t0\tsuffix\t1\n" +
		"swift.org TRUE / FALSE 0 spaces 1\n" +
		"swift.org\tTRUE\t/\tFALSE\t0\ttoo\tmany\tfields\n" +
		"swift.org\tTRUE\t/\tFALSE\t0\tcontrol\t\x1b]0;x\x07\n" +
		"swift.org\tTRUE\t/\tFALSE\t0\t__Host-a\t1\n" +
		fmt.Sprintf("last.org\tFALSE\t/\tFALSE\t%d\tlast\t1", later) // no line feed
	j := New()
	taken, skipped, err := j.ReadNetscape(strings.NewReader(file))
	if err != nil || taken != 5 || skipped != 9 {
		t.Errorf("%d taken, %d left out, %v", taken, skipped, err)
	}
	j.wants(t, "https://www.swift.org/dir", "host=a b=c; domain=1; http=1; session=")
	j.wants(t, "http://swift.org/", "domain=1; http=1; session=")
	j.wants(t, "http://last.org/", "last=1")
	for _, c := range j.All() {
		if c.HTTPOnly != (c.Name == "http") || c.Expires.IsZero() != (c.Name == "session") {
			t.Errorf("%v %v %v", c, c.HTTPOnly, c.Expires)
		}
	}
}

func TestReadNetscapeSaysWhatItCannotRead(t *testing.T) {
	j := New()
	good := "swift.org\tTRUE\t/\tFALSE\t0\ta\t1\n"
	taken, _, err := j.ReadNetscape(iotest.TimeoutReader(strings.NewReader(good + good)))
	if !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("%d, %v", taken, err)
	}
	taken, _, err = j.ReadNetscape(strings.NewReader(good + strings.Repeat("x", maxNetscapeLine+1)))
	if taken != 1 || !errors.Is(err, bufio.ErrTooLong) {
		t.Errorf("%d, %v", taken, err)
	}
}

func TestNetscapeThereAndBack(t *testing.T) {
	j := New()
	j.from(t, "https://www.swift.org/dir/", "a=1; Max-Age=100; Domain=swift.org", "b=2; Secure; HttpOnly; Path=/", "nameless", "e=", "t=x\ty", "raw=\xff")
	j.from(t, "http://[::1]/", "v6=1; Max-Age=50")
	var out strings.Builder
	if err := j.WriteNetscape(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "# Netscape HTTP Cookie File\n") || strings.Contains(out.String(), "\ty") {
		t.Errorf("%s", out.String())
	}
	again := New()
	taken, skipped, err := again.ReadNetscape(strings.NewReader(out.String()))
	if err != nil || taken != 6 || skipped != 0 {
		t.Fatalf("%d taken, %d left out, %v:\n%s", taken, skipped, err, out.String())
	}
	bare := func(all []Cookie) (bare []Cookie) {
		for _, c := range all {
			if c.Name == "t" {
				continue
			}
			c.Expires = c.Expires.Truncate(time.Second).UTC()
			c.Created, c.Updated, c.LastAccess = time.Time{}, time.Time{}, time.Time{}
			bare = append(bare, c)
		}
		return bare
	}
	if got, want := bare(again.All()), bare(j.All()); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteNetscapeReportsTheWriter(t *testing.T) {
	if err := New().WriteNetscape(brokenWriter{}); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}

func FuzzNetscape(f *testing.F) {
	f.Add(".swift.org\tTRUE\t/\tFALSE\t0\ta\t1\n")
	f.Add("#HttpOnly_[::1]\tFALSE\t/\tTRUE\t99999999999999\t\tv\r\n# c\n\n")
	f.Fuzz(func(t *testing.T, file string) {
		j := New()
		if _, _, err := j.ReadNetscape(strings.NewReader(file)); err != nil && !errors.Is(err, bufio.ErrTooLong) {
			t.Fatal(err)
		}
		before := j.All()
		for _, c := range before {
			if err := c.check(); err != nil {
				t.Errorf("%v: %v", c, err)
			}
		}
		var out strings.Builder
		if err := j.WriteNetscape(&out); err != nil {
			t.Fatal(err)
		}
		again := New()
		if _, skipped, err := again.ReadNetscape(strings.NewReader(out.String())); err != nil || skipped != 0 || len(again.All()) != len(before) {
			t.Errorf("%d left out, %v, %d of %d:\n%q", skipped, err, len(again.All()), len(before), out.String())
		}
	})
}
