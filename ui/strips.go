package ui

import (
	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
)

// strips are the lines above and below the list: counts, the question that
// waits, how the list is ordered, hints.
type strips struct {
	note    text.Text // of the start; shown until esc
	hushed  bool      // nothing more is said of what an earlier run left
	notice  notice    // news; shown for a while in the place of the hints
	leaving int       // transfers that were to be paused when the program was told to end
	filter  *filterLine
	find    *finder
}

// header writes the name of the program, the counts and the rates.
func (st *strips) header(s *scene) {
	empty := s.totals.Rows == 0
	s.gap(1)
	switch {
	case s.width <= 30:
		st.counts(s)
		s.end()
		return
	case s.width < 72:
		s.say(themes.Accent, "haul")
		s.gap(1)
		if !empty {
			s.runningOfAll()
		}
		if s.height < questionLines { // else it has a line of its own
			s.asking(2)
		}
		m := s.mark()
		if !empty {
			s.shortRate(" ")
		} else {
			s.say(themes.Subtle, "no transfers")
		}
		s.push(m, s.width-1)
	case s.width < 120:
		s.say(themes.Accent, "haul")
		s.gap(2)
		m := s.mark()
		if !empty {
			s.numbers(1, false)
			m = s.mark()
			s.rates(1, 8)
		} else {
			s.say(themes.Subtle, "no transfers")
		}
		s.push(m, s.width-1)
	default:
		s.say(themes.Accent, "haul")
		s.gap(2)
		s.say(themes.Subtle, "session default")
		m := s.mark()
		if !empty {
			s.numbers(2, true)
			s.gap(4)
		} else {
			s.say(themes.Subtle, "no transfers")
			s.gap(3)
		}
		s.rates(2, 10)
		s.push(m, s.width-1)
	}
	s.end()
}

// counts writes all that there is room for on the smallest screens:
// "5/13  ↓ 48.5 M/s  ! 1".
func (st *strips) counts(s *scene) {
	gap, space := 2, " "
	if s.width < 24 {
		gap, space = 1, ""
	}
	s.runningOfAll()
	s.gap(gap)
	s.shortRate(space)
	s.asking(gap)
}

// asking writes "! 1" if something asks.
func (s *scene) asking(gap int) {
	if n := s.totals.Asking; n > 0 {
		s.gap(gap)
		s.sign(themes.Attention, s.theme.Glyphs.Alert)
		s.gap(1)
		s.count(themes.Attention, n)
	}
}

// runningOfAll writes "5/13".
func (s *scene) runningOfAll() {
	s.count(themes.Text, s.totals.Running)
	s.say(themes.Text, "/")
	s.count(themes.Text, s.totals.Rows)
}

// shortRate writes the rate in as few cells as possible: "↓ 48.5 M/s".
func (s *scene) shortRate(space string) {
	s.sign(themes.Text, s.theme.Glyphs.Down)
	s.gap(1)
	from := s.open(themes.Text)
	if n := int64(s.totals.RateIn + s.totals.RateOut); space == "" {
		s.buf = s.units.AppendShortRate(s.buf, n)
	} else {
		s.buf = append(s.units.AppendShort(s.buf, n), "/s"...)
	}
	s.shutTight(from)
}

// numbers writes how many transfers there are of what, gap cells apart. There
// are more and longer words in the long form.
func (s *scene) numbers(gap int, long bool) {
	t := &s.totals
	all := s.x
	s.count(themes.Text, t.Rows)
	s.say(themes.Text, ":")
	s.zone(all, keymap.ViewAll)
	before := 1
	number := func(role themes.Role, n int, word ours, view keymap.Action) {
		if n == 0 {
			return
		}
		s.gap(before)
		from := s.x
		s.count(role, n)
		s.say(role, " ")
		s.say(role, word)
		s.zone(from, view)
		before = gap
	}
	if long {
		number(themes.Text, t.Running, "running", keymap.ViewRunning)
		number(themes.Text, t.Queued, "queued", keymap.ViewWaiting)
	} else {
		number(themes.Text, t.Running, "run", keymap.ViewRunning)
	}
	number(themes.Text, t.Paused, "paused", keymap.ViewWaiting)
	number(themes.Attention, t.Asking, "asks", keymap.ViewAsking)
	if long {
		number(themes.Text, t.Retrying, "retry", keymap.ViewWaiting)
	}
	number(themes.Text, t.Done, "done", keymap.ViewDone)
	number(themes.Error, t.Failed, "failed", keymap.ViewAsking)
}

// rates writes the rates, and their curve if there is anything to draw it
// with.
func (s *scene) rates(gap, curve int) {
	g, t := &s.theme.Glyphs, &s.totals
	rate := func(sign string, perSecond float64) {
		s.sign(themes.Text, sign)
		s.gap(1)
		if perSecond < 1 {
			s.say(themes.Text, "0")
			return
		}
		from := s.open(themes.Text)
		s.buf = s.units.AppendRate(s.buf, int64(perSecond))
		s.shut(from, max(len(s.buf)-from, s.units.RateWidth())) // calm: always as wide
	}
	rate(g.Down, t.RateIn)
	if curve >= 10 || t.RateOut >= 1 {
		s.gap(gap)
		rate(g.Up, t.RateOut)
	}
	if len(g.Spark) > 0 && t.Rows > 0 {
		s.gap(gap)
		s.spark(themes.Accent, curve, t.Spark)
	}
}

