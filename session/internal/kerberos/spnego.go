package kerberos

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"fmt"
)

// The mechanisms, RFC 4178 section 1 and RFC 4121 section 4.1.
var (
	oidSPNEGO   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 2}
	oidKerberos = asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2}
	// oidKerberosTypo is what Microsoft's servers call Kerberos as well.
	oidKerberosTypo = asn1.ObjectIdentifier{1, 2, 840, 48018, 1, 2, 2}
)

// The tokens of the Kerberos mechanism begin with what they are (RFC 4121
// section 4.1).
var (
	isRequest = []byte{1, 0}
	isReply   = []byte{2, 0}
	isError   = []byte{3, 0}
)

// maxToken bounds what is read of a server.
const maxToken = 64 << 10

// ErrToken is the error of a token that is malformed.
var ErrToken = errors.New("the server's Negotiate token is malformed")

func badToken(what string) error { return fmt.Errorf("%w: %s", ErrToken, what) }

// negTokenInit begins a negotiation (RFC 4178 section 4.2.1).
type negTokenInit struct {
	MechTypes []asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
	MechToken []byte                  `asn1:"explicit,tag:2"`
}

// negTokenResp goes on with it (section 4.2.2).
type negTokenResp struct {
	State         asn1.Enumerated       `asn1:"explicit,optional,tag:0,default:-1"`
	SupportedMech asn1.ObjectIdentifier `asn1:"explicit,optional,tag:1"`
	ResponseToken []byte                `asn1:"explicit,optional,tag:2"`
	MechListMIC   []byte                `asn1:"explicit,optional,tag:3"`
}

// stateReject says that the server takes no mechanism, or not this client.
const stateReject = 2

// initialToken wraps a token of the Kerberos mechanism, the only one offered:
// so there is no choice whose list would have to be protected (section 5).
func initialToken(mech []byte) ([]byte, error) {
	inner, err := asn1.Marshal(negTokenInit{[]asn1.ObjectIdentifier{oidKerberos}, mech})
	if err != nil {
		return nil, err
	}
	choice, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner})
	if err != nil {
		return nil, err
	}
	return wrap(oidSPNEGO, choice)
}

// wrap is the framing of an initial token (RFC 2743 section 3.1).
func wrap(mech asn1.ObjectIdentifier, inner []byte) ([]byte, error) {
	oid, err := asn1.Marshal(mech)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(asn1.RawValue{
		Class: asn1.ClassApplication, Tag: 0, IsCompound: true, Bytes: append(oid, inner...),
	})
}

// parseResponse returns the mechanism's token of the server's answer, nil if
// there is none in it.
func parseResponse(b []byte) ([]byte, error) {
	if len(b) > maxToken {
		return nil, badToken("too long")
	}
	var choice asn1.RawValue
	rest, err := asn1.Unmarshal(b, &choice)
	if err != nil || len(rest) > 0 || choice.Class != asn1.ClassContextSpecific || choice.Tag != 1 {
		return nil, badToken("not an answer of SPNEGO")
	}
	var r negTokenResp
	if rest, err = asn1.Unmarshal(choice.Bytes, &r); err != nil || len(rest) > 0 {
		return nil, badToken("not an answer of SPNEGO")
	}
	switch {
	case r.State == stateReject:
		return nil, errors.New("the server rejects the ticket")
	case len(r.SupportedMech) > 0 && !r.SupportedMech.Equal(oidKerberos) && !r.SupportedMech.Equal(oidKerberosTypo):
		return nil, errors.New("the server chose a mechanism that was not offered")
	}
	return r.ResponseToken, nil
}

// parseMechToken returns the kind of a token of the Kerberos mechanism, and what
// is in it.
func parseMechToken(b []byte) (kind, message []byte, err error) {
	var frame asn1.RawValue
	rest, err := asn1.Unmarshal(b, &frame)
	if err != nil || len(rest) > 0 || frame.Class != asn1.ClassApplication || frame.Tag != 0 {
		return nil, nil, badToken("not a token of Kerberos")
	}
	var oid asn1.ObjectIdentifier
	rest, err = asn1.Unmarshal(frame.Bytes, &oid)
	if err != nil || !oid.Equal(oidKerberos) || len(rest) < 2 {
		return nil, nil, badToken("not a token of Kerberos")
	}
	return bytes.Clone(rest[:2]), rest[2:], nil
}
