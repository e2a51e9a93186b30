package dialog

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"haul/model"
	"haul/session"
)

// questions are the dialogs that servers cause.
func questions() map[string]func(Opened, *Options) Question {
	return map[string]func(Opened, *Options) Question{
		"password":         func(by Opened, o *Options) Question { return NewPassword(passwordView(), by, o) },
		"password, http":   func(by Opened, o *Options) Question { return NewPassword(basicOverHTTP(), by, o) },
		"password refused": func(by Opened, o *Options) Question { return NewPassword(refusedView(), by, o) },
		"trust": func(by Opened, o *Options) Question {
			return NewTrust(trustView(certificateFor("nas.local")), by, o)
		},
		"trust without certificate": func(by Opened, o *Options) Question { return NewTrust(trustView(), by, o) },
		"identity":                  func(by Opened, o *Options) Question { return NewIdentity(identityView(), by, o) },
		"identity to choose":        func(by Opened, o *Options) Question { return NewIdentity(chooseView(), by, o) },
		"identity that is locked": func(by Opened, o *Options) Question {
			v := chooseView()
			v.Identity = v.Candidates[1].File
			return NewIdentity(v, by, o)
		},
		"redirect": func(by Opened, o *Options) Question { return NewRedirect(redirectView(), by, o) },
	}
}

func identityView() model.PromptView {
	v := passwordView()
	v.Kind, v.Space.Method, v.Space.Realm = model.AskIdentity, session.MethodClientCertificate, ""
	v.Identity = model.IdentityFile{Certificate: "~/alice.p12"}
	v.Issuers = []string{"CN=Clients of files.example.org,O=Example", "CN=other"}
	v.Reason = "the file is locked: its password is needed"
	return v
}

// chooseView is the same with several at hand: two that can be shown, one of which
// is locked, one of which nothing is known, and one that has expired.
func chooseView() model.PromptView {
	v := identityView()
	v.Identity, v.Reason, v.Unfit = model.IdentityFile{}, "", 2
	leaf := func(name string) *x509.Certificate {
		c := certificateFor(name)
		c.Issuer, c.RawIssuer = pkix.Name{CommonName: "Clients of files.example.org", Organization: []string{"Example"}}, []byte("ca")
		return c
	}
	old := leaf("alice, before she moved")
	old.NotAfter = date(2025, 1, 1)
	v.Candidates = []model.Candidate{
		{File: model.IdentityFile{Certificate: "~/certificates/alice.pem"}, Leaf: leaf("alice")},
		{File: model.IdentityFile{Certificate: "~/certificates/bob.pem", Key: "~/certificates/bob.key"}, Leaf: leaf("bob"), Locked: true},
		{File: model.IdentityFile{Certificate: "/media/usb/somebody.p12"}, Locked: true},
		{File: model.IdentityFile{Certificate: "~/old.pem"}, Leaf: old, Problem: "the certificate expired on 2025-01-01"},
	}
	return v
}

func refusedView() model.PromptView {
	v := passwordView()
	v.Failures, v.User = 1, "alice"
	return v
}

// approves tells that an answer gives something away or lets something happen.
func approves(a model.Answer) bool {
	return a.User != "" || a.Password != "" || a.Keep != 0 || a.Skip || a.Trust || a.Follow || a.Always || a.URL != "" || a.Identity.Certificate != ""
}

// allKeys are the names of all keys that tests press.
func allKeys() []string {
	keys := []string{
		"enter", "tab", "shift+tab", "space", "backspace", "delete", "insert", "esc",
		"up", "down", "left", "right", "home", "end", "pgup", "pgdown", "f1",
		"alt+enter", "ctrl+enter", "shift+enter", "alt+y", "ctrl+left",
	}
	for r := '!'; r <= '~'; r++ {
		keys = append(keys, string(r))
	}
	for r := 'a'; r <= 'z'; r++ {
		keys = append(keys, "ctrl+"+string(r))
	}
	return keys
}

