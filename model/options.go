package model

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"net/http"
	"time"

	"haul/session"
	"haul/session/reachability"
)

// Redirect says when the user is asked about a redirect.
type Redirect string

// The redirect policies.
const (
	RedirectAskCrossHost Redirect = "ask-cross-host" // ask when the origin's host changes or TLS is left
	RedirectFollow       Redirect = "follow"
	RedirectAsk          Redirect = "ask"
	RedirectNever        Redirect = "never"
)

// Options say how the model works. Zero values mean the defaults named.
type Options struct {
	// Running and PerHost bound the rows that run at once, in all (8) and to
	// one host (6). A row that waits for an answer does not count.
	Running, PerHost int
	// Grow lets these bounds grow while files are small, or while a host of http
	// URLs has not answered yet: to 16 from a host that serves each over a
	// connection of its own, to 48 from one whose rows share one.
	Grow bool
	// RateLimit bounds all transfers together, HostRateLimits those with each
	// one host: by its name, or *.domain for each host below a domain. Bytes
	// per second, 0 for none. Both can be changed later.
	RateLimit      int64
	HostRateLimits map[string]int64
	// Connections is how many connections a file of the host at addr, a
	// host:port or a name, may use, 0 for as many as the session has by
	// default. nil: 0.
	Connections func(addr string) int
	// Retries is how often a failed transfer is tried again by itself; 5 by
	// default, negative for never.
	Retries int
	// Backoff is the first wait before a retry; it doubles. 1 s by default.
	Backoff time.Duration
	// Reachability says when the network of the machine changes, so that a
	// transfer that failed for it is tried again then, and not before while
	// there is none. nil: retries go by the clock alone. It is the caller's
	// to close, after the model's context has ended.
	Reachability reachability.Path
	// Redirect is RedirectAskCrossHost by default.
	Redirect Redirect
	// Interactive tells that somebody is there to answer. Without it every
	// question is answered by default handling and noted in Summary.
	Interactive bool
	// Credential answers the first challenge of each row's own origin. It is
	// sent nowhere else.
	Credential *session.Credential
	// Token, as a password without a user, answers the first challenge of
	// MethodBearer of each row's own origin. It is sent nowhere else.
	Token *session.Credential
	// Identities are the client certificates for the rows' own origins,
	// HostIdentity is that for the host at addr, "host:port"; none if its
	// Certificate is "". One of these is shown without a question if it is the
	// only one that the server takes. OfferedIdentities are only offered when
	// somebody is asked. OpenIdentity reads one, with the password of its file or
	// ""; its error says in words for people what is wrong with it, and is
	// ErrIdentityLocked where the password is missing: then what can be read
	// without it may come back without a key. Both functions are called on several
	// goroutines at once. Without OpenIdentity there are none.
	Identities        []IdentityFile
	OfferedIdentities []IdentityFile
	HostIdentity      func(addr string) IdentityFile
	OpenIdentity      func(file IdentityFile, password string) (*tls.Certificate, error)
	// User is the user name that is wanted at each row's own origin, if
	// Credential is nil, and HostUser the one at a host, which is given as
	// "host:port"; "" and nil: any. Sources are asked for that user, and the
	// question begins with it. HostUser is called on several goroutines at once.
	User     string
	HostUser func(addr string) string
	// Sources are asked for passwords in this order, after what the URL and
	// Credential say and before what the session's storage proposes.
	Sources []CredentialSource
	// Keeper says in words where a credential would be kept for good, "" if it
	// could not be. It may take seconds. nil: nothing is kept for good.
	Keeper func(context.Context) string
	// Insecure accepts every server. Each row says so.
	Insecure bool
	// TrustSHA256 are fingerprints of server certificates to accept.
	TrustSHA256 [][sha256.Size]byte
	// TrustHost is a fingerprint to accept of one host alone, which is given
	// as "host:port"; ok is false where there is none. nil: there are none.
	// It is called on several goroutines at once.
	TrustHost func(addr string) (sum [sha256.Size]byte, ok bool)
	// Trusted has the server certificates that the user accepted for good. nil:
	// they last until the program ends.
	Trusted TrustStore
	// KeepErrorBody stores the body of a refusal beside the destination.
	KeepErrorBody bool
	// Overwrite replaces an existing destination.
	Overwrite bool
	// Handover hands a transfer to the agent, where it goes on when this
	// program has ended; see [Model.Detach]. It may wait. nil: there is no
	// agent.
	Handover func(ctx context.Context, what Handover) error
	// Attached tells that the session is a shared background session, whose
	// delegate is an [Attached]. It goes with neither Journal nor Retries.
	Attached bool
	// Journal keeps rows for the next run. nil: none is kept.
	Journal *Journal
	// Brief tells that nobody asks for a [Detail]: rows keep no timeline, segments
	// and measurements, and of one that is done only what its [Row] tells is left.
	Brief bool
	// FrameInterval is the shortest time between frames that show progress
	// and nothing else, 33 ms by default. What changes a state, asks or ends
	// is shown within 33 ms in any case.
	FrameInterval time.Duration
}

// TrustStore keeps accepted server certificates by "host:port", those of proxies by "proxy/host:port", one for each. It
// is called on several goroutines at once.
type TrustStore interface {
	Get(addr string) (sum [sha256.Size]byte, ok bool, err error)
	Put(addr string, sum [sha256.Size]byte) error
}

// Spec is a transfer that is asked for.
type Spec struct {
	URL string
	// Dir is the directory of the destination, Name its file name; Name ""
	// takes what the response suggests.
	Dir, Name string
	Header    http.Header
	// Mirrors are further URLs of the same file, the preferred ones first, and
	// Proof what is known of its bytes. For downloads only. The next run knows
	// the mirrors and not the proof.
	Mirrors []string
	Proof   session.Proof
	// Checksum is "ALGO:HEX" or "".
	Checksum string
	// Limit bounds the row's rate in bytes per second, 0 for none.
	Limit int64
	// Connections is how many connections a download has, session.Auto for
	// as many as pay; 0 is what the options say. It is not kept for the next
	// run.
	Connections int
	// Paused adds the row without starting it.
	Paused bool
	// Priority says how urgent it is.
	Priority Priority
	// Beside takes a download in even if it is in the list already: its file
	// gets another name then.
	Beside bool
	// Hint is a sentence for a newcomer about what to try with the row. It is
	// shown beside the row and not kept for the next run.
	Hint string
	// Data fetches what the URL has into memory, to be looked at, MostData bytes
	// of it at the most. It has no file and is not kept for the next run.
	Data bool
	// Upload is the path of the file to send; "" for a download. Method is
	// the upload's method, PUT by default.
	Upload, Method string
}

// Problem is a Spec that cannot be taken, and why.
type Problem struct {
	Index int // in the slice given to Add
	URL   string
	Err   error
}
