package session

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"

	"haul/session/internal/kerberos"
	"haul/transfer"
	"haul/transfer/partial"
)

// ErrInvalidated is returned for a task asked of a session that was
// invalidated.
var ErrInvalidated = errors.New("session was invalidated")

// Session makes tasks and runs them (guide step 2). Safe for use by several
// goroutines.
type Session struct {
	cfg         Configuration
	files       partial.FS
	directories *partial.Directories // which its partial files are made in
	buffers     transfer.Buffers
	trust       *trustBook
	// identities are the client certificates shown, by address.
	identities *identityBook
	spaces     *spaceBook
	slots      *slotBook
	tickets    *kerberos.Tickets // of Kerberos, for Negotiate
	// forData and forFiles are the default fields of requests, and silent is
	// nobody's delegate: they are not changed.
	forData, forFiles http.Header
	silent            *calls
	queue             Queue
	pacer             pacer
	own               *serialQueue // the queue, if it is the session's own

	drivers   drivers        // goroutines of tasks
	decisions sync.WaitGroup // goroutines in decision methods and housekeeping
	gone      chan struct{}  // closed when everything is
	shared    bool           // cannot be invalidated

	mu sync.Mutex
	// remote is the way to the agent of a background session, else nil.
	remote      *relay
	client      *transfer.Client
	separate    *transfer.Client   // whose connections serve one exchange at a time, nil until it is needed
	retired     []*transfer.Client // whose exchanges may still be under way
	errands     int                // housekeeping under way
	calls       *calls
	lastID      TaskID
	live        map[TaskID]*task // without those that had their last call
	invalidated bool             // takes no new tasks
	ending      bool             // the last task is gone
	broken      error
	tempDir     string
	description string
}

// New makes a session. d may be nil: then tasks are made with completion
// handlers (guide, system-provided delegates). A delegate that has a method of
// one of the delegate interfaces' names with another signature is an error,
// because it would never be called.
func New(cfg Configuration, d Delegate) (*Session, error) {
	c, err := resolve(d)
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Background() {
		return newBackground(cfg, c)
	}
	return newSession(cfg, c), nil
}

// NewShared makes a session for the parts of a program to share, in place of
// the one that Apple's system keeps: a package here has no state of its own, so
// the program makes it once and hands it round. It has the default
// configuration and no delegate, and cannot be invalidated: both calls do
// nothing. It lasts as long as the program.
func NewShared() *Session {
	s := newSession(DefaultConfiguration(), new(calls))
	s.shared = true
	return s
}

func newSession(cfg Configuration, c *calls) *Session {
	s := &Session{
		cfg: cfg.snapshot(), files: cfg.Files, queue: cfg.DelegateQueue, calls: c,
		tickets: kerberos.New(kerberos.Settings(cfg.Kerberos)),
		trust:   newTrustBook(), identities: newIdentityBook(), slots: newSlotBook(cfg.MaxConnectionsPerHost), live: make(map[TaskID]*task), gone: make(chan struct{}),
	}
	if s.files == nil {
		s.files = partial.OS{}
	}
	s.directories = partial.NewDirectories(s.files)
	if s.queue == nil {
		s.own = new(serialQueue)
		s.queue = s.own
	}
	s.spaces = newSpaceBook(func(p ProtectionSpace, c *Credential) bool {
		return c == nil || s.cfg.Credentials != nil && s.cfg.Credentials.has(p, c)
	})
	s.client = s.newClient(false)
	s.forData, s.forFiles, s.silent = defaults(&s.cfg, acceptEncoding), defaults(&s.cfg, "identity"), new(calls)
	return s
}

// newClient makes a client by the configuration, or a separate one, whose
// connections serve one exchange at a time.
func (s *Session) newClient(separate bool) *transfer.Client {
	http3 := s.cfg.HTTP3
	if separate {
		http3 = transfer.HTTP3Never
	}
	return transfer.NewClient(transfer.Config{
		Dial:              s.cfg.Dial,
		TLS:               &tls.Config{RootCAs: s.cfg.RootCAs, MinVersion: tls.VersionTLS12},
		ExtraRootCAs:      s.cfg.ExtraRootCAs,
		VerifyServer:      s.verifyServer,
		ClientCertificate: s.clientCertificate,
		Proxy:             s.cfg.Proxy,
		MaxConnsPerHost:   s.cfg.MaxConnectionsPerHost,
		DisableHTTP2:      separate || s.cfg.DisableHTTP2,
		HTTP1Within:       s.cfg.HTTP1Within,
		HTTP3:             http3,
	})
}

// Configuration returns a copy of the configuration.
func (s *Session) Configuration() Configuration { return s.cfg.snapshot() }

// Tasks lists the tasks that were resumed at least once and have not ended, in
// the order of their making.
func (s *Session) Tasks() []Task {
	var listed []Task
	for _, t := range s.all() {
		t.mu.Lock()
		if t.machine.listed() {
			listed = append(listed, t.self)
		}
		t.mu.Unlock()
	}
	return listed
}

