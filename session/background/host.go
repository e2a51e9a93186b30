package background

import (
	"maps"
	"net/http"

	"haul/session"
	"haul/session/internal/wire"
)

// host is one background session in the agent: its tasks, those who are
// associated with it, and the ordinary session that loads. Everything is
// guarded by the agent's mu.
type host struct {
	a          *Agent
	identifier string
	number     int64
	last       int64 // the last task's identifier
	record     sessionRecord
	secret     http.Header // of its AdditionalHeaders, in memory only
	jobs       map[int64]*job
	gone       []*job // ended without success and in jobs no more, the oldest first
	tokens     map[string]*job
	peers      map[*peer]struct{}
	perHost    map[string]int // running tasks by host
	active     int            // tasks that were resumed and have not ended
	inner      *session.Session
	// credentials are those that the sessions inside keep.
	credentials *session.CredentialStorage
}

// quiet is the delegate of the sessions inside: their tasks have one each.
type quiet struct{}

func (quiet) DidBecomeInvalid(*session.Session, error) {}

// host returns the session with an identifier, which is made if there is none.
// The caller holds mu.
func (a *Agent) host(identifier string) *host {
	if h := a.hosts[identifier]; h != nil {
		return h
	}
	a.lastHost++
	h := a.newHost(identifier, a.lastHost)
	h.record.Configuration = defaultConfiguration()
	h.record.Shared = true
	return h
}

// newHost makes a session without tasks.
func (a *Agent) newHost(identifier string, number int64) *host {
	h := &host{
		a: a, identifier: identifier, number: number, jobs: make(map[int64]*job), tokens: make(map[string]*job),
		peers: make(map[*peer]struct{}), perHost: make(map[string]int),
	}
	a.hosts[identifier] = h
	return h
}

// defaultConfiguration is that of a session that commands made tasks in before
// any program opened it.
func defaultConfiguration() wire.Configuration {
	c := session.BackgroundConfiguration("x")
	return wire.Configuration{
		RequestTimeout: c.TimeoutForRequest, ResourceTimeout: c.TimeoutForResource, Languages: c.Languages,
		PerHost: c.MaxConnectionsPerHost, Connections: c.Connections, LaunchEvents: true,
	}
}

// header are the additional header fields.
func (h *host) header() http.Header {
	all := h.record.Configuration.Header.Clone()
	if all == nil {
		all = http.Header{}
	}
	maps.Copy(all, h.secret)
	return all
}

// open associates a peer. The caller holds mu.
func (h *host) open(p *peer, o wire.Open) error {
	for other := range h.peers {
		if !o.Shared || !h.record.Shared || other == p {
			return errInUse
		}
	}
	kept, secret, omitted := redact(o.Configuration.Header)
	o.Configuration.Header = kept
	h.secret = secret
	h.record = sessionRecord{Configuration: o.Configuration, Omitted: omitted, Shared: o.Shared, Delayed: o.Delayed}
	h.peers[p] = struct{}{}
	p.delayed = o.Delayed
	p.markLimits()
	for _, j := range h.inOrder() {
		j.lookForFile()
		p.mark(j)
	}
	return nil
}

// leave ends the association of a peer. The caller holds mu.
func (h *host) leave(p *peer) {
	delete(h.peers, p)
	for _, j := range h.jobs {
		delete(j.acked, p)
		j.retire()
	}
}

// save writes the session down; the caller waits for the change.
func (h *host) save() func() error {
	told := h.a.store.now(saveSession(h.number, h.identifier, h.last, h.record))
	return func() error { return <-told }
}

// forget removes the session and all that it has. The caller holds mu.
func (h *host) forget() {
	for _, j := range h.jobs {
		j.discard()
	}
	for _, j := range h.gone {
		j.removeUpload()
	}
	delete(h.a.hosts, h.identifier)
	h.a.store.later(removeSession(h.number))
	if inner := h.inner; inner != nil {
		h.inner = nil
		h.a.work.Go(func() {
			inner.InvalidateAndCancel()
			inner.Wait()
		})
	}
	h.a.rest()
}

// session is the session inside, made when the first task needs it. The caller
// holds mu.
func (h *host) session() (*session.Session, error) {
	if h.inner != nil {
		return h.inner, nil
	}
	s, err := session.New(h.a.configuration(h), quiet{})
	if err != nil {
		return nil, err
	}
	h.inner = s
	return s, nil
}

// closeInner ends the session inside. No task of it runs any more.
func (h *host) closeInner() {
	h.a.mu.Lock()
	inner := h.inner
	h.a.mu.Unlock()
	if inner != nil {
		inner.InvalidateAndCancel()
		inner.Wait()
	}
}

// inOrder are the tasks as a peer is told of them: what has ended first, in the
// order of the ends. The caller holds mu.
func (h *host) inOrder() []*job {
	list := make([]*job, 0, len(h.jobs))
	for _, j := range h.jobs {
		list = append(list, j)
	}
	sortJobs(list)
	return list
}

// info is the session in a list. The caller holds mu.
func (h *host) info() wire.Session {
	i := wire.Session{Identifier: h.identifier, Attached: len(h.peers), Tasks: len(h.jobs)}
	for _, j := range h.jobs {
		if j.question != nil {
			i.Asking++
		}
	}
	return i
}
