package dialog

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"
	"time"
)

func TestReasonsInFewWords(t *testing.T) {
	c := certificateFor("nas.local")
	wrapped := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	tests := []struct {
		err  error
		want string
	}{
		{wrapped(x509.UnknownAuthorityError{}), "unknown authority"},
		{wrapped(x509.HostnameError{Certificate: c, Host: "b"}), "not for this host"},
		{x509.CertificateInvalidError{Cert: c, Reason: x509.Expired, Detail: "old"}, "expired, or not valid yet"},
		{errors.New("something else"), "not verified"},
	}
	for _, tt := range tests {
		if got := shortReason(tt.err); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestHowLongACertificateIsValid(t *testing.T) {
	c := certificate{from: date(2026, 1, 1), until: date(2028, 6, 1)}
	tests := []struct {
		now  time.Time
		want string
	}{
		{date(2025, 12, 31), "not valid yet"},
		{date(2026, 2, 1), "2 years left"},
		{date(2028, 5, 1), "31 days left"},
		{date(2028, 5, 31), "1 day left"},
		{date(2028, 6, 3), "expired 2 days ago"},
	}
	for _, tt := range tests {
		if got := c.left(tt.now); got != tt.want {
			t.Errorf("at %v %q, want %q", tt.now, got, tt.want)
		}
	}
}

func TestKindsOfKeys(t *testing.T) {
	tests := []struct {
		key  any
		want string
	}{
		{&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047)}, "RSA 2048 bit"},
		{ed25519.PublicKey{}, "Ed25519"},
		{nil, "DSA"},
	}
	for _, tt := range tests {
		if got := keyName(&x509.Certificate{PublicKey: tt.key, PublicKeyAlgorithm: x509.DSA}); got != tt.want {
			t.Errorf("%T is %q, want %q", tt.key, got, tt.want)
		}
	}
}
