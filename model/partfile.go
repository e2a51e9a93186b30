package model

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"

	"haul/session"
	"haul/transfer/partial"
)

// trace tells a state of a partial file from all others: that of other bytes, and that
// of the same ones after somebody went on with them.
type trace struct {
	started int64 // Unix time in nanoseconds
	serial  uint64
}

func traceOf(data session.ResumeData) (t trace) {
	if info, err := data.Describe(); err == nil {
		t = trace{info.Started.UnixNano(), info.Serial}
	}
	return t
}

// removePartial deletes a partial file that is as its row left it. It fails with
// partial.ErrLocked while another haul goes on with it.
func removePartial(part string, left trace) error {
	return partial.RemoveIf(partial.OS{}, part, func(st partial.State) bool {
		return left == trace{st.Started.UnixNano(), st.Serial}
	})
}

// adopt gives a row a partial file that was found beside its destination, if that is
// of a resource still.
func (m *Model) adopt(r *row, part, resource string) {
	if part == "" || m.claims[part] != 0 {
		return
	}
	st, err := partial.ReadState(partial.OS{}, part)
	if err != nil || resourceOf(st.OriginalURL) != resource && resourceOf(st.URL) != resource {
		return
	}
	m.claims[part] = r.id
	r.part, r.from = part, resourceOf(st.OriginalURL)
	r.had = trace{st.Started.UnixNano(), st.Serial}
	r.size, r.done, r.can = st.Length, st.Have.Len(), true
	if r.spec.Name == "" && st.Name != "" {
		r.name = st.Name
	}
	m.account(r)
}

// resumeData is what the row can go on from, nil for from the beginning: from its fresh
// link, if it has one. The partial file decides, not what the model remembers of it.
func (m *Model) resumeData(r *row) (session.ResumeData, error) {
	data, err := r.resume, error(nil)
	if r.resume = nil; data == nil {
		data, err = r.onDisk()
	}
	switch {
	case err == nil && r.renewed:
		u, err := url.Parse(r.spec.URL)
		if err != nil {
			return nil, err
		}
		return data.WithURL(u)
	case err == nil:
		return data, nil
	case !errors.Is(err, fs.ErrNotExist):
		r.reason = fmt.Sprintf("the partial file %s cannot be continued (%v): it starts from the beginning beside it",
			filepath.Base(r.part), err)
	case r.why != "":
		r.reason = "it could not be resumed (" + r.why + "): it starts from the beginning"
	case r.done > 0:
		r.reason = "its partial file is gone: it starts from the beginning"
	}
	m.disclaim(r)
	return nil, nil
}

var errAnothers = errors.New("it is of another URL")

// onDisk is what the row's partial file can be continued with. By its name there can
// be another haul's by now, for something else; it fails with errAnothers then.
func (r *row) onDisk() (session.ResumeData, error) {
	if r.part == "" {
		return nil, fs.ErrNotExist
	}
	data, err := session.ReadResumeData(r.part)
	if err != nil {
		return nil, err
	}
	info, err := data.Describe()
	if err == nil && resourceOf(info.OriginalURL) != r.source() {
		err = errAnothers
	}
	return data, err
}

// source is the resource that the row's bytes were asked for first.
func (r *row) source() string {
	if r.from != "" {
		return r.from
	}
	return resourceOf(r.spec.URL)
}

// resourceOf is withoutUser of what may be no URL, which is nothing's then.
func resourceOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return withoutUser(u)
}

// claim finds a partial file for the row beside its destination that is
// neither another row's nor on disk already.
func (m *Model) claim(r *row) {
	if r.part != "" {
		if m.free(r.part, r.id) {
			return
		}
		m.disclaim(r)
	}
	name := r.spec.Name
	if name == "" {
		name = r.name
	}
	for n := 1; ; n++ {
		candidate := name
		if n > 1 {
			candidate = partial.Numbered(name, n)
		}
		part := partial.PathFor(r.spec.Dir, candidate)
		if m.free(part, r.id) {
			m.claims[part] = r.id
			r.part = part
			return
		}
	}
}

// free tells whether a partial file of that path may be made for a row.
func (m *Model) free(part string, id RowID) bool {
	owner, ok := m.claims[part]
	return (!ok || owner == id) && m.session.PartialFileFree(part)
}

// disclaim lets go of the row's partial file, which stays on disk.
func (m *Model) disclaim(r *row) {
	m.release(r)
	r.done, r.can, r.why = 0, false, ""
	m.account(r)
}

// leftover looks at what a task has left that has ended with a response.
func (m *Model) leftover(r *row, s *slot) {
	switch r.life.result {
	case Refused:
		m.spent(r, s)
	case Mismatch:
		m.release(r) // it was moved aside
	case Failed: // it is whole, and could not be given its name
		if data, err := r.onDisk(); err == nil {
			r.resume, r.can, r.had = data, true, traceOf(data)
		}
	}
}

// spent ends the claim of a row whose task has ended with nothing to go on from: what
// there was the session has removed, if it had a name at all, and what has the name
// now is another's. Bytes that the task began with may still be there.
func (m *Model) spent(r *row, s *slot) {
	if !s.resumed {
		m.release(r)
	}
}

// release ends the row's claim on its partial file.
func (m *Model) release(r *row) {
	if m.claims[r.part] == r.id {
		delete(m.claims, r.part)
	}
	r.part, r.had = "", trace{}
}
