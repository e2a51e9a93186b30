package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"haul/transfer"
)

// redacted is u as it may be shown and logged.
func redacted(u *url.URL) string { return transfer.RedactURL(u) }

// failure is the error of a task whose load had this outcome, nil for success.
func (t *task) failure(out outcome) *Error {
	if out.err == nil {
		return nil
	}
	err := out.err
	// Whatever broke, if the task was ended it broke because of that.
	if cause := context.Cause(t.ctx); cause != nil {
		err = cause
	}
	e := mapError(err)
	if e.URL == "" {
		t.mu.Lock()
		if t.current != nil {
			e.URL = redacted(t.current.URL)
		}
		t.mu.Unlock()
	}
	if !t.cancelledByApp() {
		e.Resume = out.resume
	}
	return e
}

// mapError makes err, which is whatever a load can end with, an *Error with a
// code of the URL Loading System. The result is the caller's.
func mapError(err error) *Error {
	var known *Error
	var wire *transfer.Error
	var source *sourceError
	var ended *contextEnded
	var panicked *PanicError
	switch {
	case errors.As(err, &known):
		e := *known
		return &e
	case errors.As(err, &ended):
		return &Error{Code: Cancelled, Err: ended.cause}
	case errors.Is(err, errCancelled), errors.Is(err, errPaused):
		return &Error{Code: Cancelled}
	case errors.Is(err, errResource):
		return &Error{Code: TimedOut, Resource: true}
	case errors.As(err, &panicked):
		return &Error{Code: Unknown, Err: panicked}
	case errors.As(err, &source):
		return &Error{Code: RequestBodyStreamExhausted, Err: source.err}
	case errors.As(err, &wire) && wire.Phase == transfer.PhaseTLS:
		return &Error{Code: wireCode(wire), Err: explained(err)}
	case errors.As(err, &wire):
		return &Error{Code: wireCode(wire), Err: err}
	}
	return &Error{Code: Unknown, Err: err}
}

// wireCode is the code of a failed exchange.
func wireCode(e *transfer.Error) Code {
	switch {
	case errors.Is(e, transfer.ErrTimeout):
		return TimedOut
	case e.Phase == transfer.PhaseFile:
		return CannotWriteToFile
	case wantsProxyCredential(e):
		return UserAuthenticationRequired
	case noNetwork(e):
		return NotConnectedToInternet
	}
	switch e.Phase {
	case transfer.PhaseRequest:
		return BadURL
	case transfer.PhaseResolve:
		return resolveCode(e)
	case transfer.PhaseConnect:
		return CannotConnectToHost
	case transfer.PhaseTLS:
		return tlsCode(e)
	case transfer.PhaseSend, transfer.PhaseHead:
		// With TLS 1.3 a server complains about a client certificate when the
		// client has begun to talk already.
		if alert, ok := transfer.Alert(e); ok && alertCode(alert) != SecureConnectionFailed {
			return alertCode(alert)
		}
		if e.Phase == transfer.PhaseSend || lost(e) {
			return NetworkConnectionLost
		}
		return CannotParseResponse
	case transfer.PhaseBody:
		if lost(e) {
			return NetworkConnectionLost
		}
		return BadServerResponse
	case transfer.PhaseFile: // above
	}
	return Unknown
}

// wantsProxyCredential tells whether a proxy refused for want of a credential.
func wantsProxyCredential(err error) bool {
	var refused *transfer.ProxyError
	return errors.Is(err, transfer.ErrProxyCredential) ||
		errors.As(err, &refused) && refused.StatusCode == http.StatusProxyAuthRequired
}

// noNetwork tells whether the machine has no way out.
func noNetwork(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.ENETDOWN)
}

// lost tells whether a connection broke, as opposed to bringing nonsense.
func lost(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || isReset(err) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNABORTED) || errors.As(err, &op)
}

// resolveCode tells a name that does not exist from a resolver that fails.
func resolveCode(err error) Code {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns), dns.IsNotFound:
		return CannotFindHost
	case dns.IsTimeout:
		return TimedOut
	}
	return DNSLookupFailed
}

// tlsCode is the code of a failed handshake.
func tlsCode(err error) Code {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	alert, isAlert := transfer.Alert(err)
	switch {
	case errors.As(err, &unknown):
		c := unknown.Cert
		var verification *tls.CertificateVerificationError
		if errors.As(err, &verification) && len(verification.UnverifiedCertificates) > 0 {
			c = verification.UnverifiedCertificates[0] // the other may be any of the chain
		}
		if c != nil && c.Issuer.String() != c.Subject.String() {
			return ServerCertificateHasUnknownRoot
		}
		return ServerCertificateUntrusted // it signed itself
	case errors.As(err, &invalid):
		if invalid.Reason != x509.Expired {
			return ServerCertificateUntrusted
		}
		if c := invalid.Cert; c != nil && time.Now().Before(c.NotBefore) {
			return ServerCertificateNotYetValid
		}
		return ServerCertificateHasBadDate
	case errors.As(err, &name):
		return ServerCertificateUntrusted
	case isAlert:
		return alertCode(alert)
	}
	return SecureConnectionFailed
}

// alertCode reads the server's complaint (RFC 8446 section 6).
func alertCode(alert uint8) Code {
	const (
		badCertificate, unsupportedCertificate, certificateRevoked  = 42, 43, 44
		certificateExpired, certificateUnknown, certificateRequired = 45, 46, 116
		unknownCA                                                   = 48
	)
	switch alert {
	case certificateRequired:
		return ClientCertificateRequired
	case badCertificate, unsupportedCertificate, certificateRevoked, certificateExpired, certificateUnknown, unknownCA:
		return ClientCertificateRejected
	}
	return SecureConnectionFailed
}
