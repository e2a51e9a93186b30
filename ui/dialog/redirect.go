package dialog

import (
	"fmt"
	"net/http"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
)

// redirect asks whether to go where a server points to.
type redirect struct {
	question
	refuse, follow, always, edit *button
	// url is the field for another URL; it is there while editing.
	url     *field
	editing bool
	goThere *button
	problem string // with the URL that was typed
	closed  bool
}

// NewRedirect asks the question view, of kind model.AskRedirect. The letters n,
// f, A and E move to a button, enter presses it.
func NewRedirect(view model.PromptView, opened Opened, o *Options) Question {
	d := &redirect{
		refuse: &button{"refuse"}, follow: &button{"follow"}, always: &button{"always"}, edit: &button{"edit"},
		url: newField(""), goThere: &button{"go"},
	}
	d.question = newQuestion(view, opened, o, d.refuse, d.follow, d.always, d.edit)
	return d
}

func (d *redirect) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.closed || d.grace.holds(msg) {
		return nil, nil
	}
	var r Result
	switch action := d.take(msg); action {
	case keymap.Back:
		r = d.back()
	case keymap.Cancel:
		r = d.answer(model.Answer{CancelRows: true})
	case keymap.Press:
		r = d.pressed()
	case "":
		if k, ok := msg.(tea.KeyPressMsg); ok && !d.typing() {
			d.letter(k.String())
		}
	}
	d.closed = r != nil
	return r, nil
}

// letter moves to a button. A letter that the user has mapped to an action
// does not come here.
func (d *redirect) letter(s string) {
	switch s {
	case "n":
		d.focus(d.refuse)
	case "f":
		d.focus(d.follow)
	case "A":
		d.focus(d.always)
	case "E", "e":
		d.focus(d.edit)
	}
}

// back leaves the field first.
func (d *redirect) back() Result {
	if !d.editing {
		return Closed{}
	}
	d.editing, d.problem = false, ""
	d.use(d.refuse, d.follow, d.always, d.edit)
	return nil
}

func (d *redirect) pressed() Result {
	switch d.focused() {
	case d.refuse:
		return d.answer(model.Answer{Refuse: true})
	case d.follow:
		return d.answer(model.Answer{Follow: true})
	case d.always:
		return d.answer(model.Answer{Follow: true, Always: true})
	case d.edit:
		d.editing = true
		d.use(d.url, d.goThere, d.refuse)
	case d.url, d.goThere:
		url := strings.TrimSpace(d.url.value())
		if d.problem = d.o.problemWith(url); d.problem != "" {
			return nil
		}
		return d.answer(model.Answer{URL: url})
	}
	return nil
}

// problemWith says what is wrong with a URL that was typed, "" for nothing.
func (o *Options) problemWith(url string) string {
	if url == "" {
		return phrases.TypeAURLFirst
	}
	if err := o.check(url); err != nil {
		return err.Error()
	}
	return ""
}

func (d *redirect) Draw(width, height int, full bool) Box {
	p, l := d.compose(width, height, full, 80, 66, d.fill)
	title := phrases.FollowThisRedirect
	hints := []keymap.Hint{
		d.o.hint(keymap.Dialog, keymap.NextField, 3, "next"),
		{Keys: "n f A E", Text: "choose", Priority: 4},
		d.o.hint(keymap.Dialog, keymap.Press, 2, phrases.OnAButton),
		d.o.hint(keymap.Dialog, keymap.Back, 0, "later"),
	}
	switch l {
	case wide:
		_, from := splitURL(d.shownFrom())
		_, to := splitURL(d.shownTo())
		title += "  " + from + " -> " + to
		hints = append(hints, keymap.Hint{Text: "asked because: " + d.cause(), Priority: 5})
	case small:
		title = fmt.Sprintf("Redirect %d  (%d of %d)", d.view.Status, d.view.Step, d.view.MaxSteps)
		hints[2].Text = "button"
	}
	if d.editing {
		hints = append(hints[:1:1], hints[2:]...)
		hints[2].Text = "back"
	}
	return d.box(p, title, hints, height, full)
}

// cause is why the user is asked.
func (d *redirect) cause() string {
	switch {
	case d.view.LeavesTLS:
		return phrases.ItLeavesEncryption
	case d.view.OtherHost:
		return phrases.ItIsAnotherHost
	}
	return phrases.YouWantToBeAsked
}

func (d *redirect) shownFrom() string { return d.o.shownURL(d.view.From) }
func (d *redirect) shownTo() string   { return d.o.shownURL(d.view.To) }

