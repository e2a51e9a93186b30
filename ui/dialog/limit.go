package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// Scope is what a rate limit holds for.
type Scope int

// The scopes, in the order of the dialog.
const (
	LimitRows Scope = iota // the rows that are marked, or the one with the cursor
	LimitHost              // all transfers with one host
	LimitAll               // all transfers together
	scopeCount
)

// LimitOptions are what the dialog for rate limits starts with.
type LimitOptions struct {
	// Rows are what the limit is for unless another scope is chosen.
	Rows []model.RowID
	// Name is what the rows are called: a name, or "3 transfers". Host is the
	// host that a limit can be for.
	Name, Host string
	// Now are the limits that hold, in bytes per second, 0 for none.
	Now [scopeCount]int64
	// Rate is how fast the rows are just now, in bytes per second.
	Rate float64
}

// Limited is a rate limit that takes effect at once; 0 is none.
type Limited struct {
	Scope          Scope
	Rows           []model.RowID // of LimitRows
	Host           string        // of LimitHost
	BytesPerSecond int64
}

func (Limited) result() {}

// Limit asks for a rate limit.
type Limit struct {
	entry
	of      LimitOptions
	rate    *field
	scope   *radio
	shown   Scope // whose limit the field began with
	problem string
}

// NewLimit asks for a rate limit for rows, for a host or for everything. Up and
// down in the field step through round rates.
func NewLimit(of LimitOptions, o *Options) *Limit {
	d := &Limit{
		of: of, rate: newField(units.RateText(of.Now[LimitRows])), scope: &radio{count: int(scopeCount)},
	}
	d.entry = newEntry(o, d.rate, d.scope)
	return d
}

// SetRate says how fast the rows are by now, in bytes per second.
func (d *Limit) SetRate(rate float64) { d.of.Rate = rate }

func (d *Limit) Update(msg tea.Msg) (Result, tea.Cmd) {
	if d.closed {
		return nil, nil
	}
	if k, ok := msg.(tea.KeyPressMsg); ok && d.focused() == d.rate {
		if s := k.String(); s == "up" || s == "down" {
			d.stepRate(s == "up")
			return nil, nil
		}
	}
	r, cmd := d.update(msg, d.submit)
	d.rescope()
	return r, cmd
}

// rescope shows the limit that holds for the scope, unless another was typed.
func (d *Limit) rescope() {
	now := Scope(d.scope.chosen)
	if now == d.shown {
		return
	}
	if d.rate.value() == units.RateText(d.of.Now[d.shown]) {
		d.rate.edit.clear()
		d.rate.edit.insert(units.RateText(d.of.Now[now]))
	}
	d.shown = now
}

// stepRate goes to the next round rate: 1, 2, 5, 10, 20 ... From none it goes down
// to what the rows have now.
func (d *Limit) stepRate(up bool) {
	n, err := units.ParseRate(d.rate.value())
	if err != nil {
		return
	}
	if n == 0 && !up {
		n = int64(d.of.Rate)
	}
	d.rate.edit.clear()
	d.rate.edit.insert(units.RateText(nextRound(n, up)))
	d.problem = ""
}

// nextRound is the round rate above or below n; 0, which is no limit, lies
// above all and below the least.
func nextRound(n int64, up bool) int64 {
	const least, most = 1_000, 10_000_000_000
	var before int64
	for unit := int64(least); unit <= most; unit *= 10 {
		for _, digit := range []int64{1, 2, 5} {
			round := digit * unit
			if up && round > n && n > 0 {
				return round
			}
			if !up && round >= n {
				return before
			}
			before = round
		}
	}
	return 0
}

func (d *Limit) submit() Result {
	n, err := units.ParseRate(d.rate.value())
	if err != nil {
		d.problem = err.Error()
		d.focus(d.rate)
		return nil
	}
	return Limited{Scope: Scope(d.scope.chosen), Rows: d.of.Rows, Host: d.of.Host, BytesPerSecond: n}
}

func (d *Limit) Draw(width, height int, full bool) Box {
	p, _ := d.compose(width, height, full, 74, 68, d.fill)
	hints := []keymap.Hint{
		{Keys: strings.TrimSpace(d.o.symbols().Up + " " + d.o.symbols().Down), Text: "more, less", Priority: 3},
		d.o.hint(keymap.Field, keymap.NextField, 2, "next field"),
		d.o.hint(keymap.Field, keymap.Press, 1, phrases.LimitAtOnce),
		d.o.hint(keymap.Field, keymap.Back, 0, "cancel"),
	}
	if d.o.symbols().Up == "" {
		hints[0].Keys = "up down"
	}
	return d.box(p, phrases.LimitTheRate, hints, height, full)
}

func (d *Limit) fill(p *page, l layout) {
	x, cells := 8, 16
	if l == small {
		x, cells = 6, 12
	}
	p.label("Now", x)
	p.put(themes.Text, d.o.Units.Rate(int64(d.of.Rate)))
	p.end()
	p.label("Limit", x)
	p.field(d.rate, cells, "_")
	if l == small {
		p.put(themes.Subtle, " per second")
	} else {
		p.put(themes.Subtle, phrases.RateHelp)
	}
	p.end()
	p.label("For", x)
	p.radio(d.scope, 3, d.scopeNames(l)...)
	p.end()
	if l != small {
		p.end()
	}
	p.wrap(themes.Subtle, d.holding(), x, 2)
	if d.problem != "" {
		p.wrap(themes.Error, d.problem, x, 2)
	}
	label := "Limit"
	if l != small {
		p.end()
		label = d.okLabel()
	}
	d.end(p, l, x, label)
}

func (d *Limit) okLabel() string {
	if n, err := units.ParseRate(d.rate.value()); err == nil && n == 0 {
		return "No limit"
	}
	return "Limit"
}

func (d *Limit) scopeNames(l layout) []string {
	const most = 30
	if l == small {
		return []string{"this", "host", "all"}
	}
	shorten := func(s string) string { return d.o.Ruler.TruncateMiddle(text.Clean(s), most).String() }
	return []string{shorten(d.of.Name), "all of " + shorten(d.o.shownHost(d.of.Host)), "everything"}
}

// holding says which limits there are already.
func (d *Limit) holding() string {
	var parts []string
	for i, name := range []string{"this", "the host", "everything"} {
		if n := d.of.Now[i]; n > 0 {
			parts = append(parts, name+" "+d.o.Units.Rate(n))
		}
	}
	if len(parts) == 0 {
		return phrases.NoLimitHolds
	}
	return "Holds now: " + strings.Join(parts, ", ")
}
