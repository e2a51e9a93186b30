package background

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"time"

	"github.com/creachadair/jrpc2"

	"haul/session/internal/link"
	"haul/session/internal/wire"
)

// peer is a connection. What it is told of is a set of tasks whose state has
// changed since it was sent last, so that a peer that is slow, or never reads,
// costs that set and nothing else. Fields are guarded by the agent's mu.
type peer struct {
	a    *Agent
	conn net.Conn
	srv  *jrpc2.Server
	wake chan struct{} // has a value when there is something to send
	gone chan struct{} // closed when the connection has ended

	greeted  bool
	foreign  bool // of another version: only status and stop
	h        *host
	delayed  bool
	news     []*job // in the order in which they changed first
	marked   map[*job]bool
	knows    map[*job]bool // was sent what never changes
	complete bool          // was told that it knows all
	limits   bool          // are to be told
}

const (
	// mostPeers bounds the connections at one time.
	mostPeers = 2000
	// pushWait is the shortest time between two notifications to a peer.
	pushWait = 33 * time.Millisecond
	// pushTasks and pushBytes bound one notification.
	pushTasks = 500
	pushBytes = 1 << 20
	// helloTime is how long a connection may say nothing at first.
	helloTime = 30 * time.Second
	// handlers is how many calls of one peer are served at once. Most of them
	// wait for the disk, and go there together.
	handlers = 128
)

// Handle serves a connection until it ends or the agent does. It returns at
// once. A connection of another user is closed.
func (a *Agent) Handle(conn net.Conn) {
	err := link.CheckPeer(conn)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil && len(a.peers) >= mostPeers {
		err = errors.New("too many connections")
	}
	if err != nil || a.ctx.Err() != nil {
		a.log.Warn("a connection was refused", "reason", err)
		_ = conn.Close() // nobody of ours is at the other end
		return
	}
	p := &peer{
		a: a, conn: conn, wake: make(chan struct{}, 1), gone: make(chan struct{}),
		marked: make(map[*job]bool), knows: make(map[*job]bool),
	}
	a.peers[p] = struct{}{}
	a.rest()
	p.srv = jrpc2.NewServer(p.methods(), &jrpc2.ServerOptions{
		AllowPush: true, DisableBuiltin: true, Concurrency: handlers,
		NewContext: func() context.Context { return a.ctx },
	})
	p.srv.Start(wire.NewChannel(conn))
	a.work.Go(p.serve)
	a.work.Go(p.push)
}

// serve waits for the end of the connection.
func (p *peer) serve() {
	silent := time.AfterFunc(helloTime, func() {
		p.a.mu.Lock()
		defer p.a.mu.Unlock()
		if !p.greeted && !p.foreign {
			p.hangUp()
		}
	})
	if err := p.srv.Wait(); err != nil {
		p.a.log.Info("a connection has ended", "reason", err)
	}
	silent.Stop()
	_ = p.conn.Close() // it has ended
	close(p.gone)
	p.a.mu.Lock()
	defer p.a.mu.Unlock()
	delete(p.a.peers, p)
	if p.h != nil {
		p.h.leave(p)
	}
	p.a.rest()
}

// hangUp ends the connection; serve sees it.
func (p *peer) hangUp() {
	// Its server cannot be stopped while it writes to a peer that does not read.
	_ = p.conn.Close()
}

// mark has the state of a task sent. The caller holds mu.
func (p *peer) mark(j *job) {
	if !p.marked[j] {
		p.marked[j] = true
		p.news = append(p.news, j)
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// markLimits has the rates sent that tasks share. The caller holds mu.
func (p *peer) markLimits() {
	p.limits = true
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// push sends what is new, not more often than an eye sees.
func (p *peer) push() {
	for {
		select {
		case <-p.wake:
		case <-p.gone:
			return
		}
		for {
			batch, more := p.batch()
			if len(batch.Tasks) == 0 && !batch.Complete && batch.Limits == nil {
				break
			}
			if err := p.srv.Notify(p.a.ctx, wire.NotifyTasks, batch); err != nil {
				p.hangUp()
				break
			}
			if more {
				continue
			}
			select {
			case <-time.After(pushWait):
			case <-p.gone:
				return
			}
		}
	}
}

// batch takes the next states to be sent, as JSON, which they are made while
// nothing changes.
func (p *peer) batch() (b pushed, more bool) {
	p.a.mu.Lock()
	defer p.a.mu.Unlock()
	size, n := 0, 0
	for ; n < len(p.news) && n < pushTasks && size < pushBytes; n++ {
		j := p.news[n]
		text, err := json.Marshal(j.state(!p.knows[j]))
		delete(p.marked, j)
		if err != nil || j.h.jobs[j.rec.ID] != j {
			continue // it is gone, and everybody knows
		}
		p.knows[j] = true
		size += len(text)
		b.Tasks = append(b.Tasks, text)
	}
	p.news = p.news[n:]
	if p.limits {
		p.limits = false
		b.Limits = &wire.Limits{All: p.a.limits.All().Limit(), Hosts: p.a.limits.Hosts()}
	}
	if len(p.news) == 0 {
		p.news = nil
		if p.h != nil && !p.complete {
			p.complete, b.Complete = true, true
		}
	}
	return b, len(p.news) > 0
}

// pushed is wire.Tasks with states that are JSON already.
type pushed struct {
	Tasks    []json.RawMessage `json:"tasks"`
	Complete bool              `json:"complete,omitempty"`
	Limits   *wire.Limits      `json:"limits,omitempty"`
}
