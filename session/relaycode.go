package session

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"syscall"
	"time"

	"haul/session/internal/wire"
	"haul/transfer/partial"
)

// decodeChallenge is the challenge that a question of the agent asks about.
func decodeChallenge(q *wire.Question, current *http.Request) (*Challenge, error) {
	if q.Space == nil {
		return nil, errors.New("a challenge without a space")
	}
	ch := &Challenge{
		Space: ProtectionSpace{
			Protocol: q.Space.Protocol, Host: q.Space.Host, Port: q.Space.Port, Realm: q.Space.Realm,
			Method: Method(q.Space.Method), Proxy: q.Space.Proxy,
		},
		Detail: q.Detail, PreviousFailureCount: q.Failures, FailureResponse: q.Response.HTTP(current),
	}
	if q.Problem != "" {
		ch.Err = &farError{text: q.Problem}
	}
	if ch.Space.Method == MethodClientCertificate {
		ch.DistinguishedNames = q.Issuers
	}
	if q.Trust == nil {
		if ch.Space.Method == MethodServerTrust {
			return nil, errors.New("no server to be trusted")
		}
		return ch, nil
	}
	trust := &ServerTrust{
		Host: q.Trust.Host, Addr: q.Trust.Address, Proxy: q.Trust.Proxy, Strict: q.Trust.Strict, Err: errors.New(q.Trust.Error),
		State: tls.ConnectionState{Version: q.Trust.Version, CipherSuite: q.Trust.Suite, ServerName: q.Trust.Host},
	}
	for _, der := range q.Trust.Chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		trust.State.PeerCertificates = append(trust.State.PeerCertificates, c)
	}
	if len(trust.State.PeerCertificates) == 0 {
		return nil, errors.New("no certificate")
	}
	ch.Trust = trust
	return ch, nil
}

// encodeIdentity is a client certificate as it goes to the agent: with its key,
// which has to be one that can be written down.
func encodeIdentity(cert *tls.Certificate) (*wire.Identity, error) {
	if err := CheckIdentity(cert, time.Now()); err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return nil, errors.New("its key cannot be given to the agent")
	}
	return &wire.Identity{Chain: cert.Certificate, Key: key}, nil
}

// fingerprint is the SHA-256 of a server's certificate in hexadecimal.
func fingerprint(t *ServerTrust) string {
	sum := t.SHA256()
	return hex.EncodeToString(sum[:])
}

// decodeError is the error of a task that the agent had.
func decodeError(w *wire.Error) *Error {
	e := &Error{Code: Code(w.Code), URL: w.URL, Resource: w.Resource, CancelledBy: CancelReason(w.CancelledBy)}
	if w.Text != "" || len(w.Causes) > 0 {
		cause := &farError{text: w.Text}
		for _, name := range w.Causes {
			if err := causeNamed(name); err != nil {
				cause.causes = append(cause.causes, err)
			}
		}
		e.Err = cause
	}
	return e
}

// farError is the cause of a failure in the agent: its words, and what
// errors.Is finds in it.
type farError struct {
	text   string
	causes []error
}

func (e *farError) Error() string   { return e.text }
func (e *farError) Unwrap() []error { return e.causes }

func causeNamed(name string) error {
	switch name {
	case wire.CauseExists:
		return fs.ErrExist
	case wire.CauseNotExists:
		return fs.ErrNotExist
	case wire.CauseForbidden:
		return fs.ErrPermission
	case wire.CauseNoSpace:
		return syscall.ENOSPC
	case wire.CauseSpent:
		return partial.ErrSpent
	case wire.CauseLocked:
		return partial.ErrLocked
	case wire.CauseOtherFile:
		return ErrOtherFile
	case wire.CauseDigest:
		return ErrDigest
	}
	return nil
}
