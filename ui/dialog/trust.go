package dialog

import (
	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
)

// trustWord is what has to be typed to accept a server.
const trustWord = "trust"

// trust asks whether a server is the one that is meant.
type trust struct {
	question
	facts []certificate // the chain, the server's own certificate first
	word  *field
	keep  *radio // 0: until the program ends, 1: for good
	// wrong tells that enter was pressed with another word.
	wrong bool
	// chain is the whole chain, shown in place of the question while open.
	chain     *scroll
	showChain bool
	closed    bool
}

// NewTrust asks the question view, of kind model.AskTrust. Only the word
// "trust", typed and followed by enter, accepts, and only until the program
// ends unless "for good" is chosen as well.
func NewTrust(view model.PromptView, opened Opened, o *Options) Question {
	d := &trust{word: newField(""), keep: &radio{count: 2}, chain: &scroll{}}
	if view.CanKeep {
		d.question = newQuestion(view, opened, o, d.word, d.keep)
	} else {
		d.question = newQuestion(view, opened, o, d.word)
	}
	if view.Trust != nil {
		for _, c := range view.Trust.Chain() {
			d.facts = append(d.facts, certificateOf(c))
		}
	}
	return d
}

func (d *trust) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.closed || d.grace.holds(msg) {
		return nil, nil
	}
	if d.showChain {
		d.updateChain(msg)
		return nil, nil
	}
	if _, ok := msg.(tea.PasteMsg); ok {
		return nil, nil // the word is to be typed
	}
	var r Result
	switch d.take(msg) {
	case keymap.Back:
		r = Closed{}
	case keymap.Cancel:
		r = d.answer(model.Answer{CancelRows: true})
	case keymap.More:
		d.showChain = true
	case keymap.Press:
		if d.word.value() == trustWord && len(d.facts) > 0 {
			r = d.answer(model.Answer{Trust: true, ForGood: d.keep.chosen == 1})
		} else {
			d.wrong = d.word.value() != ""
			// The field has no room for more than the word: what stood before it
			// would be out of sight, and the word look right.
			d.word.empty()
			d.focus(d.word)
		}
	}
	d.closed = r != nil
	return r, nil
}

// updateChain scrolls the chain. Nothing can be decided there.
func (d *trust) updateChain(msg tea.Msg) {
	if w, ok := msg.(Wheel); ok {
		d.chain.by(w.Lines)
		return
	}
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return
	}
	switch action, _ := d.o.Keys.Lookup(keymap.Dialog, k.String()); action {
	case keymap.Back, keymap.More:
		d.showChain = false
	default:
		d.chain.act(action)
	}
}

func (d *trust) Draw(width, height int, full bool) Box {
	if d.showChain {
		return d.drawChain(width, height, full)
	}
	p, l := d.compose(width, height, full, 78, 68, d.fill)
	title := phrases.DoYouTrustThisServer + d.host()
	if d.view.Trust.Proxy {
		title = phrases.DoYouTrustThisProxy + d.host()
	}
	hints := []keymap.Hint{
		d.o.hint(keymap.Field, keymap.Press, 1, "accept"),
		d.o.hint(keymap.Field, keymap.Cancel, 2, "cancel "+d.transfers()),
		d.o.hint(keymap.Field, keymap.More, 3, "full chain"),
		d.o.hint(keymap.Field, keymap.Back, 0, "later"),
	}
	switch l {
	case wide:
		hints[0].Text = phrases.WithTheWordAccept
	case small:
		title = "Trust " + d.o.shownHost(hostPort(d.view.Space.Host, d.view.Space.Port)) + " ?"
		if d.view.Trust.Proxy {
			title = phrases.TrustTheProxy + d.o.shownHost(hostPort(d.view.Space.Host, d.view.Space.Port)) + " ?"
		}
		hints = hints[1:]
		hints[0].Text, hints[1].Text = "cancel", "chain"
	}
	return d.box(p, title, hints, height, full)
}

func (d *trust) fill(p *page, l layout) {
	switch l {
	case wide:
		d.fillWide(p)
	case medium:
		d.fillMedium(p)
	case small:
		d.fillSmall(p)
	}
}

// factColumn is where the facts of a certificate begin.
const factColumn = 16

func (d *trust) fillWide(p *page) {
	p.say(themes.Text, phrases.TheCertificateCouldNotBeVerified)
	p.wrap(themes.Error, d.reason(), 2, 3)
	d.changed(p)
	p.end()
	d.asked(p)
	if c, ok := d.own(); ok {
		d.subject(p, c)
		p.fact("Names", factColumn, c.shownNames(d.o))
		p.fact("Valid", factColumn, c.validity()+" ("+c.left(d.o.now())+")")
		p.fact("Key", factColumn, c.key)
		p.fingerprint(c)
	}
	d.seen(p, "")
	p.end()
	p.wrap(themes.Text, phrases.NothingWasSentAndClosed, 0, 3)
	d.note(p)
	d.ask(p, phrases.ToAcceptThisKeyFor+d.host()+d.until()+", type: trust  ")
}

func (d *trust) fillMedium(p *page) {
	p.wrap(themes.Error, d.reason(), 0, 2)
	d.changed(p)
	p.end()
	d.asked(p)
	if c, ok := d.own(); ok {
		d.subject(p, c)
		p.fact("Names", factColumn, c.shownNames(d.o))
		p.fact("Valid", factColumn, c.validity())
		p.fingerprint(c)
	}
	d.seen(p, phrases.NothingWasSentYet)
	d.note(p)
	d.ask(p, phrases.ToAcceptIt+d.until()+", type: trust  ")
}

