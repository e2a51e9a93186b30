package dialog

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/session"
	"haul/themes"
	"haul/ui/phrases"
)

// password asks for a user name and a password, or for a token.
type password struct {
	secretive
	user *field
	keep *radio // by persistences
	// armed tells that somebody wants to send it although everybody on the way
	// can read it, and was told so.
	armed bool
}

// NewPassword asks the question view, of kind model.AskPassword. After a
// refusal the user name is there already. The method Bearer wants a token and no
// name.
//
// Where the secret can be read on its way (Basic or Bearer without TLS), sending
// takes a second press, half a second later, of a button that says so.
func NewPassword(view model.PromptView, opened Opened, o *Options) Question {
	d := &password{secretive: newSecretive(), user: newField(view.User), keep: &radio{count: len(persistences(view))}}
	if view.Space.Method == session.MethodBearer {
		d.question = newQuestion(view, opened, o, d.pass, d.keep, d.send, d.skip, d.cancel)
		return d
	}
	d.question = newQuestion(view, opened, o, d.user, d.pass, d.keep, d.send, d.skip, d.cancel)
	if view.User != "" {
		d.focus(d.pass)
	}
	return d
}

// persistences are what can be chosen, the usual one first. For good is there
// only where something can be kept so.
func persistences(view model.PromptView) []session.Persistence {
	all := []session.Persistence{session.PersistenceForSession, session.PersistenceNone}
	if view.Keeper != "" {
		all = append(all, session.PersistencePermanent)
	}
	return all
}

func (d *password) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.holds(msg) {
		return nil, nil
	}
	r := d.act(d.take(msg), d.submit, d.enter)
	if r != nil {
		d.user.wipe()
	}
	return r, nil
}

func (d *password) enter() Result {
	switch {
	case d.focused() != d.pass:
		d.step(1)
	case d.pass.isEmpty():
		d.toSend()
	default:
		return d.submit()
	}
	return nil
}

// submit sends, or says what is in the way of it. An empty password is sent
// from the button only: some servers want a token as the user name.
func (d *password) submit() Result {
	onButton := d.focused() == d.send
	d.missing = ""
	switch {
	case d.token() && d.pass.isEmpty():
		return d.lacks(phrases.TypeTheTokenFirst, d.pass)
	case d.user.value() == "" && d.pass.isEmpty():
		return d.lacks(phrases.TypeAUserNameAndAPassword, d.user)
	case d.pass.isEmpty() && !onButton:
		return d.lacks(phrases.ThereIsNoPassword, d.pass)
	case d.readable() && !d.armed:
		d.armed = true
		d.toSend()
		return nil
	}
	return d.closeWith(d.answer(model.Answer{
		User: d.user.value(), Password: d.pass.value(), Keep: persistences(d.view)[d.keep.chosen],
	}))
}

// token tells that a token is asked for, and no name.
func (d *password) token() bool { return d.view.Space.Method == session.MethodBearer }

// secret is what is typed.
func (d *password) secret() string {
	if d.token() {
		return "token"
	}
	return "password"
}

// readable tells that everybody on the way can read the secret: the Basic scheme
// sends it as it is (RFC 7617, section 4), and so do Bearer (RFC 6750, section
// 5.3) and SOCKS (RFC 1929).
func (d *password) readable() bool {
	return (d.view.Space.Method == session.MethodBasic || d.view.Space.Method == session.MethodSOCKS || d.token()) && !d.view.Space.ReceivesCredentialSecurely()
}

// wordless tells that whoever asks has no words of its own: SOCKS knows none.
func (d *password) wordless() bool { return d.view.Space.Method == session.MethodSOCKS }

func (d *password) Draw(width, height int, full bool) Box {
	p, l := d.compose(width, height, full, 78, 68, d.fill)
	title := d.who() + " asks for a " + d.secret()
	hints := []keymap.Hint{
		d.o.hint(keymap.Field, keymap.NextField, 3, "next"),
		d.o.hint(keymap.Field, keymap.Press, 2, phrases.OnAButton),
		d.o.hint(keymap.Field, keymap.Back, 0, "decide later"),
	}
	switch l {
	case wide:
		hints[0].Text = "next field"
		hints[2].Text = phrases.DecideLaterItKeepsWaiting
	case small:
		title = d.secretLabel() + " for " + d.who()
		hints[1].Text = "button"
		hints[2].Text = "later"
	}
	return d.box(p, title, hints, height, full)
}

func (d *password) fill(p *page, l layout) {
	if l == small {
		d.fillSmall(p)
		return
	}
	const x = 10
	cells, theirs, later := 42, phrases.TextFromTheServerNotFromHaul, phrases.LaterOnesGetTheSameAnswer
	if l == medium {
		cells, theirs, later = 37, phrases.TextFromTheServer, ""
	}
	d.server(p, x, l)
	p.label("Method", x)
	p.put(themes.Text, d.method())
	d.second(p, l)
	d.history(p)
	switch {
	case d.view.Space.Method.SessionLevel():
		p.label("Form", x)
		p.say(themes.Subtle, userForms)
	case d.wordless():
	default:
		p.label("It says", x)
		p.put(themes.Text, d.o.quoted(d.view.Space.Realm, p.room()-2-3-len(theirs)))
		d.second(p, l)
		p.say(themes.Subtle, theirs)
	}
	d.reason(p)
	p.label("For", x)
	p.putMiddle(themes.Text, d.waiting(), len(later))
	p.say(themes.Subtle, later)
	d.warning(p)
	p.end()

	d.fields(p, x, cells)
	if l == wide {
		p.end()
	}
	p.label("Keep", x)
	once := phrases.OnlyThisTransfer
	if l == wide {
		once = phrases.OnlyForThisTransfer
	}
	p.radio(d.keep, 3, []string{p.o.until(), once, "for good"}[:d.keep.count]...)
	p.end()
	d.keeper(p, x)
	p.say(themes.Error, d.missing)
	if l == wide {
		p.buttons(x, 3, face{d.send, d.sendLabel()}, face{d.skip, phrases.SkipGoOnWithout}, face{d.cancel, "Cancel " + d.transfers()})
	} else {
		p.buttons(3, 3, face{d.send, d.sendLabel()}, face{d.skip, "Skip"}, face{d.cancel, "Cancel " + d.transfers()})
	}
	p.end()
}

