package transfer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"
)

// ServerIdentity is what a server proved in a TLS handshake.
type ServerIdentity struct {
	// Host is the name that was dialled, Addr is host:port. For an https
	// proxy they are the proxy's.
	Host, Addr string
	// Proxy tells that this is a proxy, and not the server of the URL.
	Proxy bool
	// State is the connection's state; its chains are the server's own words
	// unless Err is nil.
	State tls.ConnectionState
	// Err is the result of the default evaluation (roots, dates, host name);
	// nil when the server is to be trusted. It is a
	// *tls.CertificateVerificationError.
	Err error
}

// tlsConfig is the configuration of one handshake with addr, the address of a
// proxy or of a server. The default
// evaluation is done here and not by crypto/tls, because crypto/tls would end
// the handshake before VerifyServer is asked.
func (d *dialling) tlsConfig(addr string, proxy bool, protocols []string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	host, _, _ = strings.Cut(host, "%") // an IPv6 zone is in no certificate
	base := d.c.cfg.TLS
	if base == nil {
		base = &tls.Config{}
	}
	cfg := base.Clone()
	if cfg.MinVersion == 0 {
		cfg.MinVersion = tls.VersionTLS12
	}
	cfg.ServerName = host
	cfg.NextProtos = protocols
	cfg.InsecureSkipVerify = true // VerifyConnection does it, on resumed sessions too
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		if base.VerifyConnection != nil {
			if err := base.VerifyConnection(state); err != nil {
				return err
			}
		}
		id := ServerIdentity{Host: host, Addr: addr, Proxy: proxy, State: state}
		chains, err := evaluate(cfg, d.c.cfg.ExtraRootCAs, state, host)
		if err != nil {
			id.Err = &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		} else {
			id.State.VerifiedChains = chains
		}
		if d.c.cfg.VerifyServer == nil {
			return id.Err
		}
		defer d.x.trace.deciding()()
		return d.c.cfg.VerifyServer(d.ctx, id)
	}
	// It also keeps crypto/tls from showing base.Certificates to everybody.
	cfg.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if d.c.cfg.ClientCertificate == nil {
			return &tls.Certificate{}, nil
		}
		defer d.x.trace.deciding()()
		cert, err := d.c.cfg.ClientCertificate(d.ctx, addr, proxy, info)
		if err == nil && cert == nil {
			cert = &tls.Certificate{} // crypto/tls's way to say none
		}
		return cert, err
	}
	return cfg, nil
}

// evaluate is what crypto/tls does with a server's certificate: the chain to a
// root, of extra or of cfg, the dates, the host name.
func evaluate(cfg *tls.Config, extra *x509.CertPool, state tls.ConnectionState, host string) ([][]*x509.Certificate, error) {
	now := time.Now
	if cfg.Time != nil {
		now = cfg.Time
	}
	opts := x509.VerifyOptions{
		Roots:         cfg.RootCAs,
		CurrentTime:   now(),
		DNSName:       host,
		Intermediates: x509.NewCertPool(),
	}
	for _, cert := range state.PeerCertificates[1:] {
		opts.Intermediates.AddCert(cert)
	}
	leaf := state.PeerCertificates[0]
	if extra == nil {
		return leaf.Verify(opts)
	}
	others := opts.Roots
	opts.Roots = extra
	chains, err := leaf.Verify(opts)
	if err == nil {
		return chains, nil
	}
	opts.Roots = others
	chains, second := leaf.Verify(opts)
	var stranger x509.UnknownAuthorityError
	if errors.As(second, &stranger) && !errors.As(err, &stranger) {
		return nil, err // the roots that know it have more to say
	}
	return chains, second
}
