package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

func TestCleanMakesHostileStringsHarmless(t *testing.T) {
	const fffd = "\ufffd"
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"ASCII stays", "a b~!", "a b~!"},
		{"other scripts stay", "日本語 Grüße привет שלום ไทย", "日本語 Grüße привет שלום ไทย"},
		{"SGR", "\x1b[31mred", "␛[31mred"},
		{"OSC 52 with BEL", "\x1b]52;c;eA==\a", "␛]52;c;eA==␇"},
		{"DCS", "\x1bP1$r\x1b\\", "␛P1$r␛\\"},
		{"C1 CSI as a code point", "\u009b31m", fffd + "31m"},
		{"C1 CSI as a byte", "\x9b31m", fffd + "31m"},
		{"DEL and backspace", "a\x7f\b", "a␡␈"},
		{"NUL", "\x00", "␀"},
		{"tab and line breaks", "a\tb\nc\rd\u2028e\u2029f", "a b c d e f"},
		{"vertical tab and form feed", "\v\f", "␋␌"},
		{"next line is C1", "a\u0085b", "a" + fffd + "b"},
		{"bidi override and isolate", "a\u202egpj\u2066.exe\u2069", "a" + fffd + "gpj" + fffd + ".exe" + fffd},
		{"zero width", "a\u200bb\ufeffc\u200c", "a" + fffd + "b" + fffd + "c" + fffd},
		{"soft hyphen and tags", "a\u00ad\U000e0041", "a" + fffd + fffd},
		{"private use", "\ue000\U000f0000", fffd + fffd},
		{"unassigned", "\u0378", fffd},
		{"blank letters", "\u3164\u115f\uffa0", fffd + fffd + fffd},
		{"broken UTF-8", "a\xffb\xc3", "a" + fffd + "b" + fffd},
		{"surrogate in UTF-8", "\xed\xa0\x80", fffd + fffd + fffd},
		{"three marks stay", "a\u0301\u0302\u0303", "a\u0301\u0302\u0303"},
		{"more marks go", "a\u0301\u0302\u0303\u0304\u0305b\u0301", "a\u0301\u0302\u0303b\u0301"},
		{"leading mark", "\u0301a", fffd + "a"},
		{"mark after a space", "a \u0301b", "a " + fffd + "b"},
		{"leading skin tone", "\U0001f3fdx", fffd + "x"},
		{"letter that joins what follows", "a\u0d4e b\u0d4e", "a" + fffd + " b" + fffd},
		{"emoji family", "👨‍👩‍👧", "👨‍👩‍👧"},
		{"emoji with skin tone and joiner", "👩🏽‍🚀", "👩🏽‍🚀"},
		{"emoji selector", "❤️ 1️⃣", "❤️ 1️⃣"},
		{"selector on a letter", "a\ufe0f", "a" + fffd},
		{"joiner between letters", "a\u200db", "a" + fffd + "b"},
		{"joiner at the end", "👨\u200d", "👨" + fffd},
		{"joiner before a reserved emoji", "👨\u200d\U0001f8ff", "👨" + fffd + fffd},
		{"joiner twice", "👨\u200d\u200d👩", "👨" + fffd + fffd + "👩"},
		{"flag", "🇩🇪", "🇩🇪"},
		{"endless emoji", strings.Repeat("👩‍", 20) + "👩", fffd},
		{"endless jamo", strings.Repeat("\u1100", 20), fffd},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in).String(); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestWidthCountsCellsBothWays(t *testing.T) {
	tests := []struct {
		in              string
		clusters, runes int
	}{
		{"", 0, 0},
		{"README.pdf", 10, 10},
		{"日本語コーパス-2026-09.tar.zst", 30, 30},
		{"e\u0301", 1, 1},
		{"👨‍👩‍👧", 2, 6},
		{"\x1b", 1, 1},
	}
	for _, tt := range tests {
		c := Clean(tt.in)
		if got := (Ruler{Clusters: true}).Width(c); got != tt.clusters {
			t.Errorf("%q by cluster = %d, want %d", tt.in, got, tt.clusters)
		}
		if got := (Ruler{}).Width(c); got != tt.runes {
			t.Errorf("%q by code point = %d, want %d", tt.in, got, tt.runes)
		}
	}
}

func TestConcatCleansTheSeam(t *testing.T) {
	a, b := Clean("🇩"), Clean("🇪")
	got := Concat(a, b, Const("!"))
	if got.String() != "🇩🇪!" || got != Clean("🇩🇪!") {
		t.Errorf("Concat = %+v", got)
	}
	if !Concat().IsEmpty() {
		t.Error("nothing joined is not empty")
	}
}

func TestCleanOfASCIIDoesNotAllocate(t *testing.T) {
	s := strings.Repeat("debian-13.1.0 ", 4)
	if n := testing.AllocsPerRun(100, func() { Clean(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"plain", "\x1b]52;c;x\a", "\u202eabc", "a\u0301\u0302\u0303\u0304", "👩🏽‍🚀 1️⃣", "\x9b\xff",
		"🇩🇪🇫", "क्षि", "\u0d4e \u0301", "한국어\u1100\u1161", "ｶﾞ", "\u0600a",
	} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		c := Clean(s)
		checkHarmless(t, c)
		if again := Clean(c.String()); again != c {
			t.Errorf("not idempotent: %+q, then %+q", c, again)
		}
		o := Clean(other)
		line := c.String() + " " + o.String()
		if got, want := ansi.StringWidth(line), c.clusters+1+o.clusters; got != want {
			t.Errorf("%+q: parts are %d cells, the line is %d", line, want, got)
		}
		if got, want := ansi.StringWidthWc(line), c.runes+1+o.runes; got != want {
			t.Errorf("%+q: parts are %d cells by code point, the line is %d", line, want, got)
		}
		checkHarmless(t, Concat(c, o))
	})
}

// checkHarmless fails when c has anything that a terminal obeys, or that
// changes how other text is shown.
func checkHarmless(t *testing.T, c Text) {
	t.Helper()
	if !utf8.ValidString(c.String()) {
		t.Errorf("%+q is not UTF-8", c.String())
	}
	for _, r := range c.String() {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) ||
			unicode.Is(unicode.Cf, r) && r != zeroWidthJoiner {
			t.Errorf("%+q has %U", c.String(), r)
		}
	}
	if got := ansi.StringWidth(c.String()); got != c.clusters {
		t.Errorf("%+q: width %d, the renderer counts %d", c.String(), c.clusters, got)
	}
	if got := ansi.StringWidthWc(c.String()); got != c.runes {
		t.Errorf("%+q: width by code point %d, the renderer counts %d", c.String(), c.runes, got)
	}
}
