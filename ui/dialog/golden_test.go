package dialog

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"haul/internal/golden"
	"haul/keymap"
	"haul/model"
	"haul/session"
	"haul/themes"
	"haul/ui/text"
)

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// certificateFor is a self-signed certificate as far as it is shown.
func certificateFor(name string) *x509.Certificate {
	return &x509.Certificate{
		Raw: []byte("certificate of " + name), RawSubject: []byte(name), RawIssuer: []byte(name),
		Subject: pkix.Name{CommonName: name}, Issuer: pkix.Name{CommonName: name},
		DNSNames: []string{name, "nas"}, IPAddresses: []net.IP{net.IPv4(192, 168, 1, 20)},
		NotBefore: date(2024, 2, 1), NotAfter: date(2034, 1, 29),
		PublicKey: &ecdsa.PublicKey{Curve: elliptic.P256()}, PublicKeyAlgorithm: x509.ECDSA,
	}
}

func trustView(certificates ...*x509.Certificate) model.PromptView {
	v := model.PromptView{
		ID: 8, Kind: model.AskTrust, Since: noon(), Rows: []model.RowID{5}, Names: []string{"photos-2025.tar"},
		Space: session.ProtectionSpace{Protocol: "https", Host: "nas.local", Port: 8443, Method: session.MethodServerTrust},
		From:  "https://nas.local:8443/photos-2025.tar",
		Trust: &session.ServerTrust{Host: "nas.local", Addr: "192.168.1.20:8443", Err: x509.UnknownAuthorityError{}},
	}
	v.Trust.State.PeerCertificates = certificates
	return v
}

// fixture is a dialog as a picture shows it.
type fixture struct {
	name  string
	build func(t *testing.T, o *Options) Dialog
}

func addOptions() AddOptions {
	return AddOptions{
		Dir:  "~/Downloads",
		Free: func(string) (int64, bool) { return 412_000_000_000, true },
	}
}

func cost() model.Cost {
	return model.Cost{Rows: 1, Active: 1, Bytes: 3_000_000, Name: "old-release.zip"}
}

