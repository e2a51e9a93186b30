package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"haul/transfer"
	"haul/transfer/partial"
)

func TestErrorCodes(t *testing.T) {
	wire := func(p transfer.Phase, err error) error { return &transfer.Error{Phase: p, Err: err} }
	verify := func(err error) error { return wire(transfer.PhaseTLS, &tls.CertificateVerificationError{Err: err}) }
	cert := func(subject, issuer string, from time.Duration) *x509.Certificate {
		return &x509.Certificate{
			Subject: pkix.Name{CommonName: subject}, Issuer: pkix.Name{CommonName: issuer},
			NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(from + time.Hour),
		}
	}
	op := func(call string, err error) error {
		return &net.OpError{Op: call, Err: os.NewSyscallError(call, err)}
	}
	tests := []struct {
		err  error
		want Code
	}{
		{errCancelled, Cancelled},
		{errPaused, Cancelled},
		{errResource, TimedOut},
		{&PanicError{Method: "DidComplete"}, Unknown},
		{errors.New("whatever"), Unknown},
		{&Error{Code: HTTPTooManyRedirects}, HTTPTooManyRedirects},
		{wire(transfer.PhaseRequest, errors.New("bad")), BadURL},
		{wire(transfer.PhaseResolve, &net.DNSError{IsNotFound: true}), CannotFindHost},
		{wire(transfer.PhaseResolve, &net.DNSError{Err: "SERVFAIL"}), DNSLookupFailed},
		{wire(transfer.PhaseResolve, &net.DNSError{IsTimeout: true}), TimedOut},
		{wire(transfer.PhaseConnect, op("connect", syscall.ECONNREFUSED)), CannotConnectToHost},
		{wire(transfer.PhaseConnect, op("connect", syscall.EHOSTUNREACH)), CannotConnectToHost},
		{wire(transfer.PhaseConnect, op("connect", syscall.ENETUNREACH)), NotConnectedToInternet},
		{wire(transfer.PhaseConnect, transfer.ErrTimeout), TimedOut},
		{wire(transfer.PhaseHead, transfer.ErrTimeout), TimedOut},
		{wire(transfer.PhaseBody, fmt.Errorf("idle: %w", transfer.ErrTimeout)), TimedOut},
		{wire(transfer.PhaseHead, io.ErrUnexpectedEOF), NetworkConnectionLost},
		{wire(transfer.PhaseHead, op("read", syscall.ECONNRESET)), NetworkConnectionLost},
		{wire(transfer.PhaseHead, errors.New("malformed HTTP response")), CannotParseResponse},
		{wire(transfer.PhaseSend, op("write", syscall.EPIPE)), NetworkConnectionLost},
		{wire(transfer.PhaseSend, &sourceError{io.ErrClosedPipe}), RequestBodyStreamExhausted},
		{wire(transfer.PhaseBody, io.ErrUnexpectedEOF), NetworkConnectionLost},
		{wire(transfer.PhaseBody, errors.New("malformed chunked encoding")), BadServerResponse},
		{wire(transfer.PhaseBody, &Error{Code: CannotDecodeRawData}), CannotDecodeRawData},
		{wire(transfer.PhaseFile, &fs.PathError{Op: "write", Err: syscall.ENOSPC}), CannotWriteToFile},
		{verify(x509.UnknownAuthorityError{Cert: cert("a", "a", 0)}), ServerCertificateUntrusted},
		{verify(x509.UnknownAuthorityError{Cert: cert("a", "root", 0)}), ServerCertificateHasUnknownRoot},
		{verify(x509.CertificateInvalidError{Reason: x509.Expired, Cert: cert("a", "b", -2*time.Hour)}), ServerCertificateHasBadDate},
		{verify(x509.CertificateInvalidError{Reason: x509.Expired, Cert: cert("a", "b", time.Hour)}), ServerCertificateNotYetValid},
		{verify(x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}), ServerCertificateUntrusted},
		{verify(x509.HostnameError{Host: "h", Certificate: cert("a", "b", 0)}), ServerCertificateUntrusted},
		{wire(transfer.PhaseTLS, tls.AlertError(116)), ClientCertificateRequired},
		{wire(transfer.PhaseTLS, tls.AlertError(42)), ClientCertificateRejected},
		{wire(transfer.PhaseTLS, tls.AlertError(40)), SecureConnectionFailed},
		{wire(transfer.PhaseTLS, io.ErrUnexpectedEOF), SecureConnectionFailed},
	}
	for _, tt := range tests {
		if got := mapError(tt.err); got.Code != tt.want {
			t.Errorf("%v: got %v, want %v", tt.err, got.Code, tt.want)
		}
	}
	if !mapError(errResource).Resource || mapError(transfer.ErrTimeout).Resource {
		t.Error("the two timeouts cannot be told apart")
	}
}

func TestEveryCodeHasANameAndAText(t *testing.T) {
	for c := Code(-4000); c < 0; c++ {
		d, ok := describe(c)
		if ok && (d.name == "" || d.text == "") {
			t.Errorf("%d: %+v", int(c), d)
		}
		if !ok && c.String() != fmt.Sprintf("Code(%d)", int(c)) {
			t.Errorf("%d: %s", int(c), c)
		}
	}
	if Cancelled.String() != "Cancelled" || CannotMoveFile.String() != "CannotMoveFile" {
		t.Error("wrong names")
	}
}

func TestErrorMatchesItsCodeAndItsCause(t *testing.T) {
	e := &Error{Code: CannotOpenFile, URL: "http://h/", Err: partial.ErrSpent}
	wrapped := fmt.Errorf("row 3: %w", e)
	if !errors.Is(wrapped, CannotOpenFile) || !errors.Is(wrapped, partial.ErrSpent) || errors.Is(wrapped, Cancelled) {
		t.Error("errors.Is is wrong")
	}
	if _, ok := ResumeDataFrom(wrapped); ok {
		t.Error("resume data from nowhere")
	}
	e.Resume = ResumeData("x")
	if d, ok := ResumeDataFrom(wrapped); !ok || string(d) != "x" {
		t.Error("no resume data")
	}
	if _, ok := ResumeDataFrom(context.Canceled); ok {
		t.Error("resume data in a foreign error")
	}
}

func TestFailingURLIsRedacted(t *testing.T) {
	u, err := url.Parse("http://u:secret1@h/p?token=secret2")
	if err != nil {
		t.Fatal(err)
	}
	if s := checkURL(&url.URL{Scheme: "ftp", Host: u.Host, User: u.User, RawQuery: u.RawQuery}).Error(); strings.Contains(s, "secret") {
		t.Error(s)
	}
}
