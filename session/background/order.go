package background

import (
	"cmp"

	"github.com/creachadair/jrpc2"

	"haul/session"
)

// comparePlaces compares the place of j among all tasks with another one.
func comparePlaces(j *job, identifier string, id int64) int {
	return cmp.Or(cmp.Compare(j.h.identifier, identifier), cmp.Compare(j.rec.ID, id))
}

// codedError is a reply with the number of the URL Loading System.
func codedError(code session.Code, err error) error {
	return jrpc2.Errorf(jrpc2.Code(code), "%s: %v", code, err)
}
