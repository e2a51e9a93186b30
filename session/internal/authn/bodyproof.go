package authn

import (
	"encoding/hex"
	"hash"
)

// BodyProof is the server's proof over content that is handed on as it comes
// (qop auth-int): each piece is written to it, in order, and at the end Check
// says whether the proof holds. Not for use by several goroutines at once.
type BodyProof struct {
	answer *Answer
	params map[string]string
	hash   hash.Hash
}

// BodyProof begins a check for which Accept had no content. info is what
// Accept was given.
func (a *Answer) BodyProof(info []string) *BodyProof {
	return &BodyProof{answer: a, params: parseParams(info), hash: a.space.terms.alg.hash.new()}
}

// Write takes the next bytes of the content, before a content coding is undone.
// It does not fail.
func (p *BodyProof) Write(b []byte) (int, error) { return p.hash.Write(b) }

// Check returns nil, or an error that is ErrServerProof.
func (p *BodyProof) Check() error {
	return p.answer.checkProof(p.params, func() (string, error) { return hex.EncodeToString(p.hash.Sum(nil)), nil })
}
