//go:build linux || freebsd || netbsd || openbsd || dragonfly

package credentials

import (
	"errors"
	"fmt"
	"os"

	ss "github.com/zalando/go-keyring/secret_service"
)

// reach opens a session of the Secret Service, which unlocks nothing. Without a
// bus nothing is tried: the library would start one.
func reach() error {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err != nil {
			return errors.New("there is no session bus (DBUS_SESSION_BUS_ADDRESS)")
		}
	}
	service, err := ss.NewSecretService()
	if err != nil {
		return err
	}
	opened, err := service.OpenSession()
	if err != nil {
		return err
	}
	return service.Close(opened)
}

// cut closes the connection that the library shares, and so ends its calls. The
// next call makes another.
func cut() {
	service, err := ss.NewSecretService()
	if err != nil {
		return // there is none to be cut
	}
	_ = service.Conn.Close() // that it is closed is all there is to it
}
