package ui

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"haul/model"
	"haul/session"
	"haul/transfer"
)

// fake is a model made by hand: rows that stand still, and a list of what was
// done to it.
type fake struct {
	detachable bool
	again      []string
	elsewhere  map[model.PromptID]bool
	unfinished int
	rows       []model.Row
	details    map[model.RowID]model.Detail
	totals     model.Totals
	counted    *counts // of rows that keep their states and marks, nil: they are counted each time
	prompts    []model.PromptView
	events     []model.Event
	version    uint64

	cursor  int
	view    model.View
	filter  string
	sort    model.SortKey
	rev     bool
	did     []string // calls that change something
	running int      // for QuitCost
	lost    int
	undo    int
	limits  map[string]int64
	added   []model.Spec // by the last Add
}

var _ transfers = (*fake)(nil)

func (f *fake) note(call string, ids ...model.RowID) tea.Cmd {
	for _, id := range ids {
		r, _ := f.Row(id)
		call += " " + r.Name
	}
	f.did = append(f.did, call)
	f.version++
	return nil
}

// shown are the rows that the view and the filter leave.
func (f *fake) shown() []model.Row {
	var rows []model.Row
	for _, r := range f.rows {
		if strings.Contains(r.Name, f.filter) && (f.view == model.ViewAll || f.view == model.ViewRunning && r.State == model.Running) {
			rows = append(rows, r)
		}
	}
	return rows
}

func (f *fake) Len() int {
	if f.filter == "" && f.view == model.ViewAll {
		return len(f.rows)
	}
	return len(f.shown())
}

func (f *fake) Rows(dst []model.Row, from, n int) []model.Row {
	rows := f.rows
	if f.filter != "" || f.view != model.ViewAll {
		rows = f.shown()
	}
	return append(dst, rows[min(from, len(rows)):min(from+n, len(rows))]...)
}

func (f *fake) Row(id model.RowID) (model.Row, bool) {
	i, ok := slices.BinarySearchFunc(f.rows, id, func(r model.Row, id model.RowID) int { return cmp.Compare(r.ID, id) })
	if !ok {
		return model.Row{}, false
	}
	return f.rows[i], true
}

func (f *fake) Detail(id model.RowID) (model.Detail, bool) {
	r, ok := f.Row(id)
	d := f.details[id]
	d.Row = r
	return d, ok
}

func (f *fake) Link(id model.RowID) (string, bool) {
	r, ok := f.Row(id)
	return r.URL + "?token=whole", ok
}

func (f *fake) Totals() model.Totals        { return f.totals }
func (f *fake) Prompts() []model.PromptView { return f.prompts }
func (f *fake) Version() uint64             { return f.version }

// counts are what the model keeps count of.
type counts struct{ queued, marked int }

func (f *fake) Place(id model.RowID) (place, of int) {
	if r, _ := f.Row(id); f.counted != nil && r.State != model.Queued {
		return 0, f.counted.queued
	}
	for _, r := range f.rows {
		if r.State == model.Queued {
			if of++; r.ID == id {
				place = of
			}
		}
	}
	return place, of
}

func (f *fake) Spark(dst []float64, id model.RowID) []float64 {
	if r, _ := f.Row(id); r.Rate > 0 {
		return append(dst, curve()...)
	}
	return dst
}

func (f *fake) Listed() func(link string) (model.RowID, bool) {
	return func(link string) (model.RowID, bool) {
		for _, r := range f.rows {
			if r.URL == link {
				return r.ID, true
			}
		}
		return 0, false
	}
}

func (f *fake) RateLimit() int64                  { return f.limits[""] }
func (f *fake) HostRateLimit(host string) int64   { return f.limits[host] }
func (f *fake) RowRateLimit(id model.RowID) int64 { return f.limits[fmt.Sprint(id)] }
func (f *fake) SetRateLimit(n int64)              { f.note(fmt.Sprint("SetRateLimit ", n)) }
func (f *fake) SetHostRateLimit(host string, n int64) {
	f.note(fmt.Sprint("SetHostRateLimit ", host, " ", n))
}
func (f *fake) SetRowRateLimit(ids []model.RowID, n int64) {
	f.note(fmt.Sprint("SetRowRateLimit ", n), ids...)
}

