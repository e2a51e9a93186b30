package dialog

import (
	"fmt"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"haul/model"
)

func TestIdentityStories(t *testing.T) {
	ask := func(o *Options) Dialog { return NewIdentity(identityView(), ByUser, o) }
	empty := func(o *Options) Dialog {
		v := identityView()
		v.Identity = model.IdentityFile{}
		return NewIdentity(v, ByUser, o)
	}
	choose := func(o *Options) Dialog { return NewIdentity(chooseView(), ByUser, o) }
	at := func(i int) model.IdentityFile { return chooseView().Candidates[i].File }
	run(t, []story{
		{"the first of several", choose, []string{"enter", "wait", "enter"}, Answered{7, model.Answer{Identity: at(0)}}, ""},
		{"the second, which is locked", choose, []string{"down", "enter", "type:secret", "enter", "wait", "enter"},
			Answered{7, model.Answer{Identity: at(1), Password: "secret"}}, ""},
		{"locked, and no password", choose, []string{"j", "tab", "tab", "enter"}, nil, "Type the password of the file first."},
		{"expired", choose, []string{"down", "down", "down", "enter", "wait", "enter"}, nil, "It cannot be shown: the certificate expired on 2025-01-01."},
		{"another file", choose, []string{"down", "down", "down", "down", "tab", "type:/c.p12", "enter", "enter", "enter", "wait", "enter"},
			Answered{7, model.Answer{Identity: model.IdentityFile{Certificate: "/c.p12"}}}, ""},
		{"none of several", choose, []string{"tab", "tab", "enter"}, Answered{7, model.Answer{Skip: true}}, ""},
		{"down leaves the list at its end", choose, []string{"down", "down", "down", "down", "down", "type:/c"}, nil, "[/c"},
		{"a password does not go to another file", choose, []string{"down", "tab", "type:secret", "shift+tab", "down", "tab", "enter", "wait", "enter"}, nil, "Type the password of the file first."},
		{"the fingerprint", choose, nil, nil, "SHA-256"},
		{"how many do not fit", choose, nil, nil, "2 others at hand are not of these issuers, or cannot be read."},
		{"the password of the file at hand", ask, []string{"type:secret", "enter", "wait", "enter"},
			Answered{7, model.Answer{Identity: model.IdentityFile{Certificate: "~/alice.p12"}, Password: "secret"}}, ""},
		{"a file and its key", empty, []string{"type:/c.pem", "enter", "type:/k.pem", "enter", "enter", "wait", "enter"},
			Answered{7, model.Answer{Identity: model.IdentityFile{Certificate: "/c.pem", Key: "/k.pem"}}}, ""},
		{"no file", empty, []string{"tab", "tab", "tab", "enter"}, nil, "Type the file of the certificate first."},
		{"none", ask, []string{"tab", "tab", "enter"}, Answered{7, model.Answer{Skip: true}}, ""},
		{"cancel", ask, []string{"ctrl+x"}, Answered{7, model.Answer{CancelRows: true}}, ""},
		{"later", ask, []string{"esc"}, Closed{}, ""},
		{"who may have signed it", ask, nil, nil, `"CN=Clients of files.example.org,O=Example", CN=other`},
	})
}

func TestThePasswordOfACertificateIsNotPrinted(t *testing.T) {
	c := newClock()
	d := NewIdentity(identityView(), ByUser, optionsFor(t, c, colorprofile.NoTTY))
	press(t, d, c, "type:hunter2")
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		checkNoSecret(t, format, fmt.Sprintf(format, d))
	}
	checkNoSecret(t, "drawn", drawn(d, screen{120, 40}))
}
