package credentials

import (
	"context"

	"haul/session"
)

// The variables of the environment: what servers are told, and what proxies are.
const (
	UserVariable          = "HAUL_USER"
	PasswordVariable      = "HAUL_PASSWORD"
	ProxyUserVariable     = "HAUL_PROXY_USER"
	ProxyPasswordVariable = "HAUL_PROXY_PASSWORD"
)

// SecretVariables are those that no program haul starts is given.
func SecretVariables() []string { return []string{PasswordVariable, ProxyPasswordVariable} }

// Environment is a user and a password that the environment has, for the origins
// of the URLs given and no other, or for proxies.
type Environment struct {
	User, Password string
	Proxies        bool
}

// Name is what the source is called in a row's log.
func (e *Environment) Name() string {
	if e.Proxies {
		return ProxyPasswordVariable
	}
	return PasswordVariable
}

// Credential is the one of the environment, if it is for that user.
func (e *Environment) Credential(_ context.Context, p session.ProtectionSpace, own bool, user string) (*session.Credential, error) {
	if p.Proxy != e.Proxies || !p.Proxy && !own || p.Method == session.MethodBearer {
		return nil, nil
	}
	return e.For(user), nil
}

// For is the credential for a user, "" for any; nil if it is another one's.
func (e *Environment) For(user string) *session.Credential {
	if user != "" && e.User != "" && user != e.User {
		return nil
	}
	if e.User != "" {
		user = e.User
	}
	if user == "" {
		return nil
	}
	return &session.Credential{User: user, Password: e.Password, Persistence: session.PersistenceForSession}
}

// Refused changes nothing: the environment is the caller's.
func (*Environment) Refused(context.Context, session.ProtectionSpace, *session.Credential) {}
