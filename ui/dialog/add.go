package dialog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/net/http/httpguts"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
)

// AddOptions are what the dialog for new transfers starts with.
type AddOptions struct {
	// Text is what was pasted: URLs, split at white space, and curl commands. Dir is where files
	// go if nothing else is said.
	Text, Dir string
	// Known tells that a URL is in the list already; nil knows none.
	Known func(url string) bool
	// Free is the number of bytes free in a directory, false where that cannot
	// be told; nil never can. It is called while drawing, with each change of
	// the directory, and so must be quick.
	Free func(dir string) (bytes int64, ok bool)
	// FilesOnly leaves out the kind that is kept in memory.
	FilesOnly bool
}

// add asks what to transfer.
type add struct {
	form
	urls            *urls
	dir, name, file *field
	kind            *radio // of kinds
	kinds           []kind
	when            *radio // 0: now, 1: paused
	start, cancel   *button
	// more shows the fields that are seldom needed.
	more             bool
	checksum, header *field
	problem          string // what is wrong with them
	closed           bool

	free    func(string) (int64, bool)
	freeIn  string // the directory that freeNow is of
	freeNow string
}

// NewAdd asks for transfers to take in. Nothing starts before its Start.
func NewAdd(a AddOptions, o *Options) Dialog {
	known := a.Known
	if known == nil {
		known = func(string) bool { return false }
	}
	d := &add{
		urls: newURLs(o.check, known), dir: newField(a.Dir), name: newField(""), file: newField(""),
		kind: &radio{count: 3}, kinds: []kind{download, data, upload}, when: &radio{count: 2},
		start: &button{"start"}, cancel: &button{"cancel"}, free: a.Free,
		checksum: newField(""), header: newField(""),
	}
	if a.FilesOnly {
		d.kind.count, d.kinds = 2, []kind{download, upload}
	}
	d.form = newForm(o, d.urls)
	d.urls.paste(a.Text)
	d.arrange()
	return d
}

// arrange makes the ring fit what is chosen.
func (d *add) arrange() {
	ring := []control{d.urls}
	switch {
	case d.is(upload):
		ring = append(ring, d.file)
	case d.is(data):
	case d.single():
		ring = append(ring, d.dir, d.name)
	default:
		ring = append(ring, d.dir)
	}
	ring = append(ring, d.kind, d.when)
	if d.more {
		if d.single() && d.is(download) {
			ring = append(ring, d.checksum)
		}
		ring = append(ring, d.header)
	}
	d.use(append(ring, d.start, d.cancel)...)
}

// kind is what is done with a URL.
type kind int

const (
	download kind = iota
	data          // fetched into memory, to be looked at
	upload
)

func (d *add) is(k kind) bool { return d.kinds[d.kind.chosen] == k }

// kindLabels are what the kinds are called.
func (d *add) kindLabels(names ...string) (labels []string) {
	for _, k := range d.kinds {
		labels = append(labels, names[k])
	}
	return labels
}

// single tells that there is one URL at most, which can have a name.
func (d *add) single() bool { return len(d.urls.valid()) <= 1 }

func (d *add) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.closed {
		return nil, nil
	}
	var r Result
	switch d.take(msg) {
	case keymap.Back:
		r = Closed{}
	case keymap.Submit:
		r = d.submit()
	case keymap.More:
		d.more = !d.more
	case keymap.Press:
		switch d.focused() {
		case d.start:
			r = d.submit()
		case d.cancel:
			r = Closed{}
		default:
			d.step(1)
		}
	}
	d.arrange()
	d.closed = r != nil
	return r, nil
}

// submit takes the valid URLs in, or goes to what is missing.
func (d *add) submit() Result {
	list := d.urls.valid()
	switch {
	case len(list) == 0:
		d.focus(d.urls)
		return nil
	case d.is(upload) && d.file.value() == "":
		d.focus(d.file)
		return nil
	}
	name, value, err := d.extra()
	if err != nil {
		d.more, d.problem = true, err.Error()
		return nil
	}
	specs := make([]model.Spec, len(list))
	for i, w := range list {
		s := model.Spec{URL: w.url, Paused: d.when.chosen == 1}
		switch {
		case d.is(upload):
			s.Upload = d.file.value()
		case d.is(data):
			s.Data = true
		default:
			s.Dir, s.Name = d.dir.value(), w.name
			if d.single() && !d.name.isEmpty() {
				s.Name = d.name.value()
			}
		}
		if c := w.command; c != nil {
			s.Header = c.Header.Clone()
			s.URL = c.WithUser(w.url)
		}
		if name != "" {
			if s.Header == nil {
				s.Header = make(http.Header)
			}
			s.Header.Set(name, value)
		}
		if d.single() && d.is(download) {
			s.Checksum = d.checksum.value()
		}
		specs[i] = s
	}
	return Added{Specs: specs}
}

// extra is the header field that was typed, "" for none.
func (d *add) extra() (name, value string, err error) {
	line := strings.TrimSpace(d.header.value())
	if line == "" {
		return "", "", nil
	}
	name, value, ok := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
		return "", "", errors.New(phrases.HeaderFieldIsWritten)
	}
	return name, value, nil
}