func (f *fake) SetPriority(ids []model.RowID, p model.Priority) tea.Cmd {
	for i := range f.rows {
		if slices.Contains(ids, f.rows[i].ID) {
			f.rows[i].Priority = p
		}
	}
	return f.note("SetPriority "+p.String(), ids...)
}

func (f *fake) Move(ids []model.RowID, up bool) (moved int, cmd tea.Cmd) {
	for _, id := range ids {
		if r, _ := f.Row(id); r.State == model.Queued {
			moved++
		}
	}
	return moved, f.note(fmt.Sprint("Move ", up), ids...)
}

func (f *fake) Rename(id model.RowID, name string) error {
	if strings.Contains(name, "/") {
		return errors.New("a/b is not a file name")
	}
	f.note("Rename "+name, id)
	return nil
}

func (f *fake) AnsweredElsewhere(id model.PromptID) bool { return f.elsewhere[id] }
func (f *fake) Unfinished() int                          { return f.unfinished }

func (f *fake) TakeEvents() []model.Event {
	out := f.events
	f.events = nil
	return out
}

func (f *fake) Cursor() (int, model.RowID) {
	rows := f.rows
	if f.filter != "" || f.view != model.ViewAll {
		rows = f.shown()
	}
	if len(rows) == 0 {
		return -1, 0
	}
	f.cursor = min(f.cursor, len(rows)-1)
	return f.cursor, rows[f.cursor].ID
}

func (f *fake) View() model.View            { return f.view }
func (f *fake) Filter() string              { return f.filter }
func (f *fake) Sort() (model.SortKey, bool) { return f.sort, f.rev }

func (f *fake) Marked() (n int) {
	if f.counted != nil {
		return f.counted.marked
	}
	for i := range f.rows {
		if f.rows[i].Marked {
			n++
		}
	}
	return n
}

func (f *fake) Selection() (ids []model.RowID) {
	for i := range f.rows {
		if f.rows[i].Marked {
			ids = append(ids, f.rows[i].ID)
		}
	}
	if ids == nil && len(f.rows) > 0 {
		_, id := f.Cursor()
		ids = []model.RowID{id}
	}
	return ids
}

func (f *fake) Cancellable(ids []model.RowID) (some []model.RowID) {
	for _, id := range ids {
		if r, _ := f.Row(id); onRow(&r).pause != "" {
			some = append(some, id)
		}
	}
	return some
}

func (f *fake) Cost(ids []model.RowID) (c model.Cost) {
	for _, id := range ids {
		r, ok := f.Row(id)
		if !ok {
			continue
		}
		c.Rows++
		c.Name = r.Name
		if r.State == model.Done {
			c.Finished++
			continue
		}
		if r.State == model.Running {
			c.Active++
		}
		c.Bytes += r.Done
	}
	if c.Rows > 1 {
		c.Name = ""
	}
	return c
}

func (f *fake) QuitCost() (running, lost int) { return f.running, f.lost }
func (f *fake) Detachable() bool              { return f.detachable }
func (f *fake) DetachCost() []string          { return f.again }

func (f *fake) Detach() tea.Cmd { return f.note("Detach") }

func (f *fake) Init() tea.Cmd { return nil }

// changeMsg stands for whatever changes the model.
type changeMsg struct{}

func (f *fake) Update(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(changeMsg); ok {
		f.version++
	}
	return nil
}

func (f *fake) MoveTo(i int) {
	f.cursor = max(min(i, f.Len()-1), 0)
	f.version++
}

func (f *fake) SetView(v model.View) { f.view = v; f.version++ }

