package kerberos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"haul/session/internal/endpoint"
)

// Ticket is a ticket for one service. It is read-only and prints without its
// key.
type Ticket struct {
	ticket messages.Ticket
	key    types.EncryptionKey
	name   types.PrincipalName
	realm  string
}

// Format keeps the key out of every verb of package fmt.
func (t *Ticket) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "ticket of %q", t.User()) // a fmt.State collects in memory
}

// User is the name that the ticket is for, name@REALM.
func (t *Ticket) User() string { return t.name.PrincipalNameString() + "@" + t.realm }

// Exchange is one authentication with a ticket.
type Exchange struct {
	key   types.EncryptionKey
	ctime time.Time
	cusec int
}

// Begin makes the token of one request. binding is the hash of the channel
// bindings, all zero for none.
func (t *Ticket) Begin(binding [endpoint.Size]byte) (*Exchange, []byte, error) {
	auth, err := types.NewAuthenticator(t.realm, t.name)
	if err != nil {
		return nil, nil, err
	}
	// RFC 4121 section 4.1.1: the length of the bindings, they, the flags.
	sum := binary.LittleEndian.AppendUint32(nil, endpoint.Size)
	sum = append(sum, binding[:]...)
	sum = binary.LittleEndian.AppendUint32(sum, gssapi.ContextFlagMutual|gssapi.ContextFlagInteg)
	auth.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: sum}
	req, err := messages.NewAPReq(t.ticket, t.key, auth)
	if err != nil {
		return nil, nil, err
	}
	types.SetFlag(&req.APOptions, flags.APOptionMutualRequired)
	b, err := req.Marshal()
	if err != nil {
		return nil, nil, err
	}
	mech, err := wrap(oidKerberos, append(bytes.Clone(isRequest), b...))
	if err != nil {
		return nil, nil, err
	}
	token, err := initialToken(mech)
	if err != nil {
		return nil, nil, err
	}
	return &Exchange{key: t.key, ctime: auth.CTime, cusec: auth.Cusec}, token, nil
}

// ErrServer says that the server has not shown that the ticket was for it: it
// is not the one that was meant.
var ErrServer = errors.New("the server has not proved that it is the one that the ticket is for")

// Finish takes the server's token, which says why it refuses the ticket, or
// proves who the server is (RFC 4120 section 3.2.5). A server may leave the
// proof out, which is nil.
func (x *Exchange) Finish(token []byte) error {
	if len(token) == 0 {
		return nil
	}
	mech, err := parseResponse(token)
	if err != nil || len(mech) == 0 {
		return err
	}
	kind, message, err := parseMechToken(mech)
	if err != nil {
		return err
	}
	switch {
	case bytes.Equal(kind, isReply):
		return guarded(func() error { return x.check(message) })
	case bytes.Equal(kind, isError):
		var e messages.KRBError
		if err := guarded(func() error { return e.Unmarshal(message) }); err != nil {
			return badToken("not a Kerberos error")
		}
		return errors.New("the server says: " + words(errorcode.Lookup(e.ErrorCode)))
	}
	return badToken("an unknown kind of token")
}

// check holds the time that the server sent back, encrypted with the key of the
// ticket, against the one it was sent.
func (x *Exchange) check(message []byte) error {
	var reply messages.APRep
	if err := reply.Unmarshal(message); err != nil {
		return badToken("not a reply of Kerberos")
	}
	plain, err := crypto.DecryptEncPart(reply.EncPart, x.key, keyusage.AP_REP_ENCPART)
	if err != nil {
		return ErrServer
	}
	var part messages.EncAPRepPart
	if err := part.Unmarshal(plain); err != nil {
		return ErrServer
	}
	if part.CTime.Unix() != x.ctime.Unix() || part.Cusec != x.cusec {
		return ErrServer
	}
	return nil
}
