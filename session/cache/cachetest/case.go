package cachetest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Kind is what it means for a cache to fail a case.
type Kind string

// The kinds.
const (
	Required Kind = "required" // it breaks RFC 9111
	Optimal  Kind = "optimal"  // it asks the server more often than it has to
	Check    Kind = "check"    // nothing: it does it another way
)

// Mode is how a request wants the cache to be used.
type Mode int

// The modes.
const (
	Ordinary   Mode = iota
	Revalidate      // what is stored is validated even if it is fresh
)

// Case is one case of the suite.
type Case struct {
	ID    string
	Group string
	Kind  Kind
	// Skip says why the case does not apply, "" if it does.
	Skip  string
	steps []step
}

// want is where an answer must come from.
type want string

const (
	anywhere  want = ""
	reused    want = "reused"
	fetched   want = "fetched"
	byTag     want = "validated by ETag"
	byDate    want = "validated by Last-Modified"
	pauseTime      = 3 * time.Second
)

// field is a field of a header. A value of "@N" is the date N seconds from the
// moment of the previous answer, or, in an answer, from its own; "~N" is the
// same in the form of RFC 850.
type field struct{ name, value string }

// step is one request with its answer. The methods below return it changed, so
// that a case reads as a line.
type step struct {
	method, file, query string
	mode                Mode
	ask                 []field // fields of the request

	status int
	say    []field // fields of the answer
	text   string  // body of the answer
	broken bool    // the connection breaks instead
	pause  bool    // three seconds after it

	want       want
	preparing  bool // that it comes from there is a condition of the case, not its point
	wantStatus int
	wantText   string
	anyText    bool
	gives      []field // that the response has; a value ">N" is a lower bound
	lacks      []field // that it has not, or, with a value, not with this value
	sends      []field // that the request at the server has
}

// get is a GET with these fields.
func get(ask ...string) step { return request(http.MethodGet, ask...) }

func request(method string, ask ...string) step {
	return step{method: method, status: http.StatusOK, ask: fields(ask)}
}

// fields reads lines "Name: value".
func fields(lines []string) []field {
	list := make([]field, len(lines))
	for i, line := range lines {
		list[i].name, list[i].value, _ = strings.Cut(line, ":")
		list[i].value = strings.TrimPrefix(list[i].value, " ")
	}
	return list
}

func (s step) says(lines ...string) step {
	s.say = append(append([]field(nil), s.say...), fields(lines)...)
	return s
}

func (s step) at(file string) step        { s.file = file; return s }
func (s step) with(query string) step     { s.query = query; return s }
func (s step) in(m Mode) step             { s.mode = m; return s }
func (s step) answers(status int) step    { s.status = status; return s }
func (s step) body(text string) step      { s.text = text; return s }
func (s step) breaks() step               { s.broken = true; return s }
func (s step) later() step                { s.pause = true; return s }
func (s step) is(w want) step             { s.want = w; return s }
func (s step) mustBe(w want) step         { s.want, s.preparing = w, true; return s }
func (s step) hasStatus(status int) step  { s.wantStatus = status; return s }
func (s step) reads(text string) step     { s.wantText = text; return s }
func (s step) anyBody() step              { s.anyText = true; return s }
func (s step) has(lines ...string) step   { s.gives = fields(lines); return s }
func (s step) hasNo(lines ...string) step { s.lacks = fields(lines); return s }
func (s step) sent(lines ...string) step  { s.sends = fields(lines); return s }

// fresh answers with a long max-age, and waits.
func (s step) fresh() step { return s.says("Cache-Control: max-age=100000", "Date: @0").later() }

// goesStale answers with a max-age that is over when the wait is.
func (s step) goesStale() step {
	return s.says("Cache-Control: max-age=2", "Date: @0", "Template-A: 1").later()
}

// isStale answers with what is stale from the start, and waits.
func (s step) isStale() step {
	return s.says("Expires: @-5000", "Last-Modified: @-100000", "Date: @0").later()
}

// after is a case of two GETs, the second three seconds after the first was
// answered with these fields.
func after(k Kind, id string, w want, say ...string) Case {
	return steps(k, id, get().says(say...).later(), get().is(w))
}

// soon is the same without the wait.
func soon(k Kind, id string, w want, say ...string) Case {
	return steps(k, id, get().says(say...), get().is(w))
}

func steps(k Kind, id string, list ...step) Case { return Case{ID: id, Kind: k, steps: list} }

// group names the group of cases.
func group(name string, cases ...Case) []Case {
	for i := range cases {
		cases[i].Group = name
	}
	return cases
}

// skipped are cases that do not apply, and why.
func skipped(why string, k Kind, ids ...string) []Case {
	cases := make([]Case, len(ids))
	for i, id := range ids {
		cases[i] = Case{ID: id, Kind: k, Skip: why}
	}
	return cases
}

// What says in a line what the case does, or why it is not done.
func (c Case) What() string {
	if c.Skip != "" {
		return c.Skip
	}
	parts := make([]string, len(c.steps))
	for i, s := range c.steps {
		parts[i] = s.String()
	}
	return strings.Join(parts, "; ")
}

// String says what the step does: the request, its answer, what is wanted.
func (s step) String() string {
	var b strings.Builder
	b.WriteString(s.method)
	if s.mode == Revalidate {
		b.WriteString(" (revalidating)")
	}
	if s.query != "" {
		b.WriteString(" ?" + s.query)
	}
	b.WriteString(list(" ", s.ask))
	switch {
	case s.broken:
		b.WriteString(" -> the connection breaks")
	case s.status != http.StatusOK || len(s.say) > 0:
		b.WriteString(" -> " + strconv.Itoa(s.status) + list(" ", s.say))
	}
	var wants []string
	if s.want != anywhere {
		wants = append(wants, string(s.want))
	}
	if s.wantStatus != 0 {
		wants = append(wants, strconv.Itoa(s.wantStatus))
	}
	if s.wantText != "" {
		wants = append(wants, "body "+s.wantText)
	}
	for _, more := range []string{list("with ", s.gives), list("without ", s.lacks), list("sent with ", s.sends)} {
		if more != "" {
			wants = append(wants, more)
		}
	}
	if len(wants) > 0 {
		b.WriteString(": " + strings.Join(wants, ", "))
	}
	if s.pause {
		b.WriteString("; 3 s")
	}
	return b.String()
}

func list(before string, fields []field) string {
	var parts []string
	for _, f := range fields {
		part := f.name
		if f.value != "" {
			part += ": " + f.value
		}
		parts = append(parts, fmt.Sprintf("`%s`", part))
	}
	if len(parts) == 0 {
		return ""
	}
	return before + strings.Join(parts, " ")
}
