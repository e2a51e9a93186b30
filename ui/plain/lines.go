package plain

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"haul/model"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// output writes whole lines and keeps the first error.
type output struct {
	w      io.Writer
	failed func(error)
	// waiting are lines that are written together: while gathers is set, or while
	// held, because somebody types an answer where they would be written.
	waiting       []byte
	gathers, held bool
}

func (o *output) write(line []byte) {
	if o.gathers || o.held {
		o.waiting = append(o.waiting, line...)
	} else if _, err := o.w.Write(line); err != nil {
		o.failed(err)
	}
}

// together writes the lines of print in one go.
func (o *output) together(print func()) {
	o.gathers = true
	print()
	o.gathers = false
	o.flush()
}

// hold has lines wait, or no longer.
func (o *output) hold(held bool) {
	o.held = held
	o.flush()
}

// flush writes what does not have to wait any more.
func (o *output) flush() {
	if o.held || len(o.waiting) == 0 {
		return
	}
	if _, err := o.w.Write(o.waiting); err != nil {
		o.failed(err)
	}
	o.waiting = o.waiting[:0]
}

// lines prints for people.
type lines struct {
	*output
	units    units.System
	dir      string
	numbered bool   // names come with the numbers that commands know them by
	room     []byte // of the line before
	kept     string // what becomes of what is not done at the end
}

// name is what a row is called.
func (l *lines) name(r model.Row) string {
	if l.numbered {
		return fmt.Sprintf("%d: %s", r.ID, text.Clean(r.Name))
	}
	return text.Clean(r.Name).String()
}

// line prints "time word fields…", two spaces between the fields that are not
// empty.
func (l *lines) line(now time.Time, word string, fields ...string) {
	const width = 8 // of the words
	line := append(now.AppendFormat(l.room[:0], time.TimeOnly), ' ')
	start := len(line)
	line = append(line, word...)
	for len(line) < start+width {
		line = append(line, ' ')
	}
	gap := " "
	for _, f := range fields {
		if f != "" {
			line, gap = append(append(line, gap...), f...), "  "
		}
	}
	l.room = append(line, '\n')
	l.write(l.room)
}

// tells is false for most: events are nothing to people, unless they change what
// was asked for; the change of state that comes with them is.
func (l *lines) tells(ev model.Event) bool { return ev.Name == "DidUpgradeToHTTPS" }

func (l *lines) event(ev model.Event, r model.Row) {
	l.line(ev.Time, "https", l.name(r), text.Clean(ev.Text).String())
}

// change prints what became of a row. A start is printed once the response's
// head has told the size, and so is going on.
func (l *lines) change(r model.Row, was *printed, now time.Time) bool {
	name := l.name(r)
	reason := text.Clean(r.Reason).String()
	if was.state == model.Running {
		was.ran += now.Sub(was.since)
	}
	was.since = now
	switch r.State {
	case model.Running:
		if headless(r) {
			return false
		}
		if !was.started {
			was.ran, was.at, was.from = 0, now, r.Done
			l.start(r, now)
			break
		}
		if was.state != model.Running {
			l.line(now, "resume", name, amount(r, l.units), reason)
		}
	case model.Done:
		if !was.started { // it was done before it was looked at
			l.start(r, now)
		}
		rate := ""
		if s := was.ran.Seconds(); s > 0 {
			rate = l.units.Rate(int64(float64(max(r.Done-was.from, 0)) / s))
		}
		l.line(now, "done", name, fmt.Sprintf(phrases.TookTime, l.units.Bytes(r.Done), units.Duration(was.ran)), rate, l.path(r), insecure(r), text.Clean(r.Dropped).String())
	case model.Paused:
		l.line(now, "paused", name, amount(r, l.units), reason)
	case model.Held:
		l.line(now, "held", name, amount(r, l.units), reason)
	case model.Retrying:
		if r.RetryAt.IsZero() {
			l.line(now, "retry", name, amount(r, l.units), reason)
			break
		}
		wait := max(r.RetryAt.Sub(now), 0) + time.Second - 1 // rounded up, as on the screen
		l.line(now, "retry", name, fmt.Sprintf(phrases.AttemptIn, r.Attempt, r.Attempts, units.Duration(wait)), reason)
	case model.Refused:
		l.line(now, "refused", name, fmt.Sprint(r.Status), reason)
	case model.Expired:
		l.line(now, "expired", name, fmt.Sprint(r.Status), amount(r, l.units), reason)
	case model.Mismatch:
		l.line(now, "mismatch", name, reason)
	case model.Failed:
		l.line(now, "failed", name, reason)
	case model.Cancelled:
		l.line(now, "cancelled", name)
	case model.Queued, model.Pausing, model.Resuming, model.Asking, model.Cancelling:
		return true
	}
	was.started = true
	return true
}

// headless tells that a running row has no response yet.
func headless(r model.Row) bool { return r.Status == 0 && r.Done == 0 && !r.Upload }

func (l *lines) start(r model.Row, now time.Time) {
	l.line(now, "start", l.name(r), l.size(r.Size), text.Clean(r.URL).String(), insecure(r),
		text.Clean(r.Reason).String())
}

func (l *lines) progress(r model.Row, now time.Time) {
	percent, left := "", ""
	if r.Size > 0 {
		percent = fmt.Sprintf("%d%%", 100*r.Done/r.Size)
	}
	if r.ETA >= 0 {
		left = fmt.Sprintf(phrases.ToGo, units.Duration(r.ETA))
	}
	l.line(now, "progress", l.name(r), percent, amount(r, l.units), l.units.Rate(int64(r.Rate)), left)
}

func (l *lines) question(q model.PromptView, now time.Time) {
	names := make([]string, len(q.Names))
	for i, n := range q.Names {
		names[i] = l.name(model.Row{ID: q.Rows[i], Name: n})
	}
	l.line(now, "asks", strings.Join(names, ", "))
}

func (l *lines) total(s model.Summary, now time.Time) {
	counts := []string{fmt.Sprintf("%d done", s.Done), fmt.Sprintf("%d failed", s.Failed)}
	for _, c := range []struct {
		n    int
		word string
	}{{s.Refused, "refused"}, {s.Cancelled, "cancelled"}, {s.Kept, l.kept}} {
		if c.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	l.line(now, "total", strings.Join(counts, ", "))
}

// path is where the file is, relative to the directory when that is shorter.
func (l *lines) path(r model.Row) string {
	path := r.Path
	if rel, err := filepath.Rel(l.dir, path); err == nil && !strings.HasPrefix(rel, "..") {
		path = "./" + filepath.ToSlash(rel)
	}
	if r.Path == "" {
		return ""
	}
	return text.Clean(path).String()
}

func (l *lines) size(n int64) string {
	if n < 0 {
		return phrases.SizeUnknown
	}
	return l.units.Bytes(n)
}

// amount is how much of a row is there.
func amount(r model.Row, in units.System) string {
	return string(in.AppendPart(nil, r.Done, r.Size, " of "))
}

func insecure(r model.Row) string {
	if r.Insecure {
		return "(" + phrases.NotVerified + ")"
	}
	return ""
}
