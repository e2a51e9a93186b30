package plain

import (
	"encoding/json"
	"time"

	"haul/model"
	"haul/ui/text"
)

// objects prints one JSON object a line. encoding/json escapes control
// characters itself; cleaning takes out what is left, bidi and the like, so that
// a line can be shown on a terminal as it is.
type objects struct{ *output }

// object is the form of every line; docs/json.md describes its fields.
type object struct {
	Version int       `json:"v"`
	Time    time.Time `json:"t"`
	Event   string    `json:"ev"`
	Row     int64     `json:"id,omitempty"`
	Task    int64     `json:"task,omitempty"`
	Name    string    `json:"name,omitempty"`
	URL     string    `json:"url,omitempty"`
	State   string    `json:"state,omitempty"`
	Status  int       `json:"status,omitempty"`
	Bytes   *int64    `json:"bytes,omitempty"`
	Total   *int64    `json:"total,omitempty"`
	Rate    *int64    `json:"rate,omitempty"`
	Path    string    `json:"path,omitempty"`
	Code    string    `json:"code,omitempty"`
	Text    string    `json:"text,omitempty"`

	Done      *int `json:"done,omitempty"`
	Failed    *int `json:"failed,omitempty"`
	Refused   *int `json:"refused,omitempty"`
	Cancelled *int `json:"cancelled,omitempty"`
	Kept      *int `json:"kept,omitempty"`
}

func (o *objects) print(line object) {
	line.Version = 1
	line.Time = line.Time.UTC()
	raw, err := json.Marshal(line)
	if err != nil {
		o.failed(err)
		return
	}
	o.write(append(raw, '\n'))
}

// of is an object about a row.
func of(r model.Row, now time.Time, event string) object {
	line := object{
		Time: now, Event: event, Row: int64(r.ID),
		Name: text.Clean(r.Name).String(), URL: text.Clean(r.URL).String(),
		State: r.State.String(), Status: r.Status, Bytes: &r.Done,
	}
	if r.Size >= 0 {
		line.Total = &r.Size
	}
	return line
}

func (o *objects) tells(model.Event) bool { return true }

// event prints an event with the bytes that the row has by then. Where one goes on
// at an offset, that is how many it had: by the time of the line it may have more.
func (o *objects) event(ev model.Event, r model.Row) {
	line := of(r, ev.Time, ev.Name)
	line.Task, line.Status = int64(ev.Task), ev.Status
	line.Text = text.Clean(ev.Text).String()
	if ev.Name == "DidResumeAtOffset" {
		line.Bytes = &ev.Bytes
	}
	if ev.Code != 0 {
		line.Code = ev.Code.String()
	}
	o.print(line)
}

// change prints a "row" object when a row's state changed.
func (o *objects) change(r model.Row, was *printed, now time.Time) bool {
	was.started = true
	if was.state == r.State {
		return true
	}
	line := of(r, now, "row")
	line.Path = text.Clean(r.Path).String()
	line.Text = text.Clean(r.Reason).String()
	if r.Code != 0 {
		line.Code = r.Code.String()
	}
	o.print(line)
	return true
}

func (o *objects) progress(r model.Row, now time.Time) {
	line := of(r, now, "progress")
	rate := int64(r.Rate)
	line.Rate = &rate
	o.print(line)
}

func (o *objects) question(q model.PromptView, now time.Time) {
	for i, id := range q.Rows {
		o.print(object{Time: now, Event: "question", Row: int64(id), Name: text.Clean(q.Names[i]).String()})
	}
}

func (o *objects) total(s model.Summary, now time.Time) {
	o.print(object{
		Time: now, Event: "total",
		Done: &s.Done, Failed: &s.Failed, Refused: &s.Refused, Cancelled: &s.Cancelled, Kept: &s.Kept,
	})
}
