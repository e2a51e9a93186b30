package session

import (
	"strings"
	"testing"
)

type onlyInvalid struct{}

func (onlyInvalid) DidBecomeInvalid(*Session, error) {}

type wrongSignature struct{ onlyInvalid }

func (wrongSignature) DidWriteData(*DownloadTask, int64, int64) {}

type alsoWrites struct{ onlyInvalid }

func (alsoWrites) DidWriteData(*DownloadTask, int64, int64, int64) {}

func TestNewRefusesAMethodThatWouldNeverBeCalled(t *testing.T) {
	_, err := New(EphemeralConfiguration(), wrongSignature{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"wrongSignature", "DidWriteData", "func(*session.DownloadTask, int64, int64, int64)"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func TestResolveFindsWhatIsThere(t *testing.T) {
	c, err := resolve(alsoWrites{})
	if err != nil {
		t.Fatal(err)
	}
	if c.didBecomeInvalid == nil || c.didWriteData == nil || c.didComplete != nil {
		t.Error("wrong table")
	}
	if c, err := resolve(nil); err != nil || c.didBecomeInvalid != nil {
		t.Errorf("nil delegate: %v %v", c, err)
	}
}

func TestTaskDelegateIsAskedPerMethod(t *testing.T) {
	own, err := resolve(sessionRecorder{recorder: newRecorder()})
	if err != nil {
		t.Fatal(err)
	}
	ofSession, err := resolve(alsoWrites{})
	if err != nil {
		t.Fatal(err)
	}
	m := own.over(ofSession)
	if m.didComplete == nil || m.didWriteData == nil {
		t.Error("methods of the task's delegate are missing")
	}
	if m.sessionChallenge != nil {
		t.Error("a session-level message went to the task's delegate")
	}
	if own.didCreateTask != nil || (&calls{}).over(ofSession).didWriteData == nil {
		t.Error("no fall through to the session's delegate")
	}
}
