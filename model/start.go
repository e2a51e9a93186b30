package model

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"time"

	"haul/session"
	"haul/transfer"
	"haul/transfer/partial"
)

// start makes the next task of a row and resumes it. Nothing here waits: the
// task does the work on its own goroutine.
func (m *Model) start(r *row) {
	if r.ran == nil {
		r.ran = &run{}
	}
	r.reason = ""
	var task session.Task
	resumed := false
	req, err := http.NewRequest(r.spec.method(), r.spec.URL, nil) //nolint:noctx // a task has its own context
	if err == nil {
		task, resumed, err = m.makeTask(r, req)
	}
	if err == nil {
		r.ran.rate = transfer.NewRate(r.limit)
		err = task.SetLimiters(m.limits.Of(r.ran.rate))
	}
	if err == nil {
		err = m.connect(r, task, req.URL)
	}
	if err != nil {
		m.step(r, stepStart)
		r.reason, r.code = err.Error(), codeOf(err)
		m.step(r, factFailed)
		m.act(r, "Failed", r.reason)
		return
	}
	now := time.Now()
	task.SetPriority(r.rank.urgency.ofTask())
	r.task = task
	r.slot = m.o.register(task, r.ran.lineage, resumed)
	r.ran.content = r.slot.content
	r.status, r.code, r.disk = 0, 0, false
	r.heard = m.net.heard
	r.ran.meter.begin(now, r.done)
	if !m.opt.Brief {
		r.ran.segments = keepLast(r.ran.segments, Segment{
			Task: task.ID(), Start: r.done, End: r.done, Running: true,
		}, mostSegments)
	}
	if resumed {
		m.step(r, stepContinue)
	} else {
		m.step(r, stepStart)
	}
	m.act(r, "Resume", r.url)
	task.Resume()
}

// connect gives a download its mirrors, and the number of connections that its
// Spec has, or else the options for its host. Its file stays locked until it has
// its name.
func (m *Model) connect(r *row, task session.Task, u *url.URL) error {
	d, ok := task.(*session.DownloadTask)
	if !ok {
		return nil
	}
	if err := d.KeepLocked(); err != nil {
		return err
	}
	mirrors, err := parseMirrors(r.spec.Mirrors)
	if err != nil {
		return err
	}
	if err := d.SetMirrors(mirrors, r.spec.Proof); err != nil {
		return err
	}
	if r.spec.Connections != 0 {
		return d.SetConnections(r.spec.Connections)
	}
	if m.opt.Connections == nil {
		return nil
	}
	n := m.opt.Connections(u.Host)
	if n == 0 {
		return nil
	}
	return d.SetConnections(n)
}

// makeTask makes a task for what the row has: resume data, a partial file, or
// nothing yet. req is the request for its URL.
func (m *Model) makeTask(r *row, req *http.Request) (task session.Task, resumed bool, err error) {
	u := req.URL
	l, err := r.begin(u)
	if err != nil {
		return nil, false, err
	}
	if r.spec.stores() {
		data, err := m.resumeData(r)
		if err != nil {
			return nil, false, err
		}
		if data != nil {
			task, err = m.continueTask(r, l, data, u)
			return task, true, err
		}
	}
	if h := r.header(u); h != nil {
		req.Header = h
	}
	if r.spec.Upload != "" {
		r.done = 0
		t, err := m.session.UploadTaskFromFile(req, r.spec.Upload, nil)
		if err != nil {
			return nil, false, err
		}
		r.size = t.Counts().ExpectedToSend // known before a byte is sent
		m.list.touch(progressed)
		m.account(r)
		return t, false, nil
	}
	if r.spec.Data {
		r.done = 0
		t, err := m.session.DataTask(req, nil)
		return t, false, err
	}
	t, err := m.session.DownloadTask(req, nil)
	if err != nil {
		return nil, false, err
	}
	r.done, r.can, r.renewed, r.from = 0, false, false, ""
	m.claim(r)
	l.setPart(r.part)
	return t, false, t.SetPartialFile(r.part)
}

