package ntlm

import (
	"crypto/hmac"
	"crypto/md5"
	"strings"

	//lint:ignore SA1019 NTLM is defined with MD4, broken as it is
	"golang.org/x/crypto/md4"
)

// mac is HMAC-MD5 over the parts.
func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p) // a hash.Hash never fails
	}
	return h.Sum(nil)
}

// responseKey is NTOWFv2 and LMOWFv2 (MS-NLMP section 3.3.2).
func responseKey(user, domain, password string) []byte {
	h := md4.New()
	h.Write(encode(password))
	return mac(h.Sum(nil), encode(strings.ToUpper(user)+domain))
}

// ntResponse is the NTLMv2 response and the base of the session's keys. stamp
// and info are what the server sent, as it is sent back.
func ntResponse(key []byte, server, client [8]byte, stamp, info []byte) (response, session []byte) {
	temp := []byte{1, 1, 0, 0, 0, 0, 0, 0}
	temp = append(temp, stamp...)
	temp = append(temp, client[:]...)
	temp = append(temp, 0, 0, 0, 0)
	temp = append(temp, info...)
	temp = append(temp, 0, 0, 0, 0)
	proof := mac(key, server[:], temp)
	return append(proof, temp...), mac(key, proof)
}

// lmResponse is the LMv2 response.
func lmResponse(key []byte, server, client [8]byte) []byte {
	return append(mac(key, server[:], client[:]), client[:]...)
}
