package authn

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ErrCredential is the error of a user name or password that the mechanism has
// no way to send. Its text names the rule, never the secret.
var ErrCredential = errors.New("credential cannot be sent")

// Credential is a user name and a password in UTF-8. They are sent as they are:
// whoever reads them from a person brings them to Unicode normalization form C
// (RFC 7617 section 2.1, RFC 7616 section 4).
//
// Go cannot wipe a string from memory, so a Credential lives until the
// collector takes it. Formatting one with package fmt, or encoding it as JSON,
// does not show the password.
type Credential struct {
	User     string
	Password string `json:"-"`
}

// Format keeps the password out of every verb of package fmt.
func (c Credential) Format(s fmt.State, _ rune) {
	redact(s, fmt.Sprintf("credential of %q", c.User))
}

// redact writes what stands for a secret. A fmt.State collects in memory: its
// Write does not fail.
func redact(s fmt.State, text string) {
	_, _ = io.WriteString(s, text)
}

// Basic is the value of Authorization or Proxy-Authorization that sends c in
// the Basic scheme (RFC 7617 section 2). A colon in the user name, or a control
// character, is an ErrCredential.
func Basic(c Credential) (string, error) {
	if strings.Contains(c.User, ":") {
		return "", fmt.Errorf("basic: %w: colon in the user name", ErrCredential)
	}
	pair := c.User + ":" + c.Password
	if slices.ContainsFunc([]byte(pair), isCTL) {
		return "", fmt.Errorf("basic: %w: control character", ErrCredential)
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)), nil
}

// Bearer is the value of Authorization that sends a token in the Bearer scheme
// (RFC 6750 section 2.1). What is no token is an ErrCredential.
func Bearer(token string) (string, error) {
	p := scanner{text: token}
	if p.token68() != token || token == "" {
		return "", fmt.Errorf("bearer: %w: not the form of a token", ErrCredential)
	}
	return "Bearer " + token, nil
}
