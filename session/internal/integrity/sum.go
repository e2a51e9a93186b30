package integrity

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// The algorithms, by their names in RFC 9530 section 5.
const (
	SHA256 = "sha-256"
	SHA512 = "sha-512"
)

// Sum is a digest that was promised.
type Sum struct {
	Algorithm string // SHA256 or SHA512
	value     []byte
}

// New returns the hash of the algorithm.
func (s Sum) New() hash.Hash {
	if s.Algorithm == SHA512 {
		return sha512.New()
	}
	return sha256.New()
}

// Matches tells whether h, made by New, has the promised value.
func (s Sum) Matches(h hash.Hash) bool { return bytes.Equal(h.Sum(nil), s.value) }

// sum makes a Sum if algorithm is known and the value has its length.
func sum(algorithm string, value []byte) (Sum, bool) {
	size := map[string]int{SHA256: sha256.Size, SHA512: sha512.Size}[algorithm]
	return Sum{algorithm, value}, size > 0 && len(value) == size
}