// all returns the live tasks in the order of their making.
func (s *Session) all() []*task {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*task, 0, len(s.live))
	for _, t := range s.live {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *task) int { return int(a.id - b.id) })
	return all
}

// TasksByKind is Tasks with the kinds apart. An upload task is not listed as a
// data task as well.
func (s *Session) TasksByKind() (data []*DataTask, uploads []*UploadTask, downloads []*DownloadTask) {
	for _, t := range s.Tasks() {
		switch t := t.(type) {
		case *DataTask:
			data = append(data, t)
		case *UploadTask:
			uploads = append(uploads, t)
		case *DownloadTask:
			downloads = append(downloads, t)
		}
	}
	return data, uploads, downloads
}

// Description is free text for the app's own use.
func (s *Session) Description() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.description
}

// SetDescription changes it.
func (s *Session) SetDescription(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.description = text
}

// FinishTasksAndInvalidate lets running tasks end and takes no new ones; then
// the delegate gets DidBecomeInvalid and is let go (guide step 15). Returns at
// once. A task that was never resumed is cancelled.
func (s *Session) FinishTasksAndInvalidate() {
	s.invalidate(func(t *task) bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return !t.machine.resumed
	})
}

// InvalidateAndCancel cancels all tasks; when each has had its last call the
// delegate gets DidBecomeInvalid (guide step 15). Returns at once.
func (s *Session) InvalidateAndCancel() {
	s.invalidate(func(*task) bool { return true })
}

func (s *Session) invalidate(cancels func(*task) bool) {
	if s.shared {
		return
	}
	s.mu.Lock()
	s.invalidated = true
	s.mu.Unlock()
	s.endIfIdle()
	for _, t := range s.all() {
		if cancels(t) {
			t.Cancel()
		}
	}
}

// Wait returns when the session has become invalid and everything it owned
// (goroutines, connections, files) is gone; a delegate method that does not
// return keeps it waiting. It must not be called from a delegate call.
func (s *Session) Wait() {
	<-s.gone
	if s.own != nil {
		s.own.wait()
	}
}

// table is the session's delegate.
func (s *Session) table() *calls {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// lookup returns the live task with an identifier, or nil.
func (s *Session) lookup(id TaskID) *task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[id]
}

// adopt gives a task its identifier and announces it.
func (s *Session) adopt(t *task, self Task) error { return s.adoptAs(t, self, 0) }

// adoptAs is adopt for a task that has its identifier from elsewhere; 0 stands
// for the next one. Whoever invalidates the session meanwhile finds the task,
// and cancels it when it has been announced.
func (s *Session) adoptAs(t *task, self Task, id TaskID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.mu.Lock()
	if s.invalidated {
		s.mu.Unlock()
		return ErrInvalidated
	}
	s.lastID = max(s.lastID+1, id)
	if id == 0 {
		id = s.lastID
	}
	t.id = id
	t.self, t.calls = self, s.calls
	s.live[t.id] = t
	s.mu.Unlock()
	t.didCreate()
	return nil
}

// forget lets go of a task that had its last call. The agent's side hears of
// it first: what the session is told for its last task comes before its end.
func (s *Session) forget(t *task) {
	if s.remote != nil {
		s.remote.gone(t)
	}
	s.mu.Lock()
	delete(s.live, t.id)
	s.mu.Unlock()
	s.endIfIdle()
}

// breakDown notes a panic that no task can be failed for any more.
func (s *Session) breakDown(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = err
	}
}

// endIfIdle sends the last call of an invalidated session when its last task
// is gone, then takes it apart.
func (s *Session) endIfIdle() {
	s.mu.Lock()
	now := s.invalidated && !s.ending && len(s.live) == 0 && s.errands == 0
	s.ending = s.ending || now
	s.mu.Unlock()
	if !now {
		return
	}
	told := make(chan struct{})
	s.queue.Submit(func() {
		defer close(told)
		s.mu.Lock()
		c, broken := s.calls, s.broken
		s.mu.Unlock()
		if c.didBecomeInvalid != nil {
			defer func() {
				// There is nobody left to be told of a panic.
				_ = recover()
			}()
			c.didBecomeInvalid(s, broken)
		}
	})
	go s.takeApart(told)
}

// takeApart is the last goroutine of a session; Wait waits for it.
func (s *Session) takeApart(told <-chan struct{}) {
	defer close(s.gone)
	<-told
	s.mu.Lock()
	s.calls = s.silent // the delegate is let go
	dir := s.tempDir
	clients := append(s.retired, s.client)
	if s.separate != nil {
		clients = append(clients, s.separate)
	}
	s.mu.Unlock()
	if s.remote != nil {
		s.remote.close()
	}
	s.drivers.wait()
	s.decisions.Wait()
	for _, c := range clients {
		c.Close()
	}
	if dir != "" {
		// What is left in it are bodies that nobody took.
		_ = os.RemoveAll(dir)
	}
}
