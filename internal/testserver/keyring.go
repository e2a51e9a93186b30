package testserver

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// busConfig is a session bus that starts nothing by itself.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// StartKeyring starts a session bus of its own with GNOME's keyring on it, empty
// and unlocked. It returns the address of the bus, for DBUS_SESSION_BUS_ADDRESS.
// Both end with the test.
func StartKeyring(t testing.TB) (address string) {
	t.Helper()
	bus, ring, send := find(t, "dbus-daemon", "dbus"), find(t, "gnome-keyring-daemon", "gnome-keyring"), find(t, "dbus-send", "dbus")
	shell := find(t, "sh", "dash")
	dir := openDir(t) // the name of a socket has to be short
	address = "unix:path=" + filepath.Join(dir, "bus")
	for name, text := range map[string]string{"bus.conf": fmt.Sprintf(busConfig, address), "password": "of the test"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "XDG_DATA_HOME=" + dir, "DBUS_SESSION_BUS_ADDRESS=" + address}
	begin := func(ready func() error, path string, args ...string) {
		t.Helper()
		p, err := start(t, nil, env, path, args...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.stop)
		if err := p.await(ready); err != nil {
			p.stop()
			t.Fatalf("%s: %v\n%s", path, err, p.output.Bytes())
		}
	}
	ping := func(name, object string) func() error {
		return func() error {
			return run(env, "", send, "--session", "--print-reply", "--reply-timeout=2000", "--dest="+name, object, "org.freedesktop.DBus.Peer.Ping")
		}
	}
	begin(ping("org.freedesktop.DBus", "/"), bus, "--nofork", "--nosyslog", "--config-file="+filepath.Join(dir, "bus.conf"))
	begin(ping("org.freedesktop.secrets", "/org/freedesktop/secrets"), shell, "-c",
		`exec "$0" --foreground --unlock --components=secrets <"$1"`, ring, filepath.Join(dir, "password"))
	return address
}