// banner writes the question that waits, else the note of the start, else a
// rule.
func (st *strips) banner(s *scene, lay layout) {
	prompts := s.Prompts()
	if len(prompts) > 0 && lay.question {
		s.zones = append(s.zones, zone{y: s.lines(), to: s.width, action: keymap.Answer})
		drawQuestion(s, &prompts[0], len(prompts))
		return
	}
	note := st.note
	if note.IsEmpty() {
		note = st.unfinished(s)
	}
	if !note.IsEmpty() {
		s.gap(1)
		s.text(themes.Warn, note)
		s.end()
		return
	}
	s.rule(text.Text{})
}

// unfinished says what an earlier run left, as long as it is left, and which keys
// go on with it.
func (st *strips) unfinished(s *scene) text.Text {
	n := s.Unfinished()
	if n == 0 || st.hushed {
		return text.Text{}
	}
	format, short := phrases.Unfinished, phrases.UnfinishedShort
	if s.totals.UnderWay() > 0 { // then the key for all pauses
		format, short = phrases.UnfinishedBeside, phrases.UnfinishedBesideShort
	}
	if s.width < 72 {
		format = short
	}
	return text.Clean(s.keys.Sentence(keymap.List, s.symbols(), format, n))
}

// drawQuestion says who asks what, in a line. The name of the server is cut
// before the words that say what to do. While a dialog has the keys they are
// left out: it would take the key as text.
func drawQuestion(s *scene, p *model.PromptView, n int) {
	const role = themes.Attention
	key := s.key(keymap.List, keymap.Answer)
	s.gap(1)
	s.sign(role, s.theme.Glyphs.Alert)
	s.gap(1)
	s.count(role, n)
	if n == 1 {
		s.say(role, " question")
	} else {
		s.say(role, " questions")
	}
	if s.width < 72 {
		s.say(role, ", press "+key)
		s.end()
		return
	}
	s.say(role, ": ")
	q := questionWords(p, s.width >= 120)
	press := ". Press " + key + " to answer."
	if s.covered {
		press = "."
	}
	cells := (q.before + q.middle + q.after + press).cells()
	who, what := text.Clean(q.who), text.Clean(q.what)
	if room := s.room() - cells - s.ruler.Width(what); s.ruler.Width(who) > room {
		who = s.ruler.Truncate(who, max(room, 12))
	}
	if room := s.room() - cells - s.ruler.Width(who); s.ruler.Width(what) > room {
		what = s.ruler.TruncateMiddle(what, max(room, 12))
	}
	s.say(role, q.before)
	s.text(role, who)
	s.say(role, q.middle)
	s.text(role, what)
	s.say(role, q.after)
	s.say(role, press)
	s.end()
}

// status writes what is marked or has failed, and how the list is made; or the
// filter while it is typed.
func (st *strips) status(s *scene) {
	if st.filter.active {
		st.filter.draw(s, filterRemark)
		return
	}
	s.gap(1)
	if n := s.Marked(); n > 0 {
		s.count(themes.Accent, n)
		s.say(themes.Accent, " marked")
	} else if n := s.totals.Failed; n > 0 {
		s.count(themes.Error, n)
		s.say(themes.Error, " failed")
	}
	if s.width >= 72 {
		s.to(s.width*13/40 + 4)
	} else {
		s.gap(2)
	}
	key, rev := s.Sort()
	from := s.x
	s.say(themes.Subtle, "sort: ")
	s.say(themes.Text, ours(phrases.Sort(key))+" ")
	s.sign(themes.Text, sortArrow(&s.theme.Glyphs, key, rev))
	s.zone(from, keymap.Sort)
	s.gap(3)
	from = s.x
	s.say(themes.Subtle, "filter: ")
	if f := s.Filter(); f != "" {
		s.text(themes.Attention, s.ruler.Truncate(text.Clean(f), max(s.room()-14, 6)))
	} else {
		s.say(themes.Text, "none")
	}
	s.zone(from, keymap.Filter)
	s.gap(3)
	from = s.x
	s.say(themes.Subtle, "view: ")
	s.say(themes.Text, ours(phrases.View(s.View())))
	s.zone(from, nextView(s.View()))
	s.end()
}

// speaks tells that the footer has more to say than hints: the smallest screens
// have a line for it only then.
func (st *strips) speaks() bool {
	return st.filter.active || st.find.line.active || st.leaving > 0 || !st.notice.text.IsEmpty()
}

// footer writes the news, or the hints that there is room for; id is the row that
// keys act on, 0 for none.
func (st *strips) footer(s *scene, c keymap.Context, id model.RowID) {
	switch {
	case st.filter.active && s.height < 16:
		st.filter.draw(s, filterRemark)
	case st.find.line.active:
		st.find.draw(s)
	case st.leaving > 0:
		left, _ := s.QuitCost()
		format := phrases.Leaving
		switch {
		case s.width < 40:
			format = phrases.LeavingTiny
		case s.width < 72:
			format = phrases.LeavingShort
		}
		s.gap(1)
		s.text(themes.Warn, text.Clean(s.keys.Sentence(c, s.symbols(), format, st.leaving, max(st.leaving-left, 0))))
		s.end()
	case !st.notice.text.IsEmpty():
		s.gap(1)
		s.text(st.notice.role, st.notice.text)
		s.end()
	case st.filter.active:
		drawHints(s, []keymap.Hint{
			{Keys: string(s.key(keymap.Field, keymap.Press)), Text: phrases.KeepTheFilter},
			{Keys: string(s.key(keymap.Field, keymap.Back)), Text: "clear it"},
		})
	default:
		drawHints(s, hintsFor(s, c, id))
	}
}
