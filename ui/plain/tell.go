package plain

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"haul/model"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// page is how many transfers a list tells before it waits for more.
const page = 20

// tell does the commands that only tell something.
func (p *Printer) tell(c command) {
	k := &p.keys
	switch c.verb {
	case "help":
		p.help(c.text)
	case "status":
		t := p.model.Totals()
		k.say(phrases.CountsOfTransfers, phrases.Transfers(t.Rows), t.Running, t.Queued, t.Paused, t.Asking, t.Retrying, t.Done, t.Failed)
		k.say(phrases.RatesOfTransfers, k.units.Rate(int64(t.RateIn)), k.units.Rate(int64(t.RateOut)), k.limitWords(p.model.RateLimit()))
	case "list":
		p.list(c.text)
	case "more":
		if len(k.more) == 0 {
			k.say(phrases.NoMoreInList)
		}
		p.listed()
	}
}

func (p *Printer) help(about string) {
	found := false
	for _, v := range verbs() {
		if about == "" || strings.EqualFold(about, v.name) {
			p.keys.say("%s: %s.", v.form, v.does)
			found = true
		}
	}
	switch {
	case !found:
		p.keys.clause(phrases.NoSuchCommand)
	case about == "":
		p.keys.say(phrases.RowsAre)
	}
}

// list begins a list of the transfers that a filter leaves.
func (p *Printer) list(filter string) {
	k := &p.keys
	err := p.model.SetFilter(filter)
	left := idsOf(p.model.Rows(nil, 0, p.model.Len()))
	// Commands are about all rows. The empty filter cannot be wrong.
	_ = p.model.SetFilter("")
	if err != nil {
		k.say("%s.", text.Clean(err.Error())) // it begins with what was typed
		return
	}
	k.more = left
	k.say("%s.", phrases.Transfers(len(k.more)))
	p.listed()
}

// listed tells the next page of the list.
func (p *Printer) listed() {
	k := &p.keys
	now := k.more[:min(page, len(k.more))]
	k.more = k.more[len(now):]
	for _, id := range now {
		if r, ok := p.model.Row(id); ok {
			k.say("%s", k.sentence(r))
		}
	}
	if n := len(k.more); n > 0 {
		k.say(phrases.MoreFollow, n)
	}
}

// sentence tells how a row is in a line.
func (t talk) sentence(r model.Row) string {
	words := []string{fmt.Sprintf("%d: %s", r.ID, text.Clean(r.Name)), phrases.State(r.State)}
	if r.Size > 0 && r.State != model.Done {
		words = append(words, fmt.Sprintf("%d%%", 100*r.Done/r.Size))
	}
	if r.Done > 0 || r.Size >= 0 {
		words = append(words, amount(r, t.units))
	}
	if r.State == model.Running {
		words = append(words, t.units.Rate(int64(r.Rate)))
		if r.ETA >= 0 {
			words = append(words, fmt.Sprintf(phrases.ToGo, units.Duration(r.ETA)))
		}
	}
	if r.Priority != model.NormalPriority {
		words = append(words, fmt.Sprintf(phrases.OfPriority, r.Priority))
	}
	if r.Limit > 0 {
		words = append(words, t.limitWords(r.Limit))
	}
	if r.Insecure {
		words = append(words, phrases.NotVerified)
	}
	if r.Reason != "" {
		words = append(words, text.Clean(r.Reason).String())
	}
	return strings.Join(words, ", ") + "."
}

// tellOf does the commands that tell something of rows.
func (p *Printer) tellOf(c command, rows []model.Row) {
	k := &p.keys
	switch c.verb {
	case "progress":
		n := 0
		for _, r := range rows {
			if !c.all || r.State == model.Running {
				k.say("%s", k.sentence(r))
				n++
			}
		}
		if n == 0 {
			k.say(phrases.NothingRuns)
		}
	case "link":
		if link, ok := p.model.Link(rows[0].ID); ok {
			k.say("%s", text.Clean(link))
		}
	case "details":
		if d, ok := p.model.Detail(rows[0].ID); ok {
			k.details(&d, c.text)
		}
	}
}

// details tells a section of the details.
func (t talk) details(d *model.Detail, section string) {
	switch section {
	case "segments":
		if len(d.Segments) == 0 {
			t.say(phrases.NoBytes)
		}
		for i, s := range d.Segments {
			how := text.Clean(s.Outcome).String()
			if s.Running {
				how = fmt.Sprintf(phrases.RunsAt, t.units.Rate(int64(s.Rate)))
			}
			t.say(phrases.SegmentTold, i+1, s.Start, s.End, how)
		}
		if d.Rule != "" {
			t.say(phrases.ContinuedBecause, text.Clean(d.Rule))
		}
	case "headers":
		t.say(phrases.ResponseHeader, text.Clean(d.Status))
		t.header(d.Response)
		t.say(phrases.RequestHeader)
		t.header(d.Request)
	case "redirects":
		if len(d.Hops) == 0 {
			t.say(phrases.NoRedirects)
		}
		for i, h := range d.Hops {
			status := ""
			if h.Status > 0 {
				status = strconv.Itoa(h.Status) + " "
			}
			t.say(phrases.RedirectTold, i+1, status, text.Clean(h.From), text.Clean(h.To), text.Clean(h.Answer))
		}
	case "tls":
		t.tls(d)
	case "events":
		if d.EventsLost > 0 {
			t.say(phrases.EventsNotKept, d.EventsLost)
		}
		for _, e := range d.Events {
			t.say("%s %s %s", e.Time.Format(time.TimeOnly), text.Clean(e.Name), text.Clean(e.Text))
		}
	default:
		t.overview(d)
	}
}

func (t talk) overview(d *model.Detail) {
	t.say("%s", t.sentence(d.Row))
	t.say("%s %s", text.Clean(d.Method), text.Clean(d.URL))
	if d.Status != "" {
		t.say(phrases.AnswerTold, text.Clean(d.Status), text.Clean(d.Protocol))
	}
	if d.Peak > 0 {
		t.say(phrases.RatesTold, t.units.Rate(int64(d.Mean)), t.units.Rate(int64(d.Peak)))
	}
	switch {
	case d.Path != "":
		t.say(phrases.FileTold, text.Clean(d.Path))
	case d.PartialFile != "":
		t.say(phrases.PartialFileTold, text.Clean(d.PartialFile))
	}
	if d.Attempt > 0 {
		t.say(phrases.RetryTold, d.Attempt, d.Attempts)
	}
	if !d.Resumable && d.State == model.Running {
		t.say(phrases.PauseWouldLose)
	}
	if d.Hint != "" {
		t.say(phrases.HintTold, text.Clean(d.Hint))
	}
}

func (t talk) header(h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			t.say("  %s: %s", text.Clean(name), text.Clean(value))
		}
	}
}

func (t talk) tls(d *model.Detail) {
	if d.TLS == nil {
		t.say(phrases.NoTLS)
		return
	}
	t.say(phrases.TLSTold, tls.VersionName(d.TLS.Version), tls.CipherSuiteName(d.TLS.CipherSuite), text.Clean(d.Trust))
	for i, c := range d.TLS.PeerCertificates {
		t.say(phrases.CertificateInTold, i+1, text.Clean(c.Subject.String()),
			text.Clean(c.Issuer.String()), c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
	}
}
