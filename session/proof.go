package session

import (
	"errors"
	"io"

	"haul/session/internal/authn"
)

// provenBody takes what is read from a body to the proof that covers it.
type provenBody struct {
	io.ReadCloser
	proof *authn.BodyProof
}

func (b *provenBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	_, _ = b.proof.Write(p[:n]) // it never fails
	return n, err
}

// prove has the body of x held against the server's proof: it is handed on as
// it comes, and proven says at its end what it was worth.
func (x *exchange) prove(p *authn.BodyProof) {
	x.proof = p
	x.Body = &provenBody{x.Body, p}
}

// proven checks the server's proof over a body that was used to its end. What a
// decoder left unread of it is read first.
func (x *exchange) proven() error {
	if x.proof == nil {
		return nil
	}
	if _, err := io.CopyN(io.Discard, x.Body, drainBytes); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := x.proof.Check(); err != nil {
		return &Error{Code: BadServerResponse, Err: err}
	}
	return nil
}
