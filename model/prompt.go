package model

import (
	"net/http"
	"time"

	"haul/session"
)

// PromptID identifies a question.
type PromptID int64

// PromptKind is what is asked.
type PromptKind int

// The kinds.
const (
	AskPassword PromptKind = iota
	AskTrust
	AskRedirect
	AskIdentity
)

// PromptView is a question that waits, as plain data.
type PromptView struct {
	ID    PromptID
	Kind  PromptKind
	Since time.Time
	Rows  []RowID // that wait for this answer
	Names []string

	// Password and trust.
	Space    session.ProtectionSpace
	Detail   string // variant of the method, "SHA-256"
	Failures int    // how often a credential was refused
	User     string // the user name tried last
	// Reason says why what was tried before is no good, "" if no more is known
	// than that it was refused. It may quote others.
	Reason string
	// Keeper says where a password would be kept for good, "" if it cannot be.
	Keeper string
	// Trust is what the server showed of itself. For a password it is nil
	// without TLS, and its Err is nil if the server was verified.
	Trust *session.ServerTrust
	// SeenKey: this key was accepted before, at any address. ChangedKey:
	// another key was accepted at this address since the program started.
	SeenKey, ChangedKey bool
	// CanKeep: the key can be accepted for good. ChangedForGood: another one was.
	CanKeep, ChangedForGood bool

	// Identity is the client certificate tried last, Issuers the names of those
	// who may have signed it, in the server's words; none means anybody.
	// Candidates are those at hand that may have been signed so; Unfit counts the
	// others.
	Identity   IdentityFile
	Issuers    []string
	Candidates []Candidate
	Unfit      int

	// Redirect.
	Status             int
	Step, MaxSteps     int
	FromMethod, From   string // redacted URLs
	ToMethod, To       string
	LeavesTLS          bool
	OtherHost          bool
	Stripped           []string // header fields that are not sent there
	BodySentAgain      int64    // bytes of the body that go again, -1 none
	RedirectCandidates http.Header
}

// Answer is what the user decided. Only the fields of its kind count.
type Answer struct {
	// Later leaves the question where it is.
	// Password: User and Password, or a token as Password alone, and Keep for
	// how long; or Skip: go on without.
	User, Password string
	Keep           session.Persistence
	Skip           bool
	// Identity is the client certificate to show, with Password if its file is
	// locked; or Skip.
	Identity IdentityFile
	// Trust accepts the server's key until the program ends, ForGood also in
	// later runs.
	Trust, ForGood bool
	// Follow follows the redirect; Always for all later ones to that host;
	// URL goes elsewhere instead. Refuse takes the redirect's body.
	Follow, Always, Refuse bool
	URL                    string
	// CancelRows cancels the rows that wait.
	CancelRows bool
}