// keeper says where the secret is kept, if that is what was chosen.
func (d *password) keeper(p *page, x int) {
	if persistences(d.view)[d.keep.chosen] == session.PersistencePermanent {
		p.column(x)
		p.wrap(themes.Subtle, "In "+d.view.Keeper+phrases.OnceTheServerHasTakenIt, x, 2)
		p.end()
	}
}

// second goes to where the second fact of a line begins: a column in the wide
// layout, if the first one leaves it free.
func (d *password) second(p *page, l layout) {
	const x = 30
	if l == wide && p.cells+3 <= x {
		p.column(x)
		return
	}
	p.gap(3)
}

func (d *password) fillSmall(p *page) {
	x, spare := 9, 4
	if p.width < 30 {
		spare = 0
	}
	security := "https"
	if !d.view.Space.ReceivesCredentialSecurely() {
		security = "NOT ENCRYPTED"
	} else if d.view.Trust != nil {
		security = "https, " + d.certificate("cert")
	}
	p.put(themes.Text, security+"   "+d.method())
	p.end()
	if !d.view.Space.Method.SessionLevel() && !d.wordless() {
		p.say(themes.Text, "says "+d.o.quoted(d.view.Space.Realm, p.width-7))
	}
	d.reason(p)
	if d.view.Failures > 0 {
		p.say(themes.Warn, d.refusals())
	}
	d.warning(p)
	p.rule()
	d.fields(p, x, p.width-x-2-spare)
	p.label("Keep", x)
	until := "until quit"
	if p.o.Attached {
		until = phrases.InTheAgent
	}
	p.radio(d.keep, 1, []string{until, "once", "for good"}[:d.keep.count]...)
	p.end()
	d.keeper(p, 0)
	p.say(themes.Error, d.missing)
	p.buttonsTight(1, face{d.send, d.sendLabel()}, face{d.skip, "Skip"}, face{d.cancel, "Cancel " + d.transfers()})
	p.end()
}

func (d *password) server(p *page, x int, l layout) {
	origin := d.origin()
	p.label(d.role(), x)
	p.put(themes.Text, origin)
	if l == wide {
		p.gap(4)
	} else {
		p.gap(3)
	}
	switch {
	case !d.view.Space.ReceivesCredentialSecurely():
		p.say(themes.Error, "NOT ENCRYPTED")
	case d.view.Trust == nil:
		p.say(themes.Text, "encrypted")
	default:
		p.say(themes.Text, "encrypted, "+d.certificate("certificate"))
	}
}

// certificate says whether the system trusts the server.
func (d *password) certificate(noun string) string {
	switch {
	case d.view.Trust.Err == nil && noun == "cert":
		return "valid cert"
	case d.view.Trust.Err == nil:
		return noun + " valid"
	}
	return noun + " not verified"
}

// method is the authentication method and its variant.
func (d *password) method() string {
	return strings.TrimSpace(string(d.view.Space.Method) + " " + d.view.Detail)
}

func (d *password) history(p *page) {
	p.put(themes.Text, "asked "+d.waited()+" ago, ")
	if d.view.Failures == 0 {
		p.say(themes.Text, "refused before: 0")
		return
	}
	p.say(themes.Warn, d.refusals())
}

func (d *password) refusals() string {
	if d.view.Failures == 1 {
		return "refused 1 time"
	}
	return fmt.Sprintf("refused %d times", d.view.Failures)
}

func (d *password) warning(p *page) {
	if d.readable() {
		p.put(themes.Error, d.o.Theme.Glyphs.Alert+" ")
		p.wrap(themes.Error, fmt.Sprintf(phrases.EverybodyCanReadThis, d.secret(), d.view.Space.Method), 2, 3)
	}
}

// userForms are how the name of a user of Kerberos or NTLM is typed.
const userForms = phrases.UserForms

// reason says why what was tried before is no good, where more is known than
// that.
func (d *password) reason(p *page) {
	if d.view.Reason != "" {
		p.wrap(themes.Warn, "Because "+d.view.Reason+".", 0, 3)
	}
}

func (d *password) secretLabel() string {
	if d.token() {
		return "Token"
	}
	return "Password"
}

// fields are what is typed in.
func (d *password) fields(p *page, x, cells int) {
	if !d.token() {
		p.label("User", x)
		p.field(d.user, cells, "_")
		p.end()
	}
	p.label(d.secretLabel(), x)
	p.field(d.pass, cells, "_")
	p.end()
}

func (d *password) sendLabel() string {
	if d.armed {
		return "Send unencrypted"
	}
	return "Send"
}