func (f *fake) SetFilter(s string) error {
	if sound, ok := strings.CutSuffix(s, "is:x"); ok {
		f.filter = strings.TrimSpace(sound)
		return errors.New("is:x: no such state")
	}
	f.filter = s
	f.version++
	return nil
}

func (f *fake) SetSort(k model.SortKey, rev bool) { f.sort, f.rev = k, rev; f.version++ }

func (f *fake) ToggleMark() {
	f.rows[f.cursor].Marked = !f.rows[f.cursor].Marked
	f.version++
}
func (f *fake) MarkRange()   { f.note("MarkRange") }
func (f *fake) InvertMarks() { f.note("InvertMarks") }

func (f *fake) MarkAll() {
	for i := range f.rows {
		f.rows[i].Marked = true
	}
}

func (f *fake) ClearMarks() {
	for i := range f.rows {
		f.rows[i].Marked = false
	}
}

func (f *fake) Add(specs []model.Spec) ([]model.RowID, []model.Problem, tea.Cmd) {
	var ids []model.RowID
	f.added = specs
	for i := range specs {
		f.note("Add " + specs[i].URL)
		ids = append(ids, model.RowID(100+i))
	}
	return ids, nil, nil
}

func (f *fake) TogglePause(ids []model.RowID) tea.Cmd { return f.note("TogglePause", ids...) }
func (f *fake) PauseAll() tea.Cmd                     { return f.note("PauseAll") }
func (f *fake) ResumeAll() tea.Cmd                    { return f.note("ResumeAll") }
func (f *fake) Cancel(ids []model.RowID) tea.Cmd      { return f.note("Cancel", ids...) }
func (f *fake) Retry(ids []model.RowID) tea.Cmd       { return f.note("Retry", ids...) }
func (f *fake) Restart(ids []model.RowID) tea.Cmd     { return f.note("Restart", ids...) }

func (f *fake) Remove(ids []model.RowID, deleteFiles bool) tea.Cmd {
	call := "Remove"
	if deleteFiles {
		call = "Remove with files"
	}
	cmd := f.note(call, ids...)
	f.rows = slices.DeleteFunc(f.rows, func(r model.Row) bool { return slices.Contains(ids, r.ID) })
	return cmd
}

func (f *fake) Undo() int { f.note("Undo"); return f.undo }

func (f *fake) Renew(id model.RowID, url string) (tea.Cmd, error) {
	return f.note("Renew "+url, id), nil
}

func (f *fake) Answer(id model.PromptID, a model.Answer) (bool, tea.Cmd) {
	f.prompts = slices.DeleteFunc(f.prompts, func(p model.PromptView) bool { return p.ID == id })
	call := "Answer"
	if a.User != "" {
		call += " user " + a.User
	}
	return true, f.note(call)
}

func (f *fake) Quit() tea.Cmd { return f.note("Quit") }

const (
	kB = 1000
	mB = 1000 * kB
	gB = 1000 * mB
)