func (d *trust) fillSmall(p *page) {
	c, ok := d.own()
	if !ok {
		p.wrap(themes.Error, d.reason(), 0, 2)
		p.rule()
		d.ask(p, phrases.TypeTrustToAccept)
		return
	}
	reason := shortReason(d.view.Trust.Err)
	if c.selfSigned {
		reason += " (self-signed)"
	}
	if d.view.ChangedKey {
		reason = d.o.Theme.Glyphs.Alert + phrases.NotTheKeyAcceptedBefore
	}
	p.say(themes.Error, reason)
	seen := phrases.NeverSeenBefore
	if d.view.SeenKey {
		seen = "accepted before"
	}
	p.say(themes.Text, "until "+c.until.Format(certificateDate)+"   "+seen)
	p.rule()
	p.say(themes.Subtle, "SHA-256")
	p.wrap(themes.Text, c.fingerprintWords(), 0, 6)
	d.note(p)
	d.ask(p, phrases.TypeTrustToAccept)
}

// own is the server's own certificate, if it showed one.
func (d *trust) own() (certificate, bool) {
	if len(d.facts) == 0 {
		return certificate{}, false
	}
	return d.facts[0], true
}

func (d *trust) reason() string {
	switch {
	case d.view.Trust == nil || len(d.facts) == 0:
		return phrases.NoCertificateNoTrust
	case d.view.Trust.Err == nil:
		return phrases.AcceptedByTheSystemButAsked
	}
	return d.view.Trust.Reason()
}

// changed warns of a server that has another key than before: that is what
// somebody in between looks like, or an administrator with a new certificate.
func (d *trust) changed(p *page) {
	words := phrases.NotTheKeyOfBefore
	if d.view.ChangedForGood {
		words = phrases.TheKeyHasChanged
	}
	if d.view.ChangedKey {
		p.put(themes.Error, d.o.Theme.Glyphs.Alert+" ")
		p.wrap(themes.Error, words, 2, 2)
	}
	if d.view.Reason != "" {
		p.wrap(themes.Warn, phrases.ItCannotBeAcceptedForGood+d.view.Reason+".", 2, 2)
	}
}

// asked says what the user has asked for.
func (d *trust) asked(p *page) {
	p.label(phrases.YouAskedFor, factColumn)
	url := d.origin()
	if d.view.From != "" {
		url = d.o.shownURL(d.view.From)
	}
	p.put(themes.Text, url)
	if name := d.waiting(); d.view.From == "" && name != "" {
		p.put(themes.Text, "  for ")
		p.putMiddle(themes.Text, name, 0)
	}
	p.end()
}

// subject writes who the certificate says that the server is.
func (d *trust) subject(p *page, c certificate) {
	p.label(phrases.ItAnsweredAs, factColumn)
	const selfSigned = "  (self-signed)"
	if c.selfSigned {
		p.put(themes.Text, d.o.word(c.subject, p.room()-len(selfSigned)))
		p.say(themes.Warn, selfSigned)
		return
	}
	half := (p.room() - len("  by ")) / 2
	p.put(themes.Text, d.o.word(c.subject, half))
	p.put(themes.Subtle, "  by ")
	p.say(themes.Text, d.o.word(c.issuer, p.room()))
}

func (d *trust) seen(p *page, more string) {
	p.label("Seen before", factColumn)
	if d.view.SeenKey {
		p.put(themes.Text, phrases.YesAcceptedByYou)
	} else {
		p.put(themes.Text, "never")
	}
	p.say(themes.Text, more)
}

// note is an empty line, or says why enter did nothing.
func (d *trust) note(p *page) {
	if d.wrong {
		p.put(themes.Warn, phrases.ThatIsNotTheWord)
	}
	p.end()
}

// ask writes the field for the word. Where the line is too short for both, the
// field stands below.
func (d *trust) ask(p *page, words string) {
	if p.o.cells(words)+len(trustWord)+2 > p.width {
		p.wrap(themes.Attention, words, 0, 3)
	} else {
		p.put(themes.Attention, words)
	}
	p.field(d.word, len(trustWord), "_")
	p.end()
	if d.view.CanKeep {
		p.radio(d.keep, 3, p.o.until(), "for good")
		p.end()
	}
}

// until is how long the key is accepted, where that is no choice.
func (d *trust) until() string {
	switch {
	case d.view.CanKeep:
		return ""
	case d.o.Attached:
		return " " + phrases.InTheAgent
	}
	return phrases.UntilYouQuit
}

func (d *trust) drawChain(width, height int, full bool) Box {
	cells := width
	if !full {
		cells = fitting(width, 78, 68)
	}
	p := newPage(d.o, cells, nil)
	for i, c := range d.facts {
		if i > 0 {
			p.end()
		}
		c.describe(p, i+1)
	}
	if len(d.facts) == 0 {
		p.say(themes.Text, phrases.TheServerHasShownNoCertificate)
	}
	d.chain.fit(len(p.lines), height)
	hints := []keymap.Hint{
		{Keys: d.o.scrollKeys(), Text: "scroll", Priority: 1},
		d.o.hint(keymap.Dialog, keymap.Back, 0, "back"),
	}
	return p.box("Certificates of "+d.host(), hints, d.chain.top, height, full)
}