func (d *redirect) fill(p *page, l layout) {
	if l == small {
		p.say(themes.Text, " "+d.shownFrom())
		d.destination(p, " "+d.o.Theme.Glyphs.Arrow+" ")
		p.rule()
	} else {
		status := strings.TrimSpace(fmt.Sprintf("%d %s", d.view.Status, http.StatusText(d.view.Status)))
		p.put(themes.Text, fmt.Sprintf(phrases.StepOfAtMost, status, d.view.Step, d.view.MaxSteps))
		p.putMiddle(themes.Text, d.waiting(), 0)
		p.end()
		p.end()
		p.label("from", 6)
		p.say(themes.Text, d.view.FromMethod+" "+d.shownFrom())
		p.label("to", 6)
		d.destination(p, d.view.ToMethod+" ")
		d.changes(p, 6)
		if l == wide {
			p.end()
		}
	}
	for _, w := range d.warnings(l) {
		gap := "  "
		if l == small {
			gap = " "
		}
		p.put(themes.Attention, d.o.Theme.Glyphs.Alert+gap)
		p.wrap(themes.Text, w, p.cells, 3)
	}
	p.end()
	if d.editing {
		d.fillURL(p)
		return
	}
	switch l {
	case wide:
		p.buttons(3, 3, face{d.refuse, "Don't follow"}, face{d.follow, "Follow once"}, face{d.always, phrases.AlwaysForThisHost}, face{d.edit, "Edit URL"})
		p.end()
		p.end()
		p.wrap(themes.Subtle, fmt.Sprintf(phrases.DontFollowMeans, d.view.Status), 0, 2)
	case medium:
		p.buttons(0, 2, face{d.refuse, "Don't follow"}, face{d.follow, "Follow once"}, face{d.always, "Always"}, face{d.edit, "Edit URL"})
		p.end()
	case small:
		p.buttonsTight(1, face{d.refuse, "No"}, face{d.follow, "Once"}, face{d.always, "Always"}, face{d.edit, "Edit"})
		p.end()
	}
}

// fillURL writes the field for another URL. It begins empty: the one that the
// server named is shown without its secrets, and is of no use as it stands.
func (d *redirect) fillURL(p *page) {
	p.label("Go to", 6)
	p.field(d.url, p.room()-2, "_")
	p.end()
	p.wrap(themes.Error, d.problem, 6, 2)
	p.buttons(6, 2, face{d.goThere, "Go there"}, face{d.refuse, "Don't follow"})
	p.end()
}

// destination writes where it goes. The host is what counts: where the line
// cuts it, it is written out below.
func (d *redirect) destination(p *page, before string) {
	p.put(themes.Text, before)
	scheme, host := splitURL(d.shownTo())
	cut := p.o.cells(scheme+host) > p.room()
	p.say(themes.Text, d.shownTo())
	if cut {
		p.wrap(themes.Warn, "host "+host, 2, 6)
	}
}

// changes underlines what differs between the URLs.
func (d *redirect) changes(p *page, x int) {
	fromScheme, fromHost := splitURL(d.shownFrom())
	scheme, host := splitURL(d.shownTo())
	under := func(s string, changed bool) string {
		if changed {
			return strings.Repeat("^", d.o.cells(strings.TrimSuffix(s, "://"))) + strings.Repeat(" ", len(s)-len(strings.TrimSuffix(s, "://")))
		}
		return strings.Repeat(" ", d.o.cells(s))
	}
	p.column(x)
	line := under(d.view.ToMethod, d.view.ToMethod != d.view.FromMethod) + " " +
		under(scheme, scheme != fromScheme) + under(host, host != fromHost)
	p.column(x + len(line) - len(strings.TrimLeft(line, " ")))
	p.say(themes.Warn, strings.TrimSpace(line))
}

// splitURL cuts "https://" and the host, with its port, from a URL.
func splitURL(s string) (scheme, host string) {
	before, rest, ok := strings.Cut(s, "://")
	if !ok {
		return "", s
	}
	if i := strings.IndexAny(rest, `/\?#`); i >= 0 {
		rest = rest[:i]
	}
	return before + "://", rest
}

// warnings say what following would do.
func (d *redirect) warnings(l layout) []string {
	v := d.view
	var w []string
	if v.LeavesTLS {
		w = append(w, phrases.LeavesEncryption)
		if l == small {
			w[0] = "https -> http"
		}
	}
	if v.OtherHost || len(v.Stripped) > 0 {
		w = append(w, d.strippedWarning(l))
	}
	switch {
	case v.BodySentAgain > 0:
		size := d.o.Units.Bytes(v.BodySentAgain)
		if l == small {
			w = append(w, fmt.Sprintf("%s body (%s) sent again", v.ToMethod, size))
		} else {
			w = append(w, fmt.Sprintf(phrases.BodyIsSentAgain, v.Status, v.ToMethod, size))
		}
	case v.ToMethod != v.FromMethod:
		w = append(w, fmt.Sprintf("%s becomes %s", v.FromMethod, v.ToMethod))
	}
	return w
}

func (d *redirect) strippedWarning(l layout) string {
	where := "another host"
	switch {
	case !d.view.OtherHost:
		where = phrases.AnotherProtocolOrPort
	case l == small:
		where = "other host"
	}
	names := d.view.Stripped
	switch {
	case len(names) == 0 && l == small:
		return where
	case len(names) == 0:
		return where + phrases.NoHeaderHasToBeLeftOut
	case l == small:
		return where + phrases.NoCredentialsSent
	}
	list := names[0]
	if n := len(names); n > 1 {
		list = strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	if l == wide {
		list += " headers"
	}
	return where + ": " + list + phrases.AreNotSentThere
}
