package session

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"haul/session/cache"
	"haul/session/cookies"
	"haul/session/hsts"
	"haul/transfer"
	"haul/transfer/partial"
)

// Configuration says how a session behaves. [New] copies it; a change after
// that has no effect. Make one with [DefaultConfiguration],
// [EphemeralConfiguration] or [BackgroundConfiguration] and change fields
// (guide step 1).
type Configuration struct {
	// Identifier names a background session, for the app to find it again
	// after its own end. Only background sessions have one.
	Identifier string
	// TimeoutForRequest is the longest time in which nothing moves, 60 s by
	// default. 0: no limit.
	TimeoutForRequest time.Duration
	// TimeoutForResource is the longest time for the whole task, redirects,
	// retries and waiting included, 7 days by default. 0: no limit.
	TimeoutForResource time.Duration
	// WaitsForConnectivity makes a task whose first connection cannot be made
	// wait for one, within TimeoutForResource, instead of failing; a
	// connection lost later is an error as ever. The task tries again after a
	// while, or at once when Reachability, if it is not nil, reports a change.
	WaitsForConnectivity bool
	Reachability         Reachability
	// AdditionalHeaders go on every request that does not have the field.
	AdditionalHeaders http.Header
	// UserAgent is the User-Agent of requests that have none. "": haul's.
	UserAgent string
	// Languages go into the Accept-Language of requests that have none, the
	// most wanted first, in the form of RFC 5646; by default those of
	// [SystemLanguages]. nil: none is sent.
	Languages []string
	// Protocols are asked in order, before http and https, for who loads a
	// request.
	Protocols []Protocol
	// MaxConnectionsPerHost bounds HTTP/1.1 connections to one host, 6 by
	// default. 0: no bound.
	MaxConnectionsPerHost int
	// Connections is how many connections one download may use: 1 by default,
	// [Auto] for as many as pay. More than one are used only where the response
	// lets the download be continued and has a length, within
	// MaxConnectionsPerHost, and while no other task waits for a connection
	// there. A task can have its own, see [DownloadTask.SetConnections]. The
	// delegate sees one download in any case.
	Connections int
	// LinkedMirrors lets a response name mirrors of its file (Link with
	// rel=duplicate, RFC 6249) for downloads that the app names none for. They
	// count only where the response has a digest of the whole file too, and
	// are used like those of [DownloadTask.SetMirrors]. It is not the default:
	// a server then decides which other hosts are asked.
	LinkedMirrors bool
	// RootCAs are the roots of server trust. nil: the system's.
	RootCAs *x509.CertPool
	// ExtraRootCAs are roots besides those; nil for none. A server that one of
	// them vouches for needs no other, so that the system's roots, which take
	// time to read, are read when they are asked for.
	ExtraRootCAs *x509.CertPool
	// Identities are client certificates that challenges propose to the
	// delegate, see [Challenge.Candidates]. They stay in this process: also a
	// background session sends the agent only the one that was chosen.
	Identities []*tls.Certificate
	// Credentials is the storage that challenges are answered from and
	// accepted credentials are kept in, in memory by default; for permanent
	// ones see [NewPermanentCredentialStorage]. nil: none is kept.
	Credentials *CredentialStorage
	// PinnedCertificate is the SHA-256 that the own certificate of the server at
	// addr, a host:port, must have; ok is false where there is none. One that has another is
	// refused without a question, also if it can be verified. One that has it and
	// cannot be verified is asked about as ever. nil: there are none. It is called
	// on several goroutines at once, and not about proxies.
	PinnedCertificate func(addr string) (sum [sha256.Size]byte, ok bool)
	// StrictTransport remembers the hosts that want to be reached over verified TLS
	// only (RFC 6797, HSTS): http URLs of theirs, of tasks, redirects and mirrors,
	// are loaded as https, and a server that the default evaluation does not trust
	// is marked as theirs, see [ServerTrust]. Hosts say so in responses of servers
	// that were verified, and not merely accepted. [Session.Reset] leaves it as it
	// is. nil: it is not looked at.
	StrictTransport *hsts.Store
	// Kerberos says where the tickets for Negotiate come from.
	Kerberos Kerberos
	// Cookies keeps cookies. nil: none are kept or sent. cookies.Load and
	// its Save bring them from one run to the next.
	Cookies *cookies.Jar
	// CookieAcceptPolicy says which cookies are kept, those of the main
	// document's domain by default, see [WithMainDocument]. A response shows
	// its Set-Cookie fields in any case.
	CookieAcceptPolicy cookies.AcceptPolicy
	// ShouldSetCookies puts the cookies of the storage on requests that have
	// no Cookie field of their own. It is true by default.
	ShouldSetCookies bool
	// Cache keeps responses to data tasks. nil: none is kept. Sessions that
	// are given one cache share it.
	Cache *cache.Cache
	// CachePolicy is how far requests let the cache answer.
	CachePolicy cache.Policy
	// Dial makes connections. nil: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Proxy picks the proxy of a request: of scheme http, https, socks5 or
	// socks5h. User information in its URL is what is proposed when an HTTP proxy
	// asks for a credential, and what a SOCKS proxy is told. nil: none.
	Proxy func(*http.Request) (*url.URL, error)
	// DisableHTTP2 keeps to HTTP/1.1.
	DisableHTTP2 bool
	// HTTP1Within speaks HTTP/2 only with servers that are farther away than this,
	// measured as the round trip of TCP, or refuse HTTP/1.1; with math.MaxInt64 only
	// with those that refuse. HTTP/1.1 costs less, but many small files from afar
	// are better off sharing a connection. Servers behind a proxy are far. 0: HTTP/2
	// wherever it is spoken.
	HTTP1Within time.Duration
	// HTTP3 says for which https URLs HTTP/3 is tried before TCP, none by
	// default; not through a proxy, and not with a Dial of the app's own. What a
	// server says of itself (Alt-Svc) is remembered as long as the session.
	HTTP3 transfer.HTTP3
	// Limiter bounds the rate of all bodies, sent and stored, together. nil: none.
	Limiter transfer.Limiter
	// TemporaryDirectory is where bodies of downloads are kept whose task
	// names no partial file. "": a directory of the session's own, removed
	// when the session becomes invalid.
	TemporaryDirectory string
	// OverlapCheck lets a download be continued also where the server gives
	// nothing to tell one version of a file from another (no strong entity tag,
	// no usable date), or gives one file several names: the last 64 KiB at hand
	// are fetched again and compared. It is not the default, because a file
	// that changed only before them passes.
	OverlapCheck bool
	// Files is the file system of partial files. nil: the machine's.
	Files partial.FS
	// Checkpoint bounds what a crash can lose of a download.
	Checkpoint partial.CheckpointPolicy
	// DelegateQueue runs facts and completion handlers. nil: a private
	// serial queue. A queue of one's own is not serialised by the session.
	DelegateQueue Queue

	// What follows is for background sessions.

	// Shared lets several sessions, of one program or of many, have the
	// identifier at once, as two terminals that look at the same transfers
	// do: each is told everything and may act and answer; of two answers to
	// a question the first one counts. DidFinishDownloading is called in
	// each of them; a file that has no place of its own is there for the one
	// that takes it first. Without it a second session fails
	// with [BackgroundSessionInUseByAnotherProcess] as long as the first one
	// lives.
	Shared bool
	// SendsLaunchEvents lets the agent call the program named in its own
	// options when a task has ended or asks something and no session is
	// there. It is true by default.
	SendsLaunchEvents bool
	// Discretionary lets the tasks of a background session begin only when no
	// other task in the agent waits for a place. Nothing else delays a task.
	Discretionary bool
	// Agent says where the agent is and how it is started.
	Agent Agent

	background bool // also where the identifier is missing
}

