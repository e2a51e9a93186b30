package session

import (
	"fmt"
	"io"
)

// String leaves the password out. It and the two below are methods of the value,
// so that a credential inside another value is kept back as well.
func (c Credential) String() string {
	switch {
	case c.Trust != nil:
		return fmt.Sprintf("trust in %q", c.Trust.Addr)
	case c.Identity != nil:
		return "client certificate"
	}
	return fmt.Sprintf("credential of %q", c.User)
}

// Format keeps the password out of every verb of package fmt.
func (c Credential) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.String()) // a fmt.State collects in memory
}

// MarshalJSON refuses: a credential is not for writing down.
func (c Credential) MarshalJSON() ([]byte, error) {
	return nil, fmt.Errorf("%v is not encoded", c)
}
