package kerberos

import (
	"errors"
	"strings"
)

// Kind is what is wrong.
type Kind int

// The kinds.
const (
	// Unreachable: no key distribution centre answers, or none is known.
	Unreachable Kind = iota
	// Refused: the centre does not take the password, or the user.
	Refused
	// UnknownService: the centre knows no such service, so the server is not
	// one for Kerberos.
	UnknownService
	// Expired: the ticket at hand is too old.
	Expired
	// Broken: a file cannot be read, or an answer makes no sense.
	Broken
)

// Error says in words for a person why there is no ticket. It holds no secret.
type Error struct {
	Kind Kind
	Text string
}

func (e *Error) Error() string { return e.Text }

// explain finds the words for an error of gokrb5, which is text only: its names
// of errors are those of RFC 4120 section 7.5.9.
func explain(err error, realm, service string) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	text := err.Error()
	for _, c := range []struct {
		sign string
		kind Kind
		text string
	}{
		{"KDC_ERR_PREAUTH_FAILED", Refused, "the password is wrong, says the Kerberos realm " + realm},
		{"client password/keytab incorrect", Refused, "the password is wrong, says the Kerberos realm " + realm},
		{"KDC_ERR_C_PRINCIPAL_UNKNOWN", Refused, "the Kerberos realm " + realm + " does not know this user"},
		{"KDC_ERR_KEY_EXPIRED", Refused, "the password has expired, says the Kerberos realm " + realm},
		{"KDC_ERR_CLIENT_REVOKED", Refused, "the user is locked, says the Kerberos realm " + realm},
		{"KDC_ERR_NAME_EXP", Refused, "the user has expired, says the Kerberos realm " + realm},
		{"KRB_AP_ERR_SKEW", Refused, "the clocks of this machine and the Kerberos realm " + realm + " differ by too much"},
		{"KRB_AP_ERR_TKT_EXPIRED", Expired, "the ticket has expired, says the Kerberos realm " + realm},
		{"KDC_ERR_S_PRINCIPAL_UNKNOWN", UnknownService, "the Kerberos realm " + realm + " knows no service " + service},
		{"KDC_ERR_ETYPE_NOSUPP", Broken, "the Kerberos realm " + realm + " and haul have no encryption in common"},
		{"no KDCs defined", Unreachable, "no server of the Kerberos realm " + realm + " is known"},
		{"no KDC SRV records", Unreachable, "no server of the Kerberos realm " + realm + " is known"},
		{"not have any defined KDCs", Unreachable, "no server of the Kerberos realm " + realm + " is known"},
		{"Networking_Error", Unreachable, "no server of the Kerberos realm " + realm + " answers"},
	} {
		if strings.Contains(text, c.sign) {
			return &Error{Kind: c.kind, Text: c.text}
		}
	}
	return &Error{Kind: Broken, Text: "the Kerberos realm " + realm + " gave no ticket: " + words(text)}
}

// words is text without what could steer a terminal or fill it.
func words(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r > 0x7e {
			return ' '
		}
		return r
	}, s)
	return s[:min(len(s), 300)]
}
