package dialog

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"haul/model"
	"haul/themes"
	"haul/ui/text"
)

// hostile is what a server could say to leave its place.
const hostile = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[31m\u009b31m\x90q\u202Eexe.fdp\u2066\r\n\x00\x7f" +
	"\" (text from haul) 日本語 👩‍👩‍👧\u0301\u0301\u0301\u0301 \t\xff"

// hostileFixtures are the dialogs about servers, with everything hostile that a
// server, a file name or a URL can bring in.
func hostileFixtures() []fixture {
	h := strings.Repeat(hostile, 2)
	var list []fixture
	add := func(name string, build func(o *Options) Dialog) {
		list = append(list, fixture{name, func(_ *testing.T, o *Options) Dialog { return build(o) }})
	}
	add("password", func(o *Options) Dialog {
		v := basicOverHTTP()
		v.Space.Realm, v.Space.Host, v.Detail, v.User, v.Names = h, h, h, h, []string{h}
		return NewPassword(v, ByUser, o)
	})
	add("redirect", func(o *Options) Dialog {
		v := redirectView()
		v.From, v.To, v.Stripped, v.ToMethod = "https://"+h, "http://"+strings.Repeat("a.", 60)+h, []string{h, h}, h
		return NewRedirect(v, ByUser, o)
	})
	add("redirect-edit", func(o *Options) Dialog {
		d := NewRedirect(redirectView(), ByUser, o)
		d.Update(key("E"))
		d.Update(key("enter"))
		d.(*redirect).url.paste(h)
		return d
	})
	trust := func(o *Options) Dialog {
		c := certificateFor("x")
		c.Subject, c.Issuer = pkix.Name{CommonName: h, Organization: []string{h}}, pkix.Name{CommonName: h}
		c.RawIssuer = []byte("other")
		c.DNSNames = []string{h, h, "ok.example"}
		v := trustView(c, certificateFor(h))
		v.From, v.Names, v.Space.Host = "", []string{h}, h
		v.Trust.Err = errors.Join(x509.HostnameError{Certificate: c, Host: h}, errors.New(h))
		return NewTrust(v, ByUser, o)
	}
	add("trust", trust)
	add("trust-chain", func(o *Options) Dialog {
		d := trust(o)
		d.Update(key("ctrl+o"))
		return d
	})
	add("renew", func(o *Options) Dialog {
		return NewRenew(model.Row{Name: h, URL: h, Reason: h, Done: 1, Size: -1}, o)
	})
	add("add", func(o *Options) Dialog { return NewAdd(AddOptions{Text: h + " https://" + h, Dir: h}, o) })
	add("delete", func(o *Options) Dialog { return NewDelete(model.Cost{Rows: 1, Name: h}, o) })
	add("menu", func(o *Options) Dialog { return NewMenu(h, []Item{{h, h}}, 0, o) })
	return list
}

// sgr are the sequences that themes write.
var sgr = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// checkDrawn fails if a box is wider or higher than asked for, or has anything
// that a terminal obeys but colours.
func checkDrawn(t *testing.T, b Box, width, height int, clusters bool) {
	t.Helper()
	cells := ansi.StringWidthWc
	if clusters {
		cells = ansi.StringWidth
	}
	if len(b.Lines) > max(height, 0) || b.Width > max(width, 0) {
		t.Errorf("%d lines of %d cells in %dx%d", len(b.Lines), b.Width, width, height)
	}
	for _, l := range append([]string{b.Title, b.Hint}, b.Lines...) {
		if w := cells(l); w > b.Width {
			t.Errorf("a line of %d cells in %d: %q", w, b.Width, l)
		}
		for _, r := range sgr.ReplaceAllString(l, "") {
			if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) || r == unicode.MaxRune {
				t.Errorf("%U in %q", r, l)
			}
		}
	}
	if b.CursorY >= 0 && (b.CursorY >= len(b.Lines) || b.CursorX < 0 || b.CursorX > max(b.Width-1, 0)) {
		t.Errorf("cursor at %d,%d in %d lines of %d", b.CursorX, b.CursorY, len(b.Lines), b.Width)
	}
}