// thirteen are the rows of the mock-ups.
func thirteen(now time.Time) *fake {
	row := func(name, host string, state model.State, size, percent int64) model.Row {
		return model.Row{
			Name: name, Host: host, State: state, Size: size, Done: size*percent/100 + size/1000,
			URL: "https://" + host + "/" + name, ETA: -1, Attempts: 5, Resumable: true,
		}
	}
	running := func(name, host string, size, percent int64, rate float64, eta time.Duration) model.Row {
		r := row(name, host, model.Running, size, percent)
		r.Rate, r.ETA, r.Status = rate, eta, 200
		return r
	}
	f := &fake{sort: model.SortRate, undo: 1, running: 5}
	f.rows = []model.Row{
		running("debian-13.1.0-amd64-netinst.iso", "deb.example", 812*mB, 63, 21.4*mB, 14*time.Second),
		running("linux-6.17.tar.xz", "kernel.example.org", 153*mB, 88, 12*mB, 2*time.Second),
		running("日本語コーパス-2026-09.tar.zst", "data.example.org", 4700*mB, 12, 9.81*mB, 430*time.Second),
		running("go1.26.8.linux-amd64.tar.gz", "go.example", 71200*kB, 41, 5*mB, 8*time.Second),
		running("nightly.log", "ci.example", 0, 0, 312*kB, -1),
		row("private/dataset-a.parquet", "mirror.example", model.Asking, 1200*mB, 0),
		row("wikipedia-en-2026-08.zim", "wiki.example", model.Paused, 110*gB, 37),
		row("openstreetmap-planet.osm.pbf", "osm.example", model.Paused, 82400*mB, 5),
		row("photos-2025.tar", "nas.local", model.Paused, 9100*mB, 71),
		row("fedora-44.qcow2", "cdn2.example", model.Retrying, 640*mB, 22),
		row("firmware-v9.bin", "vendor.example.org", model.Done, 48*mB, 100),
		row("README.pdf", "docs.example", model.Done, 1100*kB, 100),
		row("old-release.zip", "gone.example", model.Failed, 33*mB, 9),
	}
	for i := range f.rows {
		f.rows[i].ID = model.RowID(i + 1)
	}
	debian := &f.rows[0]
	debian.URL = "https://deb.example.org/iso/debian-13.1.0-amd64-netinst.iso"
	debian.Done, debian.Status = 512*mB, 206
	log := &f.rows[4]
	log.Size, log.Done, log.Resumable = -1, 7*mB, false
	f.rows[6].Marked, f.rows[7].Marked = true, true
	f.rows[9].Attempt, f.rows[9].RetryAt = 2, now.Add(12*time.Second)
	failed := &f.rows[12]
	failed.Attempt, failed.Done = 5, 3*mB
	failed.Code = session.NetworkConnectionLost
	failed.Reason = "read tcp 10.0.0.4:51230->203.0.113.9:443: connection reset by peer"
	f.totals = model.Totals{
		Rows: 13, Running: 5, Paused: 3, Asking: 1, Retrying: 1, Done: 2, Failed: 1,
		RateIn: 48.5 * mB, Spark: curve(), Fraction: 0.2345,
	}
	f.details = map[model.RowID]model.Detail{1: debianDetail(now), 13: failedDetail(now)}
	f.version = 1
	return f
}

// curve is the rate of the last minute.
func curve() []float64 {
	levels := []float64{1, 2, 4, 5, 6, 7, 7, 6, 7, 7, 6, 5, 6, 7, 7, 6, 6, 7, 7, 6, 5, 6, 7, 7, 7, 6, 7, 7, 6, 7}
	return append(levels, levels...)
}

