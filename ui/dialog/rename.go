package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
)

// Renamed is another file name for a row.
type Renamed struct {
	Row  model.RowID
	Name string
}

func (Renamed) result() {}

// rename asks for another file name.
type rename struct {
	entry
	row  model.Row
	name *field
}

// NewRename asks for another name for the file of a row that is not done.
func NewRename(row model.Row, o *Options) Dialog {
	d := &rename{row: row, name: newField(row.Name)}
	d.entry = newEntry(o, d.name)
	if dot := strings.LastIndexByte(row.Name, '.'); dot > 0 {
		// Before the extension, which seldom changes.
		d.name.edit.at = len([]rune(row.Name[:dot]))
	}
	return d
}

func (d *rename) Update(msg tea.Msg) (Result, tea.Cmd) { return d.update(msg, d.submit) }

func (d *rename) submit() Result {
	name := strings.TrimSpace(d.name.value())
	switch name {
	case "":
		d.focus(d.name)
		return nil
	case d.row.Name:
		return Closed{}
	}
	return Renamed{Row: d.row.ID, Name: name}
}

func (d *rename) Draw(width, height int, full bool) Box {
	p, _ := d.compose(width, height, full, 74, 68, d.fill)
	hints := []keymap.Hint{
		d.o.hint(keymap.Field, keymap.Press, 1, "rename"),
		d.o.hint(keymap.Field, keymap.Back, 0, "cancel"),
	}
	return d.box(p, phrases.AnotherFileName, hints, height, full)
}

func (d *rename) fill(p *page, l layout) {
	const x = 6
	p.label("Now", x)
	p.putMiddle(themes.Text, d.row.Name, 0)
	p.end()
	p.label("Name", x)
	p.field(d.name, p.room()-2, "_")
	p.end()
	if l != small {
		p.wrap(themes.Subtle, phrases.PartialKeepsItsName, x, 2)
	}
	if l != small {
		p.end()
	}
	d.end(p, l, x, "Rename")
}