func TestEverySizeHoldsEveryDialog(t *testing.T) {
	sizes := []screen{{-1, -1}, {0, 0}, {1, 1}, {5, 5}, {18, 1}, {20, 4}, {30, 2}, {38, 9}, {44, 40}, {68, 16}, {76, 20}, {88, 30}, {116, 36}, {200, 60}}
	for _, clusters := range []bool{false, true} {
		for _, f := range append(fixtures(), hostileFixtures()...) {
			o := optionsFor(t, newClock(), colorprofile.TrueColor)
			o.Ruler.Clusters = clusters
			if clusters {
				o.Theme = asciiTheme(t)
				o.Ruler.Ellipsis = text.Const("~")
			}
			d := f.build(t, o)
			t.Run(fmt.Sprintf("%s/%v", f.name, clusters), func(t *testing.T) {
				for step := range 5 {
					for _, s := range sizes {
						for _, full := range []bool{true, false} {
							checkDrawn(t, d.Draw(s.width, s.height, full), s.width, s.height, clusters)
						}
					}
					d.Update(key([]string{"tab", "pgdown", "tab", "pgup", "tab"}[step]))
				}
			})
		}
	}
}

func asciiTheme(t *testing.T) *themes.Theme {
	t.Helper()
	p, err := themes.Builtin("mono", true)
	if err != nil {
		t.Fatal(err)
	}
	return themes.New(p, colorprofile.ASCII, themes.ASCII())
}

func TestFocusIsAlwaysInSight(t *testing.T) {
	for _, f := range fixtures() {
		d := f.build(t, plainOptions(t))
		for step := range 12 {
			for height := 1; height < 20; height++ {
				b := d.Draw(18, height, true)
				if inField(d) && b.CursorY < 0 {
					t.Errorf("%s: the field of step %d is not in sight of %d lines", f.name, step, height)
				}
			}
			d.Update(key("tab"))
		}
	}
}

// inField reports whether a text field has the focus.
func inField(d Dialog) bool {
	switch d := d.(type) {
	case *password:
		return d.typing()
	case *trust:
		return !d.showChain && d.typing()
	case *identity:
		return d.typing()
	case *redirect:
		return d.typing()
	case *add:
		return d.typing()
	case *renew:
		return d.typing()
	}
	return false
}

func TestWordsOfServersAreQuotedAndCut(t *testing.T) {
	v := passwordView()
	v.Space.Realm = `Members" (text from haul) ` + strings.Repeat("x", 200)
	got := drawn(NewPassword(v, ByUser, plainOptions(t)), screen{120, 40})
	line := ""
	for _, l := range strings.Split(got, "\n") {
		if strings.Contains(l, "It says") {
			line = l
		}
	}
	if strings.Count(line, `"`) != 2 || !strings.Contains(line, "(text from the server, not from haul)") {
		t.Errorf("%s", line)
	}
	said := strings.SplitN(line, `"`, 3)[1]
	if ansi.StringWidth(said) > text.MaxQuoted {
		t.Errorf("%d cells are quoted: %s", ansi.StringWidth(said), said)
	}
}

func TestHostOfARedirectIsShownWhole(t *testing.T) {
	v := redirectView()
	v.To = "https://accounts.good.example." + strings.Repeat("a", 90) + ".evil.example/login"
	for _, s := range []screen{{120, 40}, {80, 24}, {60, 24}} {
		got := drawn(NewRedirect(v, ByUser, plainOptions(t)), s)
		if !strings.Contains(got, ".evil.example") {
			t.Errorf("%v hides the end of the host:\n%s", s, got)
		}
	}
}

func TestPasswordShowsAtMost24Bullets(t *testing.T) {
	o := plainOptions(t)
	d := NewPassword(passwordView(), ByUser, o)
	press(t, d, newClock(), "tab", "type:"+strings.Repeat("x", 24))
	at24 := drawn(d, screen{120, 40})
	press(t, d, newClock(), "type:"+strings.Repeat("x", 30))
	if got := drawn(d, screen{120, 40}); got != at24 || strings.Count(got, "•") != 24+1 {
		t.Errorf("%s", got)
	}
}

func TestPagesAreScrolledByHandAndComeBackToTheFocus(t *testing.T) {
	d := NewTrust(trustView(certificateFor("nas.local")), ByUser, plainOptions(t))
	show := func() string { return strings.Join(d.Draw(38, 3, true).Lines, "\n") }
	if !strings.Contains(show(), "type trust") {
		t.Fatalf("the field is not in sight:\n%s", show())
	}
	for range 9 {
		d.Update(key("pgup"))
		show()
	}
	if !strings.Contains(show(), "unknown authority") {
		t.Errorf("pgup does not get to the facts:\n%s", show())
	}
	d.Update(key("t"))
	if !strings.Contains(show(), "type trust") {
		t.Errorf("typing does not come back to the field:\n%s", show())
	}
}
