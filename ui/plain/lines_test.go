package plain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"haul/model"
	"haul/ui/units"
)

func TestARowsEndInALine(t *testing.T) {
	dir := t.TempDir()
	begun := time.Date(2026, 9, 6, 12, 3, 4, 0, time.UTC)
	now := begun.Add(10 * time.Second)
	done := model.Row{Name: "a.iso", State: model.Done, Size: 812_000_000, Done: 812_000_000, Path: filepath.Join(dir, "a.iso")}
	insecure, elsewhere, hostile := done, done, done
	insecure.Insecure = true
	elsewhere.Path = filepath.Join(filepath.Dir(dir), "b.iso")
	hostile.Name = "a\x1b[2J\u202e.iso"
	for _, c := range []struct {
		name string
		row  model.Row
		from int64
		want string
	}{
		{"done", done, 0, "12:03:14 done     a.iso  812 MB in 0:10  81.2 MB/s  ./a.iso\n"},
		{"continued: what came earlier is not in the rate", done, 802_000_000,
			"12:03:14 done     a.iso  812 MB in 0:10  1.00 MB/s  ./a.iso\n"},
		{"not verified", insecure, 0, "12:03:14 done     a.iso  812 MB in 0:10  81.2 MB/s  ./a.iso  (server not verified)\n"},
		{"outside of the directory", elsewhere, 0, "12:03:14 done     a.iso  812 MB in 0:10  81.2 MB/s  " + elsewhere.Path + "\n"},
		{"hostile name", hostile, 0, ""},
		{"refused", model.Row{Name: "a.iso", State: model.Refused, Status: 404, Reason: "404 Not Found: there is no such file"}, 0,
			"12:03:14 refused  a.iso  404  404 Not Found: there is no such file\n"},
		{"expired", model.Row{Name: "a.iso", State: model.Expired, Status: 403, Size: 1_000_000, Done: 300_000, Reason: "the link has run out"}, 0,
			"12:03:14 expired  a.iso  403  0.30 of 1.00 MB  the link has run out\n"},
		{"retry", model.Row{Name: "a.iso", State: model.Retrying, Attempt: 2, Attempts: 5, RetryAt: now.Add(4 * time.Second), Reason: "connection reset"}, 0,
			"12:03:14 retry    a.iso  2 of 5 in 0:04  connection reset\n"},
		{"in binary units", done, 0, "12:03:14 done     a.iso  774 MiB in 0:10  77.4 MiB/s  ./a.iso\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			l := &lines{output: &output{w: &out, failed: func(err error) { t.Error(err) }}, dir: dir}
			if c.name == "in binary units" {
				l.units = units.IEC
			}
			l.change(c.row, &printed{started: true, state: model.Running, since: begun, from: c.from}, now)
			if got := out.String(); c.want != "" && got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			} else if strings.ContainsAny(got, "\x1b\u202e") {
				t.Errorf("not clean: %q", got)
			}
		})
	}
}

func TestTheStartOfAnUploadTellsTheSizeOfItsFile(t *testing.T) {
	for size, want := range map[int]string{20_000: "start    up.txt  20.0 kB  http", 0: "start    up.txt  0 B  http"} {
		sit(t, false, nil, func(p *person) {
			file := filepath.Join(p.dir, "up.txt")
			if err := os.WriteFile(file, make([]byte, size), 0o600); err != nil {
				t.Fatal(err)
			}
			_, problems, start := p.printer.model.Add([]model.Spec{{URL: p.at + "/upload/up.txt", Upload: file}})
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			p.printer.out.together(p.printer.print) // nothing was sent as yet
			p.do(start)
			p.hear(want, "done     up.txt")
		})
	}
}
