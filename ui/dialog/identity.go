package dialog

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// identity asks for a client certificate.
type identity struct {
	secretive
	choice    *radio // the candidates, and last another file
	file, key *field
}

// NewIdentity asks the question view, of kind model.AskIdentity: which of its
// candidates, or which other file. The one tried last is chosen already. The field
// of the key is for PEM files, that of the password for what is locked. Only the
// button sends.
func NewIdentity(view model.PromptView, opened Opened, o *Options) Question {
	d := &identity{
		secretive: newSecretive(),
		choice:    &radio{count: len(view.Candidates) + 1, down: true},
		file:      newField(""), key: newField(""),
	}
	if tried := view.Identity; tried.Certificate != "" {
		d.choice.chosen = slices.IndexFunc(view.Candidates, func(c model.Candidate) bool { return c.File == tried })
		if d.choice.chosen < 0 {
			d.choice.chosen = len(view.Candidates)
			d.file, d.key = newField(tried.Certificate), newField(tried.Key)
		}
	}
	d.view = view // which the ring goes by
	d.question = newQuestion(view, opened, o, d.ring()...)
	if view.Identity.Certificate != "" {
		d.focus(d.pass)
	}
	return d
}

// ring are the controls for what is chosen.
func (d *identity) ring() []control {
	var all []control
	if d.choice.count > 1 {
		all = append(all, d.choice)
	}
	switch c, ok := d.chosen(); {
	case !ok:
		all = append(all, d.file, d.key, d.pass)
	case c.Locked:
		all = append(all, d.pass)
	}
	return append(all, d.send, d.skip, d.cancel)
}

// chosen is the candidate that is chosen; ok is false for another file.
func (d *identity) chosen() (c model.Candidate, ok bool) {
	if d.choice.chosen >= len(d.view.Candidates) {
		return model.Candidate{}, false
	}
	return d.view.Candidates[d.choice.chosen], true
}

func (d *identity) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.holds(msg) {
		return nil, nil
	}
	before := d.choice.chosen
	action := d.take(msg)
	if d.choice.chosen != before {
		d.missing = ""
		d.pass.edit.clear() // it was meant for the other one
		d.use(d.ring()...)
	}
	return d.act(action, d.submit, d.enter), nil
}

func (d *identity) enter() Result {
	if d.step(1); d.focused() == d.send {
		d.toSend()
	}
	return nil
}

// submit sends, from the button only: from elsewhere it goes there.
func (d *identity) submit() Result {
	d.missing = ""
	c, ok := d.chosen()
	switch {
	case !ok && d.file.isEmpty():
		return d.lacks(phrases.TypeTheFileOfTheCertificateFirst, d.file)
	case c.Problem != "":
		return d.lacks(phrases.ItCannotBeShown+c.Problem+".", d.choice)
	case c.Locked && d.pass.isEmpty():
		return d.lacks(phrases.TypeThePasswordOfTheFileFirst, d.pass)
	case d.focused() != d.send:
		d.toSend()
		return nil
	}
	if !ok {
		c.File = model.IdentityFile{Certificate: d.file.value(), Key: d.key.value()}
	}
	return d.closeWith(d.answer(model.Answer{Identity: c.File, Password: d.pass.value()}))
}

