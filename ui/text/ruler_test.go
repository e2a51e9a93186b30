package text

import (
	"strings"
	"testing"
)

func unicodeRuler() Ruler { return Ruler{Clusters: true, Ellipsis: Const("…")} }

func TestTruncateMiddleKeepsNumberAndExtension(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"debian-13.1.0-amd64-netinst.iso", 31, "debian-13.1.0-amd64-netinst.iso"},
		{"debian-13.1.0-amd64-netinst.iso", 30, "debian-13.1.0-…d64-netinst.iso"},
		{"debian-13.1.0-amd64-netinst.iso", 20, "debian-13…etinst.iso"},
		{"linux-6.17.tar.xz", 20, "linux-6.17.tar.xz"},
		{"日本語コーパス-2026-09.tar.zst", 20, "日本語コ…09.tar.zst"},
		{"go1.26.8.linux-amd64.tar.gz", 20, "go1.26.8.…d64.tar.gz"},
		{"private/dataset-a.parquet", 20, "private/d…-a.parquet"},
		{"wikipedia-en-2026-08.zim", 20, "wikipedia…026-08.zim"},
		{"openstreetmap-planet.osm.pbf", 20, "openstree…et.osm.pbf"},
		{"go1.26.8.linux-amd64.tar.gz", 10, "go….tar.gz"},
		{"go1.26.8.linux-amd64.tar.gz", 8, "go1….gz"[:3] + "…r.gz"},
		{"README", 4, "R…ME"},
		{"README", 3, "R…E"},
		{"README", 2, "R…"},
		{"README", 1, "…"},
		{"README", 0, ""},
		{"README", -1, ""},
		{"日本語", 1, "…"},
		{"日本語", 3, "日…"},
	}
	for _, tt := range tests {
		if got := unicodeRuler().TruncateMiddle(Clean(tt.in), tt.width); got.String() != tt.want {
			t.Errorf("%q in %d = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
	ascii := Ruler{Ellipsis: Const("~")}
	if got := ascii.TruncateMiddle(Clean("debian-13.1.0-amd64-netinst.iso"), 30); got.String() != "debian-13.1.0-~d64-netinst.iso" {
		t.Errorf("with the ASCII mark: %q", got)
	}
}

func TestTruncateCutsAtTheEnd(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"kernel.example.org", 13, "kernel.examp…"},
		{"deb.example", 13, "deb.example"},
		{"日本語", 4, "日…"},
		{"日本語", 5, "日本…"},
		{"日本語", 6, "日本語"},
		{"👨‍👩‍👧 family", 4, "👨‍👩‍👧 …"},
		{"x", 0, ""},
	}
	for _, tt := range tests {
		if got := unicodeRuler().Truncate(Clean(tt.in), tt.width); got.String() != tt.want {
			t.Errorf("%q in %d = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
	if got := (Ruler{}).Truncate(Clean("abc"), 2); got.String() != "ab" {
		t.Errorf("without a mark: %q", got)
	}
	if got := (Ruler{Ellipsis: Const("...")}).Truncate(Clean("abcdef"), 2); got.String() != "ab" {
		t.Errorf("no room for the mark: %q", got)
	}
}

func TestRulersOfTwoTerminalsDisagreeAboutEmoji(t *testing.T) {
	family := Clean("👨‍👩‍👧")
	if got := unicodeRuler().Truncate(family, 2); got != family {
		t.Errorf("by cluster: %q", got)
	}
	if got := (Ruler{Ellipsis: Const("…")}).Truncate(family, 5); got.String() != "…" {
		t.Errorf("by code point: %q", got)
	}
}

func TestPadFillsUpAndNeverCuts(t *testing.T) {
	r := unicodeRuler()
	if got := r.PadRight(Clean("日本"), 6); got.String() != "日本  " || r.Width(got) != 6 {
		t.Errorf("PadRight = %q", got)
	}
	if got := r.PadLeft(Clean("812 MB"), 8); got.String() != "  812 MB" {
		t.Errorf("PadLeft = %q", got)
	}
	if got := r.PadRight(Clean("too long"), 3); got.String() != "too long" {
		t.Errorf("PadRight of a long text = %q", got)
	}
}

func TestAppendFillsExactlyItsColumn(t *testing.T) {
	r := unicodeRuler()
	name := Clean("日本語コーパス-2026-09.tar.zst")
	tests := []struct {
		name, want string
		append     func(dst []byte, t Text, width int) []byte
	}{
		{"AppendMiddle", "|日本語コ…09.tar.zst |", r.AppendMiddle},
		{"AppendLeft", "|日本語コーパス-2026…|", r.AppendLeft},
		{"AppendRight", "|日本語コーパス-2026…|", r.AppendRight},
	}
	for _, tt := range tests {
		got := string(append(tt.append([]byte("|"), name, 20), '|'))
		if got != tt.want {
			t.Errorf("%s = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := string(r.AppendRight(nil, Clean("ab"), 4)); got != "  ab" {
		t.Errorf("AppendRight of a short text = %q", got)
	}
}

func TestComposingARowDoesNotAllocate(t *testing.T) {
	r := unicodeRuler()
	dst := make([]byte, 0, 256)
	for _, name := range []string{"debian-13.1.0-amd64-netinst.iso", "日本語コーパス-2026-09.tar.zst"} {
		c := Clean(name)
		n := testing.AllocsPerRun(100, func() {
			dst = r.AppendMiddle(dst[:0], c, 20)
			dst = r.AppendLeft(dst, c, 13)
			dst = r.AppendRight(dst, c, 40)
		})
		if n != 0 {
			t.Errorf("%q: %v allocations", name, n)
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, in string
		width    int
		want     []string
	}{
		{"fits", "one two", 7, []string{"one two"}},
		{"at spaces", "connection reset by gone.example", 12, []string{"connection", "reset by", "gone.example"}},
		{"long word", "abcdefgh ij", 3, []string{"abc", "def", "gh", "ij"}},
		{"spaces inside stay", "a  b ccc", 4, []string{"a  b", "ccc"}},
		{"wide characters", "日本語 です", 5, []string{"日本", "語", "です"}},
		{"wider than the line", "a日b", 1, []string{"a", "…", "b"}},
		{"empty", "", 5, nil},
		{"no width", "abc", 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, line := range unicodeRuler().Wrap(Clean(tt.in), tt.width) {
				got = append(got, line.String())
			}
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzLayoutStaysInItsWidth(f *testing.F) {
	f.Add("debian-13.1.0-amd64-netinst.iso", 20, true)
	f.Add("日本語 コーパス.tar.zst", 5, false)
	f.Add("👩🏽‍🚀 क्षि e\u0301 🇩🇪", 3, true)
	f.Fuzz(func(t *testing.T, s string, width int, clusters bool) {
		width %= 200
		r := Ruler{Clusters: clusters, Ellipsis: Const("…")}
		c := Clean(s)
		within := func(name string, got Text) {
			checkHarmless(t, got)
			if r.Width(got) > max(width, 0) {
				t.Errorf("%s(%+q, %d) = %+q: %d cells", name, c.String(), width, got.String(), r.Width(got))
			}
		}
		within("Truncate", r.Truncate(c, width))
		within("TruncateMiddle", r.TruncateMiddle(c, width))
		for _, line := range r.Wrap(c, width) {
			within("Wrap", line)
		}
		for _, pad := range []Text{r.PadLeft(c, width), r.PadRight(c, width)} {
			if got, want := r.Width(pad), max(width, r.Width(c)); got != want {
				t.Errorf("padded to %d: %d cells", want, got)
			}
			checkHarmless(t, pad)
		}
		for _, column := range []string{
			string(r.AppendLeft(nil, c, width)), string(r.AppendMiddle(nil, c, width)), string(r.AppendRight(nil, c, width)),
		} {
			if got := r.Width(measured(column)); got != max(width, 0) {
				t.Errorf("column of %d: %+q is %d cells", width, column, got)
			}
		}
	})
}
