package authn

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// digestHash is H of RFC 7616 section 3.4.1.
type digestHash int

const (
	hashMD5 digestHash = iota
	hashSHA256
	hashSHA512256
)

// algorithm is the value of the algorithm parameter, taken apart.
type algorithm struct {
	hash digestHash
	// session: the variant with the suffix "-sess", whose H(A1) is bound to the
	// nonce and cnonce that the authentication session began with.
	session bool
}

// lookUpAlgorithm reads an algorithm parameter in any case. Without one it is
// MD5 (RFC 7616 section 3.3).
func lookUpAlgorithm(name string) (alg algorithm, ok bool) {
	name = strings.ToLower(name)
	name, alg.session = strings.CutSuffix(name, "-sess")
	switch name {
	case "":
		return alg, !alg.session
	case "md5":
		alg.hash = hashMD5
	case "sha-256":
		alg.hash = hashSHA256
	case "sha-512-256":
		// SHA-512/256 of FIPS 180-4, not SHA-512 cut short, which the example
		// of RFC 7616 section 3.9.2 was made with (erratum 4897).
		alg.hash = hashSHA512256
	default:
		return algorithm{}, false
	}
	return alg, true
}

func (h digestHash) new() hash.Hash {
	switch h {
	case hashSHA512256:
		return sha512.New512_256()
	case hashSHA256:
		return sha256.New()
	default:
		return md5.New()
	}
}

// of is H over the parts, with a colon between each two, in lower-case
// hexadecimal.
func (h digestHash) of(parts ...string) string {
	state := h.new()
	state.Write([]byte(strings.Join(parts, ":"))) // a hash.Hash never fails
	return hex.EncodeToString(state.Sum(nil))
}

// ofBody is H over an entity body.
func (h digestHash) ofBody(body Body) (string, error) {
	state := h.new()
	if err := body(state); err != nil {
		return "", err
	}
	return hex.EncodeToString(state.Sum(nil)), nil
}
