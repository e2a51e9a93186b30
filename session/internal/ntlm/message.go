package ntlm

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxMessage bounds a challenge, so that an answer with what it repeats of it
// fits into lengths of 16 bits. Those of real servers have a few hundred bytes.
const maxMessage = 32 << 10

// challenge is the server's message (MS-NLMP section 2.2.1.2).
type challenge struct {
	flags uint32
	nonce [8]byte
	info  pairs
}

// ErrMalformed is the error of a challenge that is none.
var ErrMalformed = errors.New("ntlm: the server's challenge is malformed")

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

func parseChallenge(b []byte) (challenge, error) {
	const fixed = 32 // up to and with the nonce
	switch {
	case len(b) > maxMessage:
		return challenge{}, malformed("too long")
	case len(b) < fixed:
		return challenge{}, malformed("too short")
	case string(b[:8]) != Signature || binary.LittleEndian.Uint32(b[8:]) != typeChallenge:
		return challenge{}, malformed("another message")
	}
	c := challenge{flags: binary.LittleEndian.Uint32(b[20:]), nonce: [8]byte(b[24:32])}
	if c.flags&flagUnicode == 0 {
		return challenge{}, malformed("no Unicode")
	}
	if c.flags&flagTargetInfo == 0 {
		return c, nil
	}
	raw, err := payload(b, 40)
	if err != nil {
		return challenge{}, err
	}
	c.info, err = parsePairs(raw)
	return c, err
}

// payload returns what the fields at an offset point at: length, space taken,
// and offset (MS-NLMP section 2.2.2.13 and others).
func payload(b []byte, at int) ([]byte, error) {
	if len(b) < at+8 {
		return nil, malformed("too short")
	}
	length := int(binary.LittleEndian.Uint16(b[at:]))
	start := binary.LittleEndian.Uint32(b[at+4:])
	if uint64(start)+uint64(length) > uint64(len(b)) {
		return nil, malformed("a field reaches over its end")
	}
	return b[start : int(start)+length], nil
}

// Identifiers of pairs (MS-NLMP section 2.2.2.1).
const (
	pairEnd             = 0
	pairFlags           = 6
	pairTimestamp       = 7
	pairTargetName      = 9
	pairChannelBindings = 10
)

// flagIntegrity in pairFlags says that the message has an integrity code.
const flagIntegrity = 2

// pair is an AV_PAIR, what a server says of itself.
type pair struct {
	id    uint16
	value []byte
}

type pairs []pair

func parsePairs(b []byte) (pairs, error) {
	var all pairs
	for {
		if len(b) < 4 {
			return nil, malformed("the list of pairs does not end")
		}
		id, length := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if b = b[4:]; id == pairEnd {
			return all, nil
		}
		if len(b) < length {
			return nil, malformed("a pair reaches over the end")
		}
		all = append(all, pair{id, b[:length]})
		b = b[length:]
	}
}

func (ps pairs) get(id uint16) ([]byte, bool) {
	for _, p := range ps {
		if p.id == id {
			return p.value, true
		}
	}
	return nil, false
}

// with returns the pairs with one set; ps stays as it is.
func (ps pairs) with(id uint16, value []byte) pairs {
	var all pairs
	for _, p := range ps {
		if p.id != id {
			all = append(all, p)
		}
	}
	return append(all, pair{id, value})
}

// withIntegrity says whether the answer has an integrity code, whatever the
// server said of itself.
func (ps pairs) withIntegrity(yes bool) pairs {
	v, ok := ps.get(pairFlags)
	if !ok && !yes {
		return ps
	}
	var flags uint32
	if len(v) == 4 {
		flags = binary.LittleEndian.Uint32(v) &^ flagIntegrity
	}
	if yes {
		flags |= flagIntegrity
	}
	return ps.with(pairFlags, binary.LittleEndian.AppendUint32(nil, flags))
}

func (ps pairs) bytes() []byte {
	var b []byte
	for _, p := range ps {
		b = binary.LittleEndian.AppendUint16(b, p.id)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(p.value)))
		b = append(b, p.value...)
	}
	return append(b, 0, 0, 0, 0)
}

// authenticate is the last message (MS-NLMP section 2.2.1.3).
type authenticate struct {
	flags                uint32
	lm, nt, domain, user []byte
}

// integrityAt is where the integrity code is: behind the fields and the version,
// which is left empty.
const integrityAt = 72

func (m authenticate) bytes() []byte {
	b := make([]byte, integrityAt+16)
	copy(b, Signature)
	binary.LittleEndian.PutUint32(b[8:], typeAuthenticate)
	binary.LittleEndian.PutUint32(b[60:], m.flags)
	// The workstation and the session key, the last two, are empty.
	for i, field := range [][]byte{m.lm, m.nt, m.domain, m.user, nil, nil} {
		at := b[12+8*i:]
		binary.LittleEndian.PutUint16(at, uint16(len(field)))
		binary.LittleEndian.PutUint16(at[2:], uint16(len(field)))
		binary.LittleEndian.PutUint32(at[4:], uint32(len(b)))
		b = append(b, field...)
	}
	return b
}