func TestNoSingleKeyApproves(t *testing.T) {
	for name, build := range questions() {
		for _, k := range allKeys() {
			c := newClock()
			d := build(ByUser, optionsFor(t, c, colorprofile.NoTTY))
			if a, ok := press(t, d, c, k).(Answered); ok && approves(a.Answer) {
				t.Errorf("%s: %s alone approves: %+v", name, k, a.Answer)
			}
		}
	}
}

func TestHoldingAKeyDownApprovesNothing(t *testing.T) {
	for name, build := range questions() {
		for _, k := range []string{"enter", "space", "y", "f", "A", "j"} {
			c := newClock()
			d := build(ByUser, optionsFor(t, c, colorprofile.NoTTY))
			for range 50 {
				if a, ok := press(t, d, c, k).(Answered); ok && approves(a.Answer) {
					t.Errorf("%s: holding %s approves: %+v", name, k, a.Answer)
				}
			}
		}
	}
}

func TestQuestionThatOpenedByItselfIgnoresEarlyKeys(t *testing.T) {
	for name, build := range questions() {
		for _, k := range allKeys() {
			c := newClock()
			o := optionsFor(t, c, colorprofile.NoTTY)
			d := build(ByItself, o)
			before := drawn(d, screen{80, 24})
			c.pass(gracePeriod - time.Millisecond)
			r := press(t, d, c, k)
			if k == "esc" {
				if _, ok := r.(Closed); !ok {
					t.Errorf("%s: esc gives %T, want Closed", name, r)
				}
				continue
			}
			if r != nil {
				t.Errorf("%s: early %s gives %T", name, k, r)
			}
			if got := drawn(d, screen{80, 24}); got != before {
				t.Errorf("%s: early %s changes\n%s\ninto\n%s", name, k, before, got)
			}
		}
	}
}

func TestGraceBeginsAgainWithEachEarlyKey(t *testing.T) {
	c := newClock()
	d := NewPassword(passwordView(), ByItself, optionsFor(t, c, colorprofile.NoTTY)).(*password)
	for _, r := range "alice" {
		c.pass(200 * time.Millisecond)
		press(t, d, c, string(r))
	}
	press(t, d, c, "tab")
	c.pass(400 * time.Millisecond)
	press(t, d, c, "type:hunter2")
	if got := d.user.value() + d.pass.value(); got != "" {
		t.Errorf("typing on takes %q", got)
	}
	c.pass(gracePeriod)
	press(t, d, c, "type:bob")
	if d.user.value() != "bob" {
		t.Errorf("after a rest the user name is %q, want bob", d.user.value())
	}
}

func TestQuestionOpenedByTheUserTakesKeysAtOnce(t *testing.T) {
	c := newClock()
	d := NewPassword(passwordView(), ByUser, optionsFor(t, c, colorprofile.NoTTY))
	got := answerOf(t, press(t, d, c, "type:alice", "enter", "type:s3cret", "enter"))
	want := model.Answer{User: "alice", Password: "s3cret", Keep: session.PersistenceForSession}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("answer %+v, want %+v", got, want)
	}
}

func TestEscNeverDecides(t *testing.T) {
	for name, build := range questions() {
		c := newClock()
		d := build(ByUser, optionsFor(t, c, colorprofile.NoTTY))
		if r := press(t, d, c, "esc"); r != (Closed{}) {
			t.Errorf("%s: esc gives %#v", name, r)
		}
		if r := press(t, d, c, "enter"); r != nil {
			t.Errorf("%s: goes on after it was closed: %#v", name, r)
		}
	}
}

