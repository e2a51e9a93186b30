package cli

import (
	"os"
	"strings"

	"github.com/spf13/pflag"

	"haul/session"
	"haul/ui/phrases"
)

// authOptions are the flags of authentication, but for -u.
type authOptions struct {
	bearerEnv string
	keytab    string
	given     *session.Credential // what bearerEnv has held
}

func (a *authOptions) register(f *pflag.FlagSet) {
	f.StringVar(&a.bearerEnv, "bearer-env", "", phrases.FlagBearerEnv)
	f.StringVar(&a.keytab, "keytab", "", phrases.FlagKeytab)
}

// token is what --bearer-env names. The token itself is never an argument, which
// everybody on the machine can read.
func (a *authOptions) token() (*session.Credential, error) {
	if a.bearerEnv == "" || a.given != nil {
		return a.given, nil
	}
	token := os.Getenv(a.bearerEnv)
	if token == "" {
		return nil, fail(ExitUsage, phrases.NoToken, a.bearerEnv)
	}
	// No program that haul starts is given it. Unsetting a name that was found
	// does not fail.
	_ = os.Unsetenv(a.bearerEnv)
	a.given = tokenOf(token)
	return a.given, nil
}

func tokenOf(token string) *session.Credential {
	return &session.Credential{Password: token, Persistence: session.PersistenceForSession}
}

// keytabFile is what --keytab names, "" for none.
func (a *authOptions) keytabFile() (string, error) {
	if a.keytab == "" {
		return "", nil
	}
	f, err := os.Open(strings.TrimPrefix(a.keytab, "FILE:"))
	if err != nil {
		return "", fail(ExitUsage, phrases.CannotReadKeytab, a.keytab, cause(err))
	}
	return a.keytab, f.Close()
}
