package background

import (
	"testing"

	"haul/session"
)

func TestNobodyIsAskedForAClientCertificate(t *testing.T) {
	// An attempt without a job could not ask.
	d, cred := new(attempt).DidReceiveChallenge(t.Context(), nil, &session.Challenge{
		Space: session.ProtectionSpace{Protocol: "https", Host: "h", Port: 443, Method: session.MethodClientCertificate},
	})
	if d != session.PerformDefaultHandling || cred != nil {
		t.Errorf("%v, %v", d, cred)
	}
}