func (d *identity) Draw(width, height int, full bool) Box {
	p, l := d.compose(width, height, full, 78, 68, d.fill)
	title := d.who() + phrases.AsksForAClientCertificate
	if l == small {
		title = "Certificate for " + d.who()
	}
	return d.box(p, title, []keymap.Hint{
		d.o.hint(keymap.Field, keymap.NextField, 3, "next"),
		d.o.hint(keymap.Field, keymap.Press, 2, phrases.OnAButton),
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
	if d.choice.count > 1 {
		d.list(p, l)
	}
	c, ok := d.chosen()
	if ok && l != small {
		d.facts(p, c)
	}
	d.fields(p, x, c, ok)
	if !ok && l != small {
		p.say(themes.Subtle, phrases.CertificateFileKinds)
	}
	p.wrap(themes.Error, d.missing, 0, 2)
	if d.missing == "" {
		p.end()
	}
	faces := []face{{d.send, "Show it"}, {d.skip, phrases.NoneGoOnWithout}, {d.cancel, "Cancel " + d.transfers()}}
	if l == small {
		faces[1].label = "None"
		p.buttonsTight(1, faces...)
	} else {
		p.buttons(3, 3, faces...)
	}
	p.end()
	if ok && l == small {
		d.facts(p, c)
	}
}

// list are the candidates, a line each.
func (d *identity) list(p *page, l layout) {
	date := 12 // cells of the last column
	if p.width < 30 {
		date = 0
	}
	for i := range d.choice.count {
		from := p.cells
		sign := "( ) "
		if i == d.choice.chosen {
			sign = "(" + d.o.Theme.Glyphs.Bullet + ") "
		}
		label, issuer, until := "another file", "", ""
		if i < len(d.view.Candidates) {
			label, issuer, until = d.describe(d.view.Candidates[i])
		}
		half := p.width - date
		if l != small && issuer != "" {
			half = (p.width - date) / 2
		}
		p.choice(d.o.Ruler.Truncate(text.Clean(sign+label), max(half-2, 0)).String(), 0, 0, true, p.focus == d.choice && i == d.choice.chosen)
		if l != small && issuer != "" {
			p.column(half)
			p.put(themes.Subtle, d.o.Ruler.Truncate(text.Clean("by "+issuer), half-2).String())
		}
		if date > 0 {
			p.column(p.width - date)
			p.put(themes.Subtle, until)
		}
		p.spot(d.choice, i, from)
		p.end()
	}
	if n := d.view.Unfit; n == 1 {
		p.say(themes.Subtle, phrases.OneOtherCertificate)
	} else if n > 1 {
		p.say(themes.Subtle, fmt.Sprintf(phrases.OtherCertificates, n))
	}
}

// describe is a candidate in the columns of the list.
func (d *identity) describe(c model.Candidate) (label, issuer, until string) {
	if c.Leaf == nil {
		return filepath.Base(c.File.Certificate), "", "locked"
	}
	f := certificateOf(c.Leaf)
	return d.o.word(f.subject, text.MaxQuoted), d.o.word(f.issuer, text.MaxQuoted), f.until.Format(certificateDate)
}

// facts are what people want to know of the candidate that is chosen.
func (d *identity) facts(p *page, c model.Candidate) {
	p.end()
	p.label("File", factColumn)
	p.putMiddle(themes.Text, c.File.Certificate, 0)
	p.end()
	if c.Leaf == nil {
		p.wrap(themes.Subtle, phrases.ToldWhenUnlocked, 0, 2)
		return
	}
	f := certificateOf(c.Leaf)
	p.fact("It says", factColumn, d.o.word(f.subject, p.width-factColumn))
	p.fact("Signed by", factColumn, d.o.word(f.issuer, p.width-factColumn))
	p.fact("Valid", factColumn, f.validity()+" ("+f.left(d.o.now())+")")
	if p.width >= factColumn+3*len(f.sum)/2 {
		p.fingerprint(f)
		return
	}
	p.say(themes.Subtle, "SHA-256")
	p.wrap(themes.Text, f.fingerprintWords(), 2, 6)
}

// fields are what is typed in for what is chosen.
func (d *identity) fields(p *page, x int, c model.Candidate, candidate bool) {
	type labelled struct {
		label string
		field *field
	}
	fields := []labelled{{"File", d.file}, {"Key file", d.key}, {"Password", d.pass}}
	switch {
	case candidate && !c.Locked:
		return
	case candidate:
		fields = fields[2:]
	}
	cells := min(46, p.width-x-2)
	for _, f := range fields {
		p.label(f.label, x)
		p.field(f.field, cells, "_")
		p.end()
	}
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
