package ntlm

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"haul/session/internal/endpoint"
)

// Flags of MS-NLMP section 2.2.2.5.
const (
	flagUnicode          = 1 << 0
	flagRequestTarget    = 1 << 2
	flagNTLM             = 1 << 9
	flagAlwaysSign       = 1 << 15
	flagExtendedSecurity = 1 << 19
	flagTargetInfo       = 1 << 23
	flag128              = 1 << 29
	flag56               = 1 << 31

	offered = flagUnicode | flagRequestTarget | flagNTLM | flagAlwaysSign | flagExtendedSecurity |
		flagTargetInfo | flag128 | flag56
)

// Signature begins every message.
const Signature = "NTLMSSP\x00"

// The types of messages.
const (
	typeNegotiate    = 1
	typeChallenge    = 2
	typeAuthenticate = 3
)

// Client is one authentication. It is for one goroutine, and prints without its
// password.
type Client struct {
	user, domain, password string
	service                string
	negotiate              []byte
	challenged             bool

	now    func() time.Time
	random func([]byte)
}

// New begins an authentication. user is DOMAIN\user, user@domain or a name
// alone; service is the name of the service that is meant, "HTTP/host".
func New(user, password, service string) *Client {
	domain, name, ok := strings.Cut(user, `\`)
	if !ok {
		// user@domain is sent as it is: which domain that is in the old sense
		// only the server's side knows.
		domain, name = "", user
	}
	return &Client{
		user: name, domain: domain, password: password, service: service, now: time.Now,
		random: func(b []byte) {
			// It never fails: the process would end instead (crypto/rand).
			_, _ = rand.Read(b)
		},
	}
}

// Format keeps the password out of every verb of package fmt.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "NTLM authentication") // a fmt.State collects in memory
}

// Negotiate returns the first message (MS-NLMP section 2.2.1.1). It says
// nothing of the user or the machine.
func (c *Client) Negotiate() []byte {
	b := make([]byte, 40) // with the version, which stays empty
	copy(b, Signature)
	binary.LittleEndian.PutUint32(b[8:], typeNegotiate)
	binary.LittleEndian.PutUint32(b[12:], offered)
	c.negotiate = b
	return b
}

// ErrAgain says that the server sent a second challenge: it does not accept the
// credential, or never ends.
var ErrAgain = errors.New("ntlm: the server sent a second challenge")

// Authenticate answers the server's challenge (MS-NLMP sections 2.2.1.3 and
// 3.1.5.1.2). binding is the hash of the channel bindings, all zero for none.
func (c *Client) Authenticate(challenge []byte, binding [endpoint.Size]byte) ([]byte, error) {
	if c.challenged {
		return nil, ErrAgain
	}
	c.challenged = true
	ch, err := parseChallenge(challenge)
	if err != nil {
		return nil, err
	}
	stamp, protected := ch.info.get(pairTimestamp)
	if len(stamp) != 8 {
		protected = false
		stamp = fileTime(c.now())
	}
	info := ch.info
	if len(info) > 0 {
		info = info.withIntegrity(protected)
		if binding != [endpoint.Size]byte{} {
			info = info.with(pairChannelBindings, binding[:])
		}
		info = info.with(pairTargetName, encode(c.service))
	}
	var nonce [8]byte
	c.random(nonce[:])
	key := responseKey(c.user, c.domain, c.password)
	nt, session := ntResponse(key, ch.nonce, nonce, stamp, info.bytes())
	lm := make([]byte, 24) // a server with a time stamp wants none
	if !protected {
		lm = lmResponse(key, ch.nonce, nonce)
	}
	m := authenticate{
		flags: ch.flags & offered, lm: lm, nt: nt,
		domain: encode(c.domain), user: encode(c.user),
	}
	b := m.bytes()
	if protected {
		copy(b[integrityAt:], mac(session, c.negotiate, challenge, b))
	}
	return b, nil
}

// encode is text in UTF-16, the least significant byte first.
func encode(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// fileTime is a time in tenths of microseconds since 1601.
func fileTime(t time.Time) []byte {
	const until1970 = 116444736000000000
	return binary.LittleEndian.AppendUint64(nil, uint64(t.UnixNano()/100)+until1970)
}