// at is a time of day of the mock-ups.
func at(now time.Time, clock string) time.Time {
	t, err := time.Parse("15:04:05.000", clock)
	if err != nil {
		panic(err)
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	return midnight.Add(t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func debianDetail(now time.Time) model.Detail {
	event := func(clock string, task session.TaskID, name, text string) model.Event {
		return model.Event{Time: at(now, clock), Row: 1, Task: task, Name: name, Text: text}
	}
	return model.Detail{
		Method: "GET", Status: "206 Partial Content", Protocol: "HTTP/2.0",
		Spark: curve(), Peak: 24 * mB, Mean: 19.8 * mB,
		Segments: []model.Segment{
			{Task: 7, Start: 0, End: 412 * mB, Rate: 20.1 * mB, Outcome: "paused, resume data 612 B"},
			{Task: 9, Start: 412 * mB, End: 512 * mB, Rate: 21.4 * mB, Running: true, Outcome: `206, If-Range "5f3a90c1"`},
		},
		Hops: []model.Hop{{
			Status: 302, From: "http://deb.example.org/iso/current",
			To:     "https://deb.example.org/iso/debian-13.1.0-amd64-netinst.iso",
			Answer: "followed: same host, to https",
		}},
		Response: http.Header{
			"Accept-Ranges": {"bytes"}, "Content-Length": {"419430400"},
			"Content-Range": {"bytes 432013312-851443711/851443712"}, "Content-Type": {"application/octet-stream"},
			"Etag": {`"5f3a90c1"`}, "Last-Modified": {"Sat, 06 Sep 2026 10:11:12 GMT"}, "Server": {"nginx"},
		},
		Request: http.Header{
			"Range": {"bytes=432013312-"}, "If-Range": {`"5f3a90c1"`}, "Accept-Encoding": {"identity"},
			"Authorization": {"(hidden)"},
		},
		TLS: &tls.ConnectionState{
			Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, CurveID: tls.X25519MLKEM768,
			NegotiatedProtocol: "h2",
			PeerCertificates: []*x509.Certificate{
				{
					Subject: pkix.Name{CommonName: "deb.example.org"}, Issuer: pkix.Name{CommonName: "R13"},
					NotAfter: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC),
				},
				{Subject: pkix.Name{CommonName: "R13"}, Issuer: pkix.Name{CommonName: "ISRG Root X1"}},
			},
		},
		Trust:        "system roots",
		Transactions: transactions(now),
		PartialFile:  "/home/alice/Downloads/debian-13.1.0-amd64-netinst.iso.haul-part",
		Events: []model.Event{
			event("12:01:03.120", 7, "Resume", ""),
			event("12:01:03.244", 7, "WillPerformRedirection", "302 follow"),
			event("12:01:03.391", 7, "DidReceiveChallenge", "ServerTrust: default"),
			event("12:01:03.402", 7, "DidReceiveResponse", "200"),
			event("12:01:24.877", 7, "CancelByProducingResumeData", ""),
			event("12:01:24.880", 7, "DidComplete", "cancelled, resumable"),
			event("12:04:51.002", 9, "Resume", ""),
			{Time: at(now, "12:04:51.003"), Row: 1, Task: 9, Name: "DidResumeAtOffset", Bytes: 412 * mB, Total: 812 * mB},
			event("12:04:51.120", 9, "DidReceiveResponse", "206"),
			{Time: at(now, "12:04:51.133"), Row: 1, Task: 9, Name: "DidWriteData", Count: 1204, Bytes: 100 * mB},
		},
	}
}

// transactions are a redirect and the download that it led to, which runs.
func transactions(now time.Time) []transfer.Transaction {
	begin := now.Add(-3 * time.Second)
	ms := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Millisecond) }
	return []transfer.Transaction{
		{
			URL: "http://deb.example.org/iso/current", Method: "GET", Status: 302, FetchStart: ms(0), DNSStart: ms(1), DNSDone: ms(30),
			ConnectStart: ms(30), ConnectDone: ms(75), RequestStart: ms(75), RequestDone: ms(76), ResponseStart: ms(120), ResponseDone: ms(121),
		},
		{
			URL: "https://deb.example.org/iso/debian.iso", Method: "GET", Status: 206, FetchStart: ms(122), ConnectStart: ms(123), ConnectDone: ms(170),
			TLSStart: ms(170), TLSDone: ms(260), RequestStart: ms(260), RequestDone: ms(261), ResponseStart: ms(340),
		},
	}
}

func failedDetail(now time.Time) model.Detail {
	return model.Detail{
		Method: "GET", Response: http.Header{"Etag": {`"a1"`}}, OthersReachable: true,
		Waits:  []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second},
		Events: []model.Event{{Time: at(now, "12:09:44.000"), Task: 31, Name: "DidComplete", Text: "NetworkConnectionLost"}},
	}
}

// passwordPrompt is the question of the mock-ups.
func passwordPrompt(now time.Time) model.PromptView {
	return model.PromptView{
		ID: 1, Kind: model.AskPassword, Since: now.Add(-41 * time.Second),
		Rows: []model.RowID{6}, Names: []string{"private/dataset-a.parquet"},
		Space: session.ProtectionSpace{
			Protocol: "https", Host: "mirror.example", Port: 443, Realm: "Members area", Method: session.MethodDigest,
		},
		Detail: "SHA-256", BodySentAgain: -1,
	}
}
