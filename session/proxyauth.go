package session

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"haul/session/internal/authn"
	"haul/transfer"
)

// challengeField and infoField are the fields that challenges come in, and the
// server's proof.
func (a *authState) challengeField() string {
	if a.proxy {
		return "Proxy-Authenticate"
	}
	return "WWW-Authenticate"
}

func (a *authState) infoField() string {
	if a.proxy {
		return "Proxy-Authentication-Info"
	}
	return "Authentication-Info"
}

// newProxyAuth is the state of a loader for the challenges of proxies.
func newProxyAuth(l *loader) authState {
	a := newAuthState(l)
	a.proxy = true
	return a
}

// socksProtocol is the protocol of the space of a SOCKS proxy.
const socksProtocol = "socks5"

// proxyOrigin is where a proxy is. The two schemes of SOCKS mean the same.
func proxyOrigin(via *url.URL) origin {
	o := originOf(via)
	if o.scheme == socksProtocol || o.scheme == "socks5h" {
		o.scheme = socksProtocol
		if via.Port() == "" {
			o.port = 1080
		}
	}
	return o
}

// tunnelRefusal is the refusal of a connection for want of a credential, as a
// response; nil if err is something else.
func (l *loader) tunnelRefusal(err error) *exchange {
	var refused *transfer.ProxyError
	if !errors.As(err, &refused) || l.proxy.via == nil {
		return nil
	}
	socks := errors.Is(refused.Err, transfer.ErrProxyCredential)
	if refused.StatusCode != http.StatusProxyAuthRequired && !socks {
		return nil
	}
	const status = http.StatusProxyAuthRequired
	return &exchange{
		Response: &http.Response{
			Status:     fmt.Sprintf("%d %s", status, http.StatusText(status)),
			StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: refused.Header, Body: http.NoBody,
		},
		req: l.req, byProxy: true, proxied: true, tunnel: true, socks: socks, cancel: func() {}, ended: func() {},
	}
}

// tunnelRefused is the error of a task that no tunnel is opened for.
func (a *authState) tunnelRefused(x *exchange, err error) error {
	var refused *transfer.ProxyError
	if !errors.As(err, &refused) {
		return err
	}
	why := fmt.Errorf("the proxy %s wants a user and a password", refused.Addr)
	switch {
	case slices.ContainsFunc(a.spacesAsked(), func(k *askedSpace) bool { return k.failures > 0 }):
		why = fmt.Errorf("the proxy %s does not take the user and the password", refused.Addr)
	case len(a.supported(x)) == 0:
		why = fmt.Errorf("the proxy %s wants a method that is not known for proxies: %s", refused.Addr, schemes(x.Header.Values("Proxy-Authenticate")))
	}
	for _, known := range a.spacesAsked() {
		if known.reason != nil {
			why = fmt.Errorf("%w: %w", why, known.reason)
			break
		}
	}
	return &Error{Code: UserAuthenticationRequired, Err: why}
}

// spacesAsked are what is known of the proxy's spaces.
func (a *authState) spacesAsked() (all []*askedSpace) {
	for p, known := range a.asked {
		if (&openSpace{space: p}).leadsThrough(a.via) {
			all = append(all, known)
		}
	}
	return all
}

// schemes names the first few schemes of challenges. A scheme is a token, with
// nothing in it that could steer a terminal.
func schemes(fields []string) string {
	const most, longest = 3, 20
	var names []string
	for _, c := range authn.Parse(fields) {
		if name := c.Scheme; len(name) <= longest && !slices.Contains(names, name) && len(names) < most {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none that can be read"
	}
	return strings.Join(names, ", ")
}
