package dialog

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
)

// renew asks for a fresh URL for a row.
type renew struct {
	entry
	row     model.Row
	url     *field
	problem string
}

// NewRenew asks for a fresh URL for row: its link has expired, or the user
// wants another. The bytes at hand are kept.
func NewRenew(row model.Row, o *Options) Dialog {
	d := &renew{row: row, url: newField("")}
	d.entry = newEntry(o, d.url)
	return d
}

func (d *renew) Update(msg tea.Msg) (Result, tea.Cmd) {
	if paste, ok := msg.(tea.PasteMsg); ok {
		msg = tea.PasteMsg{Content: strings.TrimSpace(paste.Content)}
	}
	return d.update(msg, d.submit)
}

func (d *renew) submit() Result {
	url := strings.TrimSpace(d.url.value())
	if d.problem = d.o.problemWith(url); d.problem != "" {
		d.focus(d.url)
		return nil
	}
	return Renewed{Row: d.row.ID, URL: url}
}

func (d *renew) Draw(width, height int, full bool) Box {
	p, _ := d.compose(width, height, full, 78, 68, d.fill)
	hints := []keymap.Hint{
		d.o.hint(keymap.Field, keymap.Press, 1, phrases.GoOnWithThisURL),
		d.o.hint(keymap.Field, keymap.Back, 0, "cancel"),
	}
	return d.box(p, phrases.AFreshURLFor+d.row.Name, hints, height, full)
}

func (d *renew) fill(p *page, l layout) {
	x := 10
	if l == small {
		x = 5
	}
	p.label("Old", x)
	p.putMiddle(themes.Text, d.o.shownURL(d.row.URL), 0)
	p.end()
	if why := d.why(); why != "" {
		p.label("Why", x)
		p.wrap(themes.Warn, why, x, 2)
	}
	p.label("Kept", x)
	p.wrap(themes.Text, d.kept(), x, 2)
	if l != small {
		p.end()
	}
	p.label("New", x)
	p.field(d.url, p.room()-2, "_")
	p.end()
	if d.problem != "" || l != small {
		p.wrap(themes.Error, d.problem, x, 2)
		p.end()
	}
	d.end(p, l, x, "Go on")
}

func (d *renew) why() string {
	switch {
	case d.row.Reason != "":
		return d.row.Reason
	case d.row.Status >= 300: // what is below is no reason
		return fmt.Sprintf(phrases.TheServerAnswered, d.row.Status)
	}
	return ""
}

// kept says what will not have to be fetched again.
func (d *renew) kept() string {
	if d.row.Done <= 0 {
		return "nothing yet"
	}
	part := string(d.o.Units.AppendPart(nil, d.row.Done, d.row.Size, " of "))
	return part + phrases.IfItIsTheSameFileThere
}
