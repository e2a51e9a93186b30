package authn

// The schemes that have a place in the order of Strength, as Challenge.Scheme
// spells them.
const (
	SchemeBasic     = "basic"
	SchemeBearer    = "bearer"
	SchemeDigest    = "digest"
	SchemeNTLM      = "ntlm"
	SchemeNegotiate = "negotiate"
)

// Challenge is one challenge of a WWW-Authenticate or Proxy-Authenticate field
// (RFC 9110 section 11.3). It carries Params or Token68, never both; a scheme
// that stands alone has neither. It is read-only once made.
type Challenge struct {
	// Scheme is in lower case.
	Scheme string
	// Params has names in lower case and values without quotes and escapes.
	Params map[string]string
	// Token68 is kept as it was sent, for its mechanism to decode.
	Token68 string
}

// Realm is the realm without its quotes, the stranger's bytes, unchecked. It is
// empty when there is none.
func (c Challenge) Realm() string { return c.Params["realm"] }

// Supported reports whether there is an answer to c: Basic with a realm, Digest
// with a realm, a nonce, and an algorithm and quality of protection that this
// package knows, Bearer, and NTLM and Negotiate without parameters, whose tokens
// other packages make.
func Supported(c Challenge) bool {
	switch c.Scheme {
	case SchemeBasic:
		// RFC 7617 section 2 requires the realm; an empty one will do.
		_, ok := c.Params["realm"]
		return ok
	case SchemeDigest:
		_, _, err := readDigest(c)
		return err == nil
	case SchemeBearer:
		return true
	case SchemeNTLM, SchemeNegotiate:
		return c.Params == nil // they have none
	default:
		return false
	}
}

// Bound reports whether the scheme of c authenticates a connection, and not a
// request (RFC 4559 section 6).
func Bound(c Challenge) bool { return c.Scheme == SchemeNTLM || c.Scheme == SchemeNegotiate }

// Strength orders challenges by how well they protect the password: Negotiate,
// NTLM, Digest by its algorithm, Basic. Bearer is the last, because it wants
// something that a person rarely has at hand. A greater number is stronger;
// 0 is a scheme or an algorithm that is not known. Equal challenges have equal
// strength, so that a stable sort keeps the server's order among them. Strength
// does not say that a challenge is Supported.
func Strength(c Challenge) int {
	const (
		unknown = iota
		bearer
		basic
		digestMD5
		digestSHA256
		digestSHA512256
		ntlm
		negotiate
	)
	switch c.Scheme {
	case SchemeBasic:
		return basic
	case SchemeBearer:
		return bearer
	case SchemeNTLM:
		return ntlm
	case SchemeNegotiate:
		return negotiate
	case SchemeDigest:
		alg, ok := lookUpAlgorithm(c.Params["algorithm"])
		if !ok {
			return unknown
		}
		switch alg.hash {
		case hashSHA512256:
			return digestSHA512256
		case hashSHA256:
			return digestSHA256
		default:
			return digestMD5
		}
	default:
		return unknown
	}
}
