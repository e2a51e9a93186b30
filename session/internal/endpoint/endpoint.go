// Package endpoint ties an authentication to the TLS connection that it
// travels on: the channel binding tls-server-end-point of RFC 5929 section 4,
// in the form that the GSS-API mechanisms and NTLM carry. A server that checks
// it does not accept what somebody in the middle has passed on.
package endpoint

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
)

// Size is the length of a hash of channel bindings.
const Size = md5.Size

// Hash returns the hash of the bindings of a connection (RFC 4121 section
// 4.1.1.2, MS-NLMP section 2.2.2.1, MsvAvChannelBindings). It is all zero for a
// connection that has none, because it is not TLS.
func Hash(state *tls.ConnectionState) [Size]byte {
	if state == nil || len(state.PeerCertificates) == 0 {
		return [Size]byte{}
	}
	return hash(append([]byte("tls-server-end-point:"), fingerprint(state.PeerCertificates[0])...))
}

// hash is that of a structure of four empty address fields and the data, each
// length in 32 bits, the least significant byte first (RFC 2744 section 3.11).
func hash(data []byte) [Size]byte {
	b := binary.LittleEndian.AppendUint32(make([]byte, 16), uint32(len(data)))
	return md5.Sum(append(b, data...))
}

// fingerprint hashes a certificate with the hash of its signature, or with
// SHA-256 where that is weaker or not known (RFC 5929 section 4.1).
func fingerprint(c *x509.Certificate) []byte {
	switch c.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		sum := sha512.Sum384(c.Raw)
		return sum[:]
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		sum := sha512.Sum512(c.Raw)
		return sum[:]
	default:
		sum := sha256.Sum256(c.Raw)
		return sum[:]
	}
}
