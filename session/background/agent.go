package background

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"haul/session"
	"haul/session/internal/link"
	"haul/session/internal/wire"
	"haul/transfer"
	"haul/transfer/partial"
)

// ErrRunning says that another agent is there already.
var ErrRunning = errors.New("another agent is running")

// Run is an agent in the foreground: it takes the lock and the socket, serves
// until ctx ends, it is told to stop or has lingered long enough, and then
// stops all tasks in a way that they go on with no byte lost. It returns
// [ErrRunning] when another agent has the lock.
func Run(ctx context.Context, o Options) (err error) {
	at, err := link.Find(o.Location.RuntimeDirectory, o.Location.StateDirectory)
	if err != nil {
		return err
	}
	lock := flock.New(at.Lock(), flock.SetPermissions(0o600))
	ours, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("the agent's lock: %w", err)
	}
	if !ours {
		return ErrRunning
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	a, err := New(o)
	if err != nil {
		return err
	}
	ln, err := listen(ctx, at.Socket())
	if err != nil {
		return errors.Join(err, a.Close())
	}
	return a.Serve(ctx, ln)
}

// listen takes the socket. Whoever has the lock may remove one that an agent
// left that was killed.
func listen(ctx context.Context, path string) (net.Listener, error) {
	if fi, err := os.Lstat(path); err == nil {
		if fi.Mode().Type() != os.ModeSocket {
			return nil, fmt.Errorf("%s is in the way of the agent's socket", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	var c net.ListenConfig
	ln, err := c.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

// Agent has the tasks of background sessions. [Run] is what a program wants; a
// test makes an Agent and gives it connections.
type Agent struct {
	o       Options
	limits  *transfer.Limits
	files   partial.FS
	at      link.Places
	log     *slog.Logger
	store   *store
	started time.Time
	// ctx ends when the agent stops.
	ctx  context.Context
	stop context.CancelFunc
	// work are the goroutines of connections and attempts.
	work  sync.WaitGroup
	hooks *hooks

	mu          sync.Mutex
	hosts       map[string]*host
	peers       map[*peer]struct{}
	queue       []*job // resumed, and waiting for a place
	running     int
	lastHost    int64
	lastEnd     int64
	lastOrder   int64  // the greatest place of a task in the queue
	asked       uint64 // number of the last question
	notices     []string
	directories []string           // that are on the list
	bell        chan struct{}      // closed at the next end of a task or line of a story
	linger      *time.Timer        // nil while there is something to do
	retrying    int                // tasks that wait for the network
	watching    context.CancelFunc // nil while none does
}

// New makes an agent and lets the tasks that were running go on. [Agent.Serve]
// or [Agent.Close] ends it.
func New(o Options) (*Agent, error) {
	o = o.withDefaults()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = link.Version()
	}
	at, err := link.Find(o.Location.RuntimeDirectory, o.Location.StateDirectory)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(at.Spool(), 0o700); err != nil {
		return nil, err
	}
	a := &Agent{
		o: o, limits: transfer.NewLimits(o.RateLimit, o.HostRateLimits), files: o.Files, at: at, log: o.Log, started: time.Now(), hosts: make(map[string]*host),
		peers: make(map[*peer]struct{}), bell: make(chan struct{}),
	}
	a.ctx, a.stop = context.WithCancel(context.Background())
	a.hooks = newHooks(a.log, o.Hook)
	if err := a.remember(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.place()
	a.rest()
	if o.Changed != nil {
		a.work.Go(func() { a.follow(o.Changed) })
	}
	return a, nil
}

// Serve takes connections from ln until ctx ends, the agent is told to stop, or
// it has lingered long enough. It returns when everything has ended.
func (a *Agent) Serve(ctx context.Context, ln net.Listener) error {
	ended := context.AfterFunc(ctx, a.stop)
	defer ended()
	closed := context.AfterFunc(a.ctx, func() {
		// Accept returns then, which is all that is wanted.
		_ = ln.Close()
	})
	defer closed()
	a.log.Info("agent is ready", "pid", os.Getpid())
	var failed error
	for {
		conn, err := ln.Accept()
		if err != nil {
			if a.ctx.Err() == nil {
				failed = err
				a.stop()
			}
			break
		}
		a.Handle(conn)
	}
	return errors.Join(failed, a.Close())
}

// Close stops the agent: connections end, and tasks stop in a way that they go
// on when it is made again.
func (a *Agent) Close() error {
	a.stop()
	a.mu.Lock()
	if a.linger != nil {
		a.linger.Stop()
	}
	if a.watching != nil {
		a.watching()
	}
	var hosts []*host
	var begun []*job // of which more may have come than is written down
	for _, h := range a.hosts {
		hosts = append(hosts, h)
		for _, j := range h.jobs {
			if !j.ended() && (j.attempt != nil || j.rec.Attempts > 0 || j.rec.State == wire.StateRunning) {
				begun = append(begun, j)
			}
			j.halt()
		}
	}
	for p := range a.peers {
		p.hangUp()
	}
	a.mu.Unlock()
	a.work.Wait()
	for _, h := range hosts {
		h.closeInner()
	}
	a.hooks.close()
	a.mu.Lock()
	for _, j := range begun {
		if j.h.jobs[j.rec.ID] == j {
			j.saveLater()
		}
	}
	a.mu.Unlock()
	err := a.store.close()
	a.log.Info("agent has ended")
	return err
}

// rest starts or stops the time after which an agent with nothing to do ends.
// The caller holds mu.
func (a *Agent) rest() {
	busy := len(a.peers) > 0 || a.o.Linger < 0
	for _, h := range a.hosts {
		if busy {
			break
		}
		busy = h.active > 0
	}
	switch {
	case busy && a.linger != nil:
		a.linger.Stop()
		a.linger = nil
	case !busy && a.linger == nil:
		var timer *time.Timer
		timer = time.AfterFunc(a.o.Linger, func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			if a.linger == timer { // and nobody can come before it has stopped
				a.stop()
			}
		})
		a.linger = timer
	}
}

// ring wakes those who wait for an end or a line. The caller holds mu.
func (a *Agent) ring() {
	close(a.bell)
	a.bell = make(chan struct{})
}

// notice says something aloud: in the log, and to whoever asks for the status.
// The caller holds mu, or nobody else has the agent yet.
func (a *Agent) notice(text string) {
	a.log.Warn(text)
	for _, have := range a.notices {
		if have == text {
			return
		}
	}
	const most = 20
	if a.notices = append(a.notices, text); len(a.notices) > most {
		a.notices = a.notices[1:]
	}
}

// spoolPath is a file of a task's in the spool.
func (a *Agent) spoolPath(h *host, id int64, suffix string) string {
	return filepath.Join(a.at.Spool(), fmt.Sprintf("%d-%d%s", h.number, id, suffix))
}

// configuration is that of the session inside.
func (a *Agent) configuration(h *host) session.Configuration {
	c := session.DefaultConfiguration()
	c.TimeoutForRequest = h.record.Configuration.RequestTimeout
	c.TimeoutForResource = 0 // the time goes on between attempts: job.go has it
	c.AdditionalHeaders = h.header()
	c.UserAgent, c.Languages = h.record.Configuration.UserAgent, h.record.Configuration.Languages
	c.MaxConnectionsPerHost = h.record.Configuration.PerHost
	c.Connections = h.record.Configuration.Connections
	c.DisableHTTP2, c.OverlapCheck = h.record.Configuration.HTTP1, h.record.Configuration.OverlapCheck
	c.TemporaryDirectory, c.Files = a.at.Spool(), a.files
	if h.credentials == nil {
		h.credentials = c.Credentials
	}
	c.Credentials = h.credentials // also of a session that takes the place of another
	if a.o.Configure != nil {
		a.o.Configure(h.identifier, &c)
	}
	return c
}
