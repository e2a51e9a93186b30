package dialog

import (
	"fmt"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/text"
)

// identity asks for a client certificate.
type identity struct {
	question
	file, key, pass    *field
	send, none, cancel *button
	// missing says what is not filled in.
	missing string
}

// NewIdentity asks the question view, of kind model.AskIdentity. The file tried
// last is there already; the field of the key is for PEM files, that of the
// password for PKCS#12. Only the button sends.
func NewIdentity(view model.PromptView, opened Opened, o *Options) Question {
	d := &identity{
		file: newField(view.Identity.Certificate), key: newField(view.Identity.Key), pass: newSecret(),
		send: &button{"send"}, none: &button{"none"}, cancel: &button{"cancel"},
	}
	d.question = newQuestion(view, opened, o, d.file, d.key, d.pass, d.send, d.none, d.cancel)
	if view.Identity.Certificate != "" {
		d.focus(d.pass)
	}
	return d
}

// Format keeps what was typed out of every print.
func (d *identity) Format(s fmt.State, _ rune) {
	// A write into the buffer of fmt does not fail.
	_, _ = io.WriteString(s, "client certificate dialog")
}

func (d *identity) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.pass.edit == nil || d.grace.holds(msg) {
		return nil, nil
	}
	switch d.take(msg) {
	case keymap.Back:
		return d.closeWith(Closed{}), nil
	case keymap.Cancel:
		return d.closeWith(d.answer(model.Answer{CancelRows: true})), nil
	case keymap.Submit:
		return d.submit(), nil
	case keymap.Press:
		return d.pressed(), nil
	}
	return nil, nil
}

func (d *identity) pressed() Result {
	switch d.focused() {
	case d.send:
		return d.submit()
	case d.none:
		return d.closeWith(d.answer(model.Answer{Skip: true}))
	case d.cancel:
		return d.closeWith(d.answer(model.Answer{CancelRows: true}))
	}
	if d.step(1); d.focused() == d.send {
		d.grace.start() // whoever holds enter down has not seen where it leads
	}
	return nil
}

// submit sends, from the button only: from elsewhere it goes there.
func (d *identity) submit() Result {
	d.missing = ""
	switch {
	case d.file.isEmpty():
		d.missing = "Type the file of the certificate first."
		d.focus(d.file)
		return nil
	case d.focused() != d.send:
		d.focus(d.send)
		d.grace.start()
		return nil
	}
	return d.closeWith(d.answer(model.Answer{
		Identity: model.IdentityFile{Certificate: d.file.value(), Key: d.key.value()}, Password: d.pass.value(),
	}))
}

func (d *identity) closeWith(r Result) Result {
	d.pass.wipe()
	return r
}

func (d *identity) Draw(width, height int, full bool) Box {
	p, l := d.compose(width, height, full, 78, 68, d.fill)
	title := d.host() + " asks for a client certificate"
	if l == small {
		title = "Certificate for " + d.host()
	}
	return d.box(p, title, []keymap.Hint{
		d.o.hint(keymap.Field, keymap.NextField, 3, "next"),
		d.o.hint(keymap.Field, keymap.Press, 2, "on a button"),
		d.o.hint(keymap.Field, keymap.Back, 0, "decide later"),
	}, height, full)
}

func (d *identity) fill(p *page, l layout) {
	const x = 10
	if l != small {
		p.label("Server", x)
		p.say(themes.Text, d.origin())
		p.label("For", x)
		p.putMiddle(themes.Text, d.waiting(), 0)
		p.end()
	}
	p.label("Issuers", x)
	p.end()
	p.wrap(themes.Text, d.issuers(), 2, 3)
	if d.view.Reason != "" {
		p.wrap(themes.Warn, "Because "+d.view.Reason+".", 0, 3)
	}
	if l == wide {
		p.end()
	}
	cells := min(46, p.width-x-2)
	for _, f := range []struct {
		label string
		field *field
	}{{"File", d.file}, {"Key file", d.key}, {"Password", d.pass}} {
		p.label(f.label, x)
		p.field(f.field, cells, "_")
		p.end()
	}
	if l != small {
		p.say(themes.Subtle, "PEM, with its key in it or in a file of its own, or PKCS#12")
	}
	p.say(themes.Error, d.missing)
	faces := []face{{d.send, "Show it"}, {d.none, "None: go on without"}, {d.cancel, "Cancel " + d.transfers()}}
	if l == small {
		faces[1].label = "None"
		p.buttonsTight(1, faces...)
	} else {
		p.buttons(3, 3, faces...)
	}
	p.end()
}

// issuers names who may have signed the certificate, in the server's words.
func (d *identity) issuers() string {
	if len(d.view.Issuers) == 0 {
		return "any"
	}
	names := make([]string, len(d.view.Issuers))
	for i, n := range d.view.Issuers {
		names[i] = d.o.word(n, text.MaxQuoted)
	}
	return strings.Join(names, ", ")
}