func TestCancelNamesTheRowsThatWait(t *testing.T) {
	c := newClock()
	d := NewPassword(passwordView(), ByUser, optionsFor(t, c, colorprofile.NoTTY))
	d.SetRows([]model.RowID{1, 2, 3}, []string{"a", "b", "c"})
	got := drawn(d, screen{120, 40})
	for _, want := range []string{"Cancel 3 transfers", "a and 2 more"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if a := answerOf(t, press(t, d, c, "ctrl+x")); !reflect.DeepEqual(a, model.Answer{CancelRows: true}) {
		t.Errorf("answer %+v", a)
	}
}

func TestPasswordsAreNotPrinted(t *testing.T) {
	c := newClock()
	d := NewPassword(passwordView(), ByUser, optionsFor(t, c, colorprofile.NoTTY))
	press(t, d, c, "type:alice", "enter", "type:hunter2")
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		checkNoSecret(t, format, fmt.Sprintf(format, d))
		checkNoSecret(t, format, fmt.Sprintf(format, struct{ d Dialog }{d}))
	}
	for _, s := range []screen{{120, 40}, {80, 24}, {40, 12}, {20, 4}} {
		checkNoSecret(t, "drawn", drawn(d, s))
	}
	r := press(t, d, c, "enter")
	if answerOf(t, r).Password != "hunter2" {
		t.Fatal("the answer has another password")
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		checkNoSecret(t, format, fmt.Sprintf(format, r))
	}
}

func checkNoSecret(t *testing.T, what, got string) {
	t.Helper()
	// As text, as hexadecimal, and as numbers of its letters.
	for _, secret := range []string{"hunter2", "68756e74", "104 117"} {
		if strings.Contains(got, secret) {
			t.Errorf("%s shows the password: %s", what, got)
		}
	}
}

func TestPasswordIsWipedWhenTheDialogCloses(t *testing.T) {
	for _, end := range []string{"enter", "esc", "ctrl+x"} {
		c := newClock()
		d := NewPassword(passwordView(), ByUser, optionsFor(t, c, colorprofile.NoTTY)).(*password)
		press(t, d, c, "type:alice", "enter", "type:hunter2")
		buffer := d.pass.edit.text[:cap(d.pass.edit.text)]
		if r := press(t, d, c, end); r == nil {
			t.Fatalf("%s does not close", end)
		}
		for _, r := range buffer {
			if r != 0 {
				t.Errorf("after %s the buffer has %q", end, string(buffer))
				break
			}
		}
		if d.pass.value() != "" || d.user.value() != "" {
			t.Errorf("after %s the fields are not empty", end)
		}
		d.Draw(80, 20, false)
		d.Update(tea.PasteMsg{Content: "more"})
	}
}

func TestTypingAheadNeverPutsAPasswordIntoTheUserField(t *testing.T) {
	for _, next := range []string{"enter", "tab"} {
		c := newClock()
		d := NewPassword(passwordView(), ByUser, optionsFor(t, c, colorprofile.NoTTY)).(*password)
		// All keys come before anything that Update may have returned is run.
		press(t, d, c, "type:alice", next, "type:hunter2")
		if d.user.value() != "alice" || d.pass.value() != "hunter2" {
			t.Errorf("%s: user %q, password of %d characters", next, d.user.value(), len(d.pass.value()))
		}
	}
}

func TestPastedLinesDoNotSpillIntoAnotherField(t *testing.T) {
	tests := []struct{ in, want string }{
		{"alice\nhunter2", "alice"},
		{"alice\r\nhunter2\r\n", "alice"},
		{"\n\nalice\n", "alice"},
		{"al\x1b[31mice\x07", "al[31mice"},
	}
	for _, tt := range tests {
		c := newClock()
		d := NewPassword(passwordView(), ByUser, optionsFor(t, c, colorprofile.NoTTY)).(*password)
		press(t, d, c, "paste:"+tt.in)
		if d.user.value() != tt.want || d.pass.value() != "" {
			t.Errorf("%q gives user %q, password %q", tt.in, d.user.value(), d.pass.value())
		}
		press(t, d, c, "tab", "paste:"+tt.in)
		if d.user.value() != tt.want || d.pass.value() != tt.want {
			t.Errorf("%q in the password gives user %q, password %q", tt.in, d.user.value(), d.pass.value())
		}
	}
}

func TestClipboardKeyFetchesNothing(t *testing.T) {
	c := newClock()
	d := NewPassword(passwordView(), ByUser, optionsFor(t, c, colorprofile.NoTTY))
	if r := press(t, d, c, "ctrl+v"); r != nil { // press fails on a command
		t.Errorf("ctrl+v gives %T", r)
	}
}