// begin makes the row's lineage, or fits it to the URL of the next task.
func (r *row) begin(u *url.URL) (*lineage, error) {
	if r.ran.lineage == nil {
		sum, err := parseChecksum(r.spec.Checksum)
		if err != nil {
			return nil, err
		}
		r.ran.lineage = &lineage{row: r.id, spec: r.spec, sum: sum}
	}
	l := r.ran.lineage
	l.mu.Lock()
	defer l.mu.Unlock()
	own := originOf(u)
	l.origin.Store(&own)
	l.suggestedName, l.name = r.name, r.spec.Name
	l.own = nil
	if name := u.User.Username(); name != "" {
		password, _ := u.User.Password()
		l.own = &session.Credential{User: name, Password: password, Persistence: session.PersistenceForSession}
	}
	return l, nil
}

// continueTask makes a task from resume data.
func (m *Model) continueTask(
	r *row, l *lineage, data session.ResumeData, u *url.URL,
) (session.Task, error) {
	info, err := data.Describe()
	if err != nil {
		return nil, err
	}
	t, err := m.session.DownloadTaskWithResumeData(data, nil)
	if err != nil {
		return nil, err
	}
	if at, err := url.Parse(info.URL); err == nil {
		if h := r.header(at); len(h) > 0 {
			if err := t.AddHeader(h); err != nil {
				return nil, err
			}
		}
	}
	r.done, r.size = info.Have, info.Length
	r.part, r.from = info.PartialFile, resourceOf(info.OriginalURL)
	r.had = traceOf(data)
	m.claims[r.part] = r.id
	l.setPart(r.part)
	m.account(r)
	for _, s := range []string{info.OriginalURL, info.URL} {
		if from, err := url.Parse(s); err == nil {
			l.cameFrom(from)
		}
	}
	l.cameFrom(u)
	return t, nil
}

// head takes in the head of the response of the row's task, once it is there.
func (m *Model) head(r *row, task session.Task) {
	n := r.ran
	if n.headOf == task.ID() {
		return
	}
	resp := task.Response()
	if resp == nil {
		return
	}
	n.headOf, n.response, n.request = task.ID(), resp, resp.Request
	if n.request == nil {
		n.request = task.CurrentRequest()
	}
	r.status = resp.StatusCode
	tooMany := m.queue.answered(r, r.status)
	m.version++
	if n.request != nil {
		r.host = transfer.HostOf(n.request.URL)
		n.lineage.cameFrom(n.request.URL)
		if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
			m.recallTrust(r, resp.TLS)
		}
	}
	if r.spec.Upload == "" && r.spec.Name == "" && success(resp.StatusCode) {
		if name := partial.SuggestedName(resp); name != r.name {
			r.name = name
			m.list.touch(nameChanged)
			m.journal(r)
		}
	}
	if r.spec.Upload == "" && success(resp.StatusCode) {
		tooMany = m.queue.promised(r, task.Counts().ExpectedToReceive, resp.ProtoMajor > 1) || tooMany
		if size := task.Counts().ExpectedToReceive; size >= 0 && size != r.size {
			r.size = size
			m.list.touch(progressed)
			m.account(r)
		}
	}
	m.step(r, factMoved)
	if tooMany {
		m.sendBack(r.queueHost)
	}
}

// recallTrust marks a row whose server's key was accepted for another task:
// the session does not ask again.
func (m *Model) recallTrust(r *row, state *tls.ConnectionState) {
	t := session.ServerTrust{State: *state}
	if words := m.o.desk.trustWords(t.SHA256()); words != "" {
		r.insecure, r.ran.trust = true, words
	}
}

// codeOf is the code of an error, Unknown for a foreign one.
func codeOf(err error) session.Code {
	var e *session.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return session.Unknown
}
