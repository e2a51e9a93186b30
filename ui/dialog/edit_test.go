package dialog

import (
	"strings"
	"testing"

	"haul/ui/text"
)

func TestEditingALine(t *testing.T) {
	tests := []struct {
		name string
		keys []string // "|" in the wanted text is the cursor
		want string
	}{
		{"typing", []string{"type:abc"}, "abc|"},
		{"in the middle", []string{"type:ac", "left", "type:b"}, "ab|c"},
		{"home and end", []string{"type:bc", "home", "type:a", "end", "type:d"}, "abcd|"},
		{"readline's home and end", []string{"type:bc", "ctrl+a", "type:a", "ctrl+e", "type:d"}, "abcd|"},
		{"the cursor stays inside", []string{"left", "right", "backspace", "delete", "type:a", "right", "right"}, "a|"},
		{"backspace and delete", []string{"type:abcd", "left", "left", "backspace", "delete"}, "a|d"},
		{"word by word", []string{"type:https://a.b/c", "ctrl+w", "ctrl+w"}, "https://a.|"},
		{"moving by words", []string{"type:one two three", "ctrl+left", "ctrl+left", "type:x"}, "one x|two three"},
		{"deleting a word forwards", []string{"type:one two", "home", "alt+d"}, "| two"},
		{"to the beginning", []string{"type:abcd", "left", "ctrl+u"}, "|d"},
		{"to the end", []string{"type:abcd", "home", "right", "ctrl+k"}, "a|"},
		{"wide characters", []string{"type:日本", "left", "backspace"}, "|本"},
		{"a paste", []string{"type:ad", "left", "paste:b\tc"}, "ab c|d"},
		{"control characters are left out", []string{"paste:\x1b[1ma\x00\u009b"}, "[1ma|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := NewRenew(fixtureRow(), plainOptions(t)).(*renew)
			press(t, d, newClock(), tt.keys...)
			e := d.url.edit
			if got := string(e.text[:e.at]) + "|" + string(e.text[e.at:]); got != tt.want {
				t.Errorf("%v gives %q, want %q", tt.keys, got, tt.want)
			}
		})
	}
}

func TestFieldsTakeSoMuchAndNoMore(t *testing.T) {
	f := newField("")
	f.paste(strings.Repeat("x", maxTyped+10))
	f.paste("y")
	if got := f.value(); len(got) != maxTyped || strings.Contains(got, "y") {
		t.Errorf("%d characters", len(got))
	}
}

func TestSecretBufferNeverMoves(t *testing.T) {
	f := newSecret()
	buffer := &f.edit.text[:1][0]
	f.paste(strings.Repeat("x", maxSecret*2))
	f.edit.press("backspace")
	f.edit.press("home")
	f.paste("y")
	if &f.edit.text[0] != buffer {
		t.Error("a copy of the password is left behind")
	}
}

func TestWordKeysDoNotTellWhereWordsEndInAPassword(t *testing.T) {
	f := newSecret()
	f.paste("correct horse")
	f.key(key("ctrl+left"), "")
	if f.edit.at != 0 {
		t.Errorf("the cursor stops at %d", f.edit.at)
	}
}

func TestLinesOfAListAreBounded(t *testing.T) {
	u := newURLs(func(string) error { return nil }, func(string) bool { return false })
	u.paste(strings.Repeat("https://a/ ", maxURLs+5))
	if len(u.lines) > maxURLs {
		t.Errorf("%d lines", len(u.lines))
	}
	if f := u.findings(); !strings.Contains(f[len(f)-1].text, "left out") {
		t.Errorf("nobody says that lines were left out: %+v", f[len(f)-1])
	}
}

func FuzzField(f *testing.F) {
	f.Add("https://deb.example.org/iso", 10, 3)
	f.Add("日本語👩‍👩‍👧\u0301", 4, 2)
	f.Add(hostile, 7, 0)
	f.Fuzz(func(t *testing.T, s string, cells, left int) {
		cells = min(max(cells, 0), 200)
		for _, clusters := range []bool{false, true} {
			r := text.Ruler{Clusters: clusters, Ellipsis: text.Const("…")}
			field := newField("")
			field.paste(s)
			for range min(max(left, 0), 100) {
				field.edit.press("left")
			}
			shown, cursor := field.window(r, "*", cells, true)
			if w := r.Width(shown); w > cells || cursor < 0 || cursor > cells {
				t.Errorf("%d cells, cursor at %d, in a field of %d", w, cursor, cells)
			}
			if again := text.Clean(shown.String()); again != shown {
				t.Errorf("%q is not clean", shown)
			}
		}
	})
}
