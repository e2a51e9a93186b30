package ui

import (
	"time"

	"haul/keymap"
	"haul/model"
	"haul/ui/text"
)

// scene is what a screen is drawn with and from.
type scene struct {
	*pen
	source
	keys   *keymap.Map
	now    time.Time
	height int
	totals model.Totals
	home   string // the user's home directory, "" if unknown
	links  bool   // the terminal takes links
	// covered tells that a dialog lies over the screen and has the keys.
	covered bool
	names   names
	cells   []mapCell // used again for each map
	curve   []float64 // used again for each row

	contents *contents
}

// names keeps the names of rows that cost something to clean: those that are not
// plain ASCII, and those of uploads, which have a remark.
type names struct{ known map[model.RowID]cleanName }

type cleanName struct {
	raw  string
	text text.Text
}

// of is the name of a row as it is drawn.
func (n *names) of(r *model.Row) text.Text {
	if known, ok := n.known[r.ID]; ok && known.raw == r.Name {
		return known.text
	}
	t := rowName(r)
	if t.String() == r.Name && !r.Upload && !r.Data && isASCII(r.Name) {
		return t
	}
	if n.known == nil || len(n.known) >= calmRows {
		n.known = make(map[model.RowID]cleanName)
	}
	n.known[r.ID] = cleanName{r.Name, t}
	return t
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// symbols draw the names of keys.
func (s *scene) symbols() keymap.Symbols { return keymap.Symbols(s.theme.Glyphs.Keys) }

// key is the first key of an action in a context, as it is written on the
// screen; empty if it has none.
func (s *scene) key(c keymap.Context, a keymap.Action) ours {
	if b := s.keys.Binding(c, a); b.Enabled() {
		return ours(keymap.Label(b.Keys()[0], s.symbols()))
	}
	return ""
}

// named is words of ours that name keys by their actions, see [keymap.Map.Sentence].
func (s *scene) named(c keymap.Context, words string) ours {
	return ours(s.keys.Sentence(c, s.symbols(), words))
}

// calm keeps the figures of what moves for a while: numbers that change thirty
// times a second cannot be read.
type calm struct {
	rows   map[model.RowID]figures
	totals figures
	// due is when a figure that is held back may be shown; zero if none is.
	due time.Time
}

type figures struct {
	at      time.Time
	state   model.State
	in, out float64
	eta     time.Duration
}

const (
	calmFor  = 250 * time.Millisecond
	calmRows = 512 // rows that were scrolled away are forgotten
)

// row puts the figures that are shown in the place of the newest.
func (c *calm) row(r *model.Row, now time.Time) {
	f, ok := c.rows[r.ID]
	if ok && f.state == r.State && now.Sub(f.at) < calmFor {
		if r.Rate != f.in || r.ETA != f.eta {
			c.due = earliest(c.due, f.at.Add(calmFor))
		}
		r.Rate, r.ETA = f.in, f.eta
		return
	}
	if c.rows == nil || !ok && len(c.rows) >= calmRows {
		c.rows = make(map[model.RowID]figures)
	}
	c.rows[r.ID] = figures{at: now, state: r.State, in: r.Rate, eta: r.ETA}
}

// total does the same for the sums.
func (c *calm) total(t *model.Totals, now time.Time) {
	if now.Sub(c.totals.at) < calmFor {
		if t.RateIn != c.totals.in || t.RateOut != c.totals.out {
			c.due = earliest(c.due, c.totals.at.Add(calmFor))
		}
		t.RateIn, t.RateOut = c.totals.in, c.totals.out
		return
	}
	c.totals = figures{at: now, in: t.RateIn, out: t.RateOut}
}
