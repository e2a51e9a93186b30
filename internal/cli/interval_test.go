package cli

import (
	"testing"
	"time"
)

func TestProgressIsATimeOrOff(t *testing.T) {
	for text, want := range map[string]time.Duration{"10s": 10 * time.Second, "1m30s": 90 * time.Second, "off": 0, "0": 0} {
		o, _, _, err := settled(t, "", nil, []string{"--progress=" + text})
		if err != nil || o.progress != want {
			t.Errorf("%s: %v, %v", text, o.progress, err)
		}
	}
	o, _, _, err := settled(t, "", nil, nil)
	if err != nil || o.progress != 10*time.Second || o.flags.Lookup("progress").DefValue != "10s" {
		t.Errorf("by default %v, %v", o.progress, err)
	}
	for _, text := range []string{"", "never", "10", "-1s"} {
		if err := new(interval).Set(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
