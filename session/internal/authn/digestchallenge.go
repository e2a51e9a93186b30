package authn

import (
	"fmt"
	"slices"
	"strings"
)

// The qualities of protection (RFC 7616 section 3.3).
const (
	qopAuth    = "auth"
	qopAuthInt = "auth-int"
)

// terms are what a protection space is answered with. They last as long as the
// Digest: a challenge that changes them is a new start, so a stranger on the
// way cannot talk a client down to a weaker algorithm by calling a nonce stale.
type terms struct {
	realm string
	alg   algorithm
	// qop is empty for a server of RFC 2069, which does not know it.
	qop string
	// userhash: the server wants the user name hashed.
	userhash bool
	// utf8: the server has said that it takes UTF-8.
	utf8 bool
}

// serverSession is the part of a challenge that a newer one replaces.
type serverSession struct {
	nonce string
	// algorithm is the parameter as it was spelled. It goes back like that.
	algorithm string
	opaque    string
	hasOpaque bool
	domain    []string
}

// readDigest takes a Digest challenge apart. Its error is ErrUnsupported.
func readDigest(ch Challenge) (terms, serverSession, error) {
	no := func(why string) (terms, serverSession, error) {
		return terms{}, serverSession{}, fmt.Errorf("digest: %w: %s", ErrUnsupported, why)
	}
	if ch.Scheme != SchemeDigest {
		return no("another scheme")
	}
	for _, value := range ch.Params {
		// Parse lets none through, but a Challenge may be made by hand.
		if slices.ContainsFunc([]byte(value), isControl) {
			return no("control character")
		}
	}
	t := terms{
		userhash: strings.EqualFold(ch.Params["userhash"], "true"),
		utf8:     strings.EqualFold(ch.Params["charset"], "utf-8"),
	}
	s := serverSession{
		nonce:     ch.Params["nonce"],
		algorithm: ch.Params["algorithm"],
		domain:    strings.Fields(ch.Params["domain"]),
	}
	s.opaque, s.hasOpaque = ch.Params["opaque"]
	var ok bool
	if t.realm, ok = ch.Params["realm"]; !ok {
		return no("no realm")
	}
	if s.nonce == "" {
		return no("no nonce")
	}
	if t.alg, ok = lookUpAlgorithm(s.algorithm); !ok {
		return no("unknown algorithm")
	}
	if t.qop, ok = chooseQOP(ch.Params["qop"]); !ok {
		return no("unknown quality of protection")
	}
	if t.alg.session && t.qop == "" {
		// Without qop no cnonce is sent, and the server could not know the one
		// that the session key is made with.
		return no("session algorithm without quality of protection")
	}
	return t, s, nil
}

// chooseQOP picks from the list of the qop parameter. auth comes first, because
// auth-int reads a body twice. An empty list is an absent one.
func chooseQOP(list string) (qop string, ok bool) {
	ok = true
	for option := range strings.SplitSeq(list, ",") {
		switch strings.ToLower(strings.Trim(option, " \t")) {
		case "":
		case qopAuth:
			return qopAuth, true
		case qopAuthInt:
			qop, ok = qopAuthInt, true
		default:
			ok = qop != ""
		}
	}
	return qop, ok
}