func (d *add) Draw(width, height int, full bool) Box {
	p, l := d.compose(width, height, full, 74, 68, d.fill)
	title := "Add transfers"
	hints := []keymap.Hint{
		d.o.hint(keymap.Field, keymap.NextField, 2, "next field"),
		d.o.hint(keymap.Field, keymap.Submit, 1, "start"),
		d.o.hint(keymap.Field, keymap.More, 3, "more"),
		d.o.hint(keymap.Field, keymap.Back, 0, "cancel"),
	}
	if l == small {
		title += phrases.OneURLALine
	}
	return d.box(p, title, hints, height, full)
}

func (d *add) fill(p *page, l layout) {
	if l == small {
		d.fillSmall(p)
		return
	}
	const x = 11
	head, room, cells, button := phrases.URLsPasteWorks, 69, 43, 21
	if l == medium {
		head, room, cells, button = phrases.URLsOneALine, 64, 40, 17
	}
	p.say(themes.Subtle, head)
	d.urls.draw(p, 5, room, 2)
	p.end()
	switch {
	case d.is(upload):
		d.labelled(p, "File", x, d.file, cells)
		p.end()
	case d.is(data):
		p.label("Save to", x)
		p.say(themes.Faint, phrases.NowhereItIsShownAndForgotten)
	default:
		d.labelled(p, "Save to", x, d.dir, cells)
		p.put(themes.Subtle, d.freeSpace())
		p.end()
		d.fileName(p, x, cells, l)
	}
	p.label("Kind", x)
	if l == wide {
		p.radio(d.kind, 3, d.kindLabels("download", phrases.DataShowInHaul, phrases.UploadAFile)...)
	} else {
		p.radio(d.kind, 3, d.kindLabels("download", "data", "upload")...)
	}
	p.end()
	p.label("Start", x)
	p.radio(d.when, 3, "now", "paused")
	p.end()
	d.fillMore(p, x, cells)
	p.end()
	p.buttons(min(button, p.width/3), 3, face{d.start, d.startLabel()}, face{d.cancel, "Cancel"})
	p.end()
}

// fillMore writes the fields that are seldom needed, or what they have and the
// key that shows them.
func (d *add) fillMore(p *page, x, cells int) {
	key := d.o.hint(keymap.Field, keymap.More, 0, "").Keys
	if !d.more {
		p.label("More", x)
		p.put(themes.Faint, phrases.ChecksumHeaderField+key+" shows them")
		p.end()
		return
	}
	if d.single() && d.is(download) {
		d.labelled(p, "Checksum", x, d.checksum, cells)
		if x > 9 {
			p.put(themes.Faint, " sha256:HEX")
		}
		p.end()
	}
	d.labelled(p, "Header", x, d.header, cells)
	if x > 9 {
		p.put(themes.Faint, " Name: value")
	}
	p.end()
	if d.problem != "" {
		p.wrap(themes.Error, d.problem, x, 2)
	}
}

// fileName writes the field for the name, or why there is none.
func (d *add) fileName(p *page, x, cells int, l layout) {
	switch {
	case d.single():
		d.labelled(p, "File name", x, d.name, cells)
		p.end()
	case l == wide:
		p.label("File name", x)
		p.say(themes.Faint, phrases.OnlyForASingleURL)
	}
}

func (d *add) fillSmall(p *page) {
	d.urls.draw(p, 3, p.width-2, 1)
	p.end()
	switch {
	case d.is(upload):
		d.labelled(p, "file", 5, d.file, p.width)
		p.end()
	case d.is(data):
	default:
		free := d.freeSpace()
		d.labelled(p, "to", 3, d.dir, p.width-5-p.o.cells(free))
		p.put(themes.Subtle, free)
		p.end()
		if d.single() {
			d.labelled(p, "as", 3, d.name, p.width)
			p.end()
		}
	}
	p.label("kind", 6)
	p.radio(d.kind, 1, d.kindLabels("download", "data", "upload")...)
	p.end()
	p.label("start", 6)
	p.radio(d.when, 1, "now", "paused")
	p.end()
	if d.more {
		d.fillMore(p, 9, p.width-11)
	}
	p.buttonsTight(1, face{d.start, d.startLabel()}, face{d.cancel, "Cancel"})
	p.end()
}

func (d *add) labelled(p *page, label string, x int, f *field, cells int) {
	p.label(label, x)
	p.field(f, cells, "_")
}

func (d *add) startLabel() string {
	if n := len(d.urls.valid()); n > 0 {
		return fmt.Sprintf("Start %d", n)
	}
	return "Start"
}

// freeSpace is " 412 GB free", or nothing where that is not known.
func (d *add) freeSpace() string {
	if d.free == nil {
		return ""
	}
	if dir := d.dir.value(); dir != d.freeIn || d.freeNow == "" {
		d.freeIn, d.freeNow = dir, " "
		if n, ok := d.free(dir); ok {
			d.freeNow = "  " + d.o.Units.Bytes(n) + " free"
		}
	}
	return d.freeNow
}