// fixtures are all dialogs, in the states that the mock-ups show and some more.
func fixtures() []fixture {
	after := func(build func(o *Options) Dialog, steps ...string) func(*testing.T, *Options) Dialog {
		return func(t *testing.T, o *Options) Dialog {
			d := build(o)
			press(t, d, newClock(), steps...)
			return d
		}
	}
	return []fixture{
		{"password", after(func(o *Options) Dialog { return NewPassword(passwordView(), ByUser, o) },
			"type:alice", "tab", "type:0123456789abcdef")},
		{"password-refused", after(func(o *Options) Dialog {
			v := basicOverHTTP()
			v.Failures, v.User, v.Rows, v.Names = 1, "alice", []model.RowID{1, 2, 3}, []string{"a.iso", "b.iso", "c.iso"}
			return NewPassword(v, ByUser, o)
		}, "type:secret", "enter")},
		{"password-kept", after(func(o *Options) Dialog {
			v := passwordView()
			v.Keeper = "the system's keyring"
			return NewPassword(v, ByUser, o)
		}, "type:alice", "tab", "type:secret", "tab", "right", "right")},
		{"password-negotiate", after(func(o *Options) Dialog {
			v := passwordView()
			v.Space.Method, v.Space.Realm, v.Detail = session.MethodNegotiate, "", ""
			v.Reason = "the ticket of alice@EXAMPLE.ORG expired at 2026-03-01 09:14"
			return NewPassword(v, ByUser, o)
		}, "type:alice@EXAMPLE.ORG")},
		{"token", after(func(o *Options) Dialog {
			v := basicOverHTTP()
			v.Space.Method = session.MethodBearer
			return NewPassword(v, ByUser, o)
		}, "type:secret")},
		{"trust-for-good", after(func(o *Options) Dialog {
			v := trustView(certificateFor("nas.local"))
			v.CanKeep, v.ChangedKey, v.ChangedForGood = true, true, true
			return NewTrust(v, ByUser, o)
		}, "type:trust", "tab", "right")},
		{"identity", after(func(o *Options) Dialog { return NewIdentity(identityView(), ByUser, o) }, "type:0123456789abcdef")},
		{"identity-choice", after(func(o *Options) Dialog { return NewIdentity(chooseView(), ByUser, o) })},
		{"identity-locked", after(func(o *Options) Dialog { return NewIdentity(chooseView(), ByUser, o) }, "down", "tab", "type:secret")},
		{"identity-sealed", after(func(o *Options) Dialog { return NewIdentity(chooseView(), ByUser, o) }, "j", "j", "ctrl+s")},
		{"identity-other", after(func(o *Options) Dialog { return NewIdentity(chooseView(), ByUser, o) }, "down", "down", "down", "down")},
		{"trust", after(func(o *Options) Dialog { return NewTrust(trustView(certificateFor("nas.local")), ByUser, o) })},
		{"trust-changed", after(func(o *Options) Dialog {
			v := trustView(certificateFor("nas.local"))
			v.ChangedKey = true
			return NewTrust(v, ByUser, o)
		})},
		{"trust-chain", after(func(o *Options) Dialog {
			return NewTrust(trustView(certificateFor("nas.local"), certificateFor("Root CA of nobody")), ByUser, o)
		}, "ctrl+o")},
		{"redirect", after(func(o *Options) Dialog { return NewRedirect(redirectView(), ByUser, o) })},
		{"redirect-edit", after(func(o *Options) Dialog { return NewRedirect(redirectView(), ByUser, o) },
			"E", "enter", "type:htp", "enter")},
		{"add", after(func(o *Options) Dialog { return NewAdd(addOptions(), o) },
			"paste:https://deb.example.org/iso/debian-13.1.0-amd64-netinst.iso\nhttps://kernel.example/linux-6.17.tar.xz htps://typo.example/x")},
		{"add-upload", after(func(o *Options) Dialog { return NewAdd(addOptions(), o) },
			"type:https://put.example/up", "tab", "tab", "tab", "right", "right")},
		{"add-data", after(func(o *Options) Dialog { return NewAdd(addOptions(), o) },
			"type:https://api.example/status", "tab", "tab", "tab", "right")},
		{"add-curl", after(func(o *Options) Dialog { return NewAdd(addOptions(), o) },
			"paste:curl -u bob:hush -H 'X-Token: hush' -o film.mp4 https://a.example/v?id=7\ncurl -d hush https://b.example/")},
		{"add-more", after(func(o *Options) Dialog { return NewAdd(addOptions(), o) },
			"type:https://a.example/x", "ctrl+o", "tab", "tab", "tab", "tab", "tab", "type:md6", "tab", "type:no field", "ctrl+s")},
		{"limit", after(func(o *Options) Dialog {
			of := LimitOptions{Name: "debian-13.1.0-amd64-netinst.iso", Host: "deb.example.org", Rate: 21.4e6}
			of.Now[LimitHost] = 2_500_000
			return NewLimit(of, o)
		}, "type:a lot", "enter")},
		{"rename", after(func(o *Options) Dialog { return NewRename(fixtureRow(), o) }, "type:-2")},
		{"renew", after(func(o *Options) Dialog {
			return NewRenew(fixtureRow(), o)
		})},
		{"cancel", after(func(o *Options) Dialog { return NewCancel(cost(), o) })},
		{"delete", after(func(o *Options) Dialog {
			return NewDelete(model.Cost{Rows: 4, Active: 1, Bytes: 12_000_000, Finished: 2}, o)
		})},
		{"quit", after(func(o *Options) Dialog { return NewQuit(5, 1, GoOnAsWanted, o) })},
		{"quit-safe", after(func(o *Options) Dialog { return NewQuit(5, 0, GoOnAsWanted, o) })},
		{"menu", after(func(o *Options) Dialog {
			return NewMenu("Sort by", []Item{{"added", "added"}, {"name", "name"}, {"size", "size"}, {"rate", "rate"}}, 2, o)
		}, "j")},
		{"help", after(func(o *Options) Dialog { return NewHelp(keymap.List, o) })},
		{"help-find", after(func(o *Options) Dialog { return NewHelp(keymap.List, o) }, "/", "type:pa")},
	}
}

// looks are the terminals that dialogs are drawn for, and their themes.
func looks(t *testing.T) map[string]*themes.Theme {
	t.Helper()
	dark, err := themes.Builtin("dark", true)
	light, err2 := themes.Builtin("light", false)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return map[string]*themes.Theme{
		"truecolor, dark":       themes.New(dark, colorprofile.TrueColor, themes.Unicode()),
		"16 colours, light":     themes.New(light, colorprofile.ANSI, themes.Unicode()),
		"no colour, ascii only": themes.New(dark, colorprofile.ASCII, themes.ASCII()),
	}
}

func TestDialogsLookAsDrawn(t *testing.T) {
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			var views []golden.View
			all := looks(t)
			for _, s := range []screen{{120, 40}, {80, 24}, {40, 12}, {20, 4}} {
				for _, look := range slices.Backward(slices.Sorted(maps.Keys(all))) {
					o := optionsFor(t, newClock(), colorprofile.NoTTY)
					o.Theme = all[look]
					o.Ruler.Ellipsis = text.Clean(o.Theme.Glyphs.Ellipsis)
					views = append(views, golden.View{
						Name: fmt.Sprintf("%dx%d, %s", s.width, s.height, look), Width: s.width,
						Screen: strings.TrimSuffix(drawnIn(f.build(t, o), s, o.Theme.Glyphs.Border), "\n"),
					})
				}
			}
			golden.Check(t, filepath.Join("testdata", f.name+".golden"), *update, views)
		})
	}
}

func fixtureRow() model.Row {
	return model.Row{
		ID: 2, Name: "model.bin", URL: "https://cdn.example/model.bin?token=abcdef", Status: 403,
		Reason: "403: the link has expired", Done: 1_500_000_000, Size: 4_700_000_000,
	}
}
