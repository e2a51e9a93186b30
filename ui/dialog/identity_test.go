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
	run(t, []story{
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