// Auto is the number of connections of a download whose task finds out how many
// pay: it begins with one, looks at what the response allows and at the
// throughput, and adds connections while each of them brings more.
const Auto = -1

// Kerberos are the paths of what Negotiate needs. An empty one is what the
// environment says, else the usual place.
type Kerberos struct {
	Config string // krb5.conf; else KRB5_CONFIG, /etc/krb5.conf
	Cache  string // of tickets; else KRB5CCNAME, /tmp/krb5cc_UID
	Keytab string // of the user; else KRB5_CLIENT_KTNAME, none
}

// DefaultConfiguration keeps cookies and credentials in memory for as long as
// it lives itself: sessions made with one configuration share them. For storage
// that outlives the process give it a jar made by [cookies.Load] and a storage
// made by [NewPermanentCredentialStorage]. It has no
// cache: one on disk is for all sessions of a program to share, and belongs to
// the program, because a package here has no state of its own. The program
// makes it once, with [cache.New], and gives it to each configuration.
func DefaultConfiguration() Configuration {
	c := EphemeralConfiguration()
	c.Cache = nil
	return c
}

// ephemeralCacheBytes is the budget of the cache of an ephemeral configuration.
// A twentieth of it is the most for one response.
const ephemeralCacheBytes = 16 << 20

// EphemeralConfiguration is a configuration with stores of its own, its cache
// in memory, and nothing written to disk but the bodies of downloads.
func EphemeralConfiguration() Configuration {
	// New fails only on options that are not given here.
	memory, _ := cache.New(cache.Options{MemoryBytes: ephemeralCacheBytes})
	return Configuration{
		TimeoutForRequest:     60 * time.Second,
		TimeoutForResource:    7 * 24 * time.Hour,
		MaxConnectionsPerHost: 6,
		Connections:           1,
		Languages:             SystemLanguages(os.Getenv),
		Credentials:           NewCredentialStorage(),
		StrictTransport:       hsts.New(),
		Cookies:               cookies.New(),
		CookieAcceptPolicy:    cookies.OnlyFromMainDocumentDomain,
		ShouldSetCookies:      true,
		Cache:                 memory,
	}
}

