// Package integrity reads what a response says the digest of its bytes is:
// Repr-Digest and Content-Digest (RFC 9530), and Digest (RFC 3230), which those
// replaced. It knows SHA-256 and SHA-512; other algorithms in a field are left
// out, for the weak ones prove nothing and the rest is not in use.
//
//	for _, sum := range integrity.Fields(resp.Header.Values("Repr-Digest")) {
//		h := sum.New()
//		…                     // write the bytes to h
//		ok := sum.Matches(h)
//	}
//
// A field with an error in its syntax is as good as none: RFC 9651 says so for
// structured fields, and a promise that cannot be read cannot be held.
package integrity