// BackgroundConfiguration is a configuration for a session whose tasks go on
// when the process ends. identifier is the app's own, to be kept by it: a
// session is found again by making one with the same identifier. Of the fields
// of the result the agent is told the timeouts, AdditionalHeaders, UserAgent,
// Languages, MaxConnectionsPerHost, DisableHTTP2 and OverlapCheck; what else a
// session needs (proxies, roots of trust, rate limits) the agent's own
// configuration says. There is no cache, and the cookies of a session last as
// long as the agent.
func BackgroundConfiguration(identifier string) Configuration {
	c := DefaultConfiguration()
	c.Identifier, c.background, c.SendsLaunchEvents = identifier, true, true
	return c
}

// Agent says where the agent is, the process that has the tasks of background
// sessions. The zero value is the agent of this user.
type Agent struct {
	// Command starts the agent in the foreground. nil: this program with the
	// arguments "agent run". It is started when nobody answers, detached from
	// the terminal, and ends by itself.
	Command []string
	// RuntimeDirectory has the socket. "": haul in $XDG_RUNTIME_DIR, or
	// StateDirectory's run where there is none.
	RuntimeDirectory string
	// StateDirectory has the database, the log and files on their way. "":
	// haul in $XDG_STATE_HOME.
	StateDirectory string
	// Dial makes a connection to the agent in another way, and then nothing is
	// started. nil: by the socket.
	Dial func(ctx context.Context) (net.Conn, error)
}

// ErrIdentifier says that the identifier of a background configuration is
// missing, longer than 255 bytes, or not text.
var ErrIdentifier = errors.New("session: a background configuration needs an identifier")

// Background tells whether this is the configuration of a background session.
func (c Configuration) Background() bool { return c.background || c.Identifier != "" }

// Validate tells what is wrong with a configuration, nil if nothing is. New
// calls it.
func (c Configuration) Validate() error {
	if err := checkHeader(c.AdditionalHeaders.Clone()); err != nil {
		return err
	}
	if !validFieldValue(c.UserAgent) || !validFieldValue(acceptLanguage(c.Languages)) {
		return errors.New("session: the user agent or a language has control characters")
	}
	if c.TimeoutForRequest < 0 || c.TimeoutForResource < 0 || c.MaxConnectionsPerHost < 0 {
		return errors.New("session: a timeout or the number of connections is below zero")
	}
	if c.Connections < Auto {
		return errors.New("session: the number of connections of a download is none")
	}
	if c.CachePolicy < cache.UseProtocol || c.CachePolicy > cache.Revalidate {
		return errors.New("session: the cache policy is none of those that there are")
	}
	if !c.Background() {
		return nil
	}
	if c.Identifier == "" || len(c.Identifier) > maxIdentifier || !utf8.ValidString(c.Identifier) ||
		strings.ContainsFunc(c.Identifier, unicode.IsControl) {
		return ErrIdentifier
	}
	if len(c.Protocols) > 0 {
		return errors.New("session: a background session has no protocols of the app")
	}
	return nil
}

// maxIdentifier bounds the identifier of a background session in bytes.
const maxIdentifier = 255

// snapshot copies the configuration, so that a change of the original does not
// reach the session. Stores, pools, limiters and queues stay shared.
func (c Configuration) snapshot() Configuration {
	c.AdditionalHeaders = c.AdditionalHeaders.Clone()
	c.Languages = slices.Clone(c.Languages)
	c.Identities = slices.Clone(c.Identities)
	c.Protocols = slices.Clone(c.Protocols)
	return c
}

type requestTimeoutKey struct{}

// WithTimeout returns a copy of r whose task uses d instead of
// [Configuration.TimeoutForRequest], on every hop of a redirect too. 0: no
// limit.
func WithTimeout(r *http.Request, d time.Duration) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestTimeoutKey{}, d))
}

// requestTimeout is the idle limit of r.
func (c Configuration) requestTimeout(r *http.Request) time.Duration {
	if d, ok := r.Context().Value(requestTimeoutKey{}).(time.Duration); ok {
		return d
	}
	return c.TimeoutForRequest
}

type cachePolicyKey struct{}

// WithCachePolicy returns a copy of r whose task uses p instead of
// [Configuration.CachePolicy], on every hop of a redirect too.
// [cache.ReturnDontLoad] is kept by every task: one that a cache cannot answer
// fails with [ResourceUnavailable].
func WithCachePolicy(r *http.Request, p cache.Policy) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), cachePolicyKey{}, p))
}

// cachePolicy is how far r lets the cache answer.
func (c Configuration) cachePolicy(r *http.Request) cache.Policy {
	if p, ok := r.Context().Value(cachePolicyKey{}).(cache.Policy); ok {
		return p
	}
	return c.CachePolicy
}
