package cli

import (
	"encoding/hex"
	"net/url"
	"path/filepath"
	"strings"

	"haul/internal/config"
	"haul/internal/credentials"
	"haul/model"
	"haul/session"
	"haul/session/background"
	"haul/ui/phrases"
)

// access is what the flags and the environment of this run let the agent's tasks
// in with. Its secrets are in the agent's memory only.
type access struct {
	task        background.Access
	user        *session.Credential // of -u
	environment *credentials.Environment
}

// access checks the flags as a run of its own does. With ask the password of -u
// is asked for where nothing else may have it.
func (o *options) access(env Env, ask bool) (*access, error) {
	a := &access{environment: environment(env)}
	a.task.User, _, _ = strings.Cut(o.user, ":")
	var opt model.Options
	_, err := o.passwords(env, &opt)
	if err == nil && ask {
		a.user, err = o.credential(env, &opt)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case o.from.netrcFile != "":
		a.task.Netrc, err = filepath.Abs(config.ExpandHome(o.from.netrcFile))
	case o.from.netrc:
		a.task.Netrc, err = filepath.Abs(filepath.Join(env.getenv("HOME"), ".netrc"))
	}
	if err != nil {
		return nil, fail(ExitUsage, phrases.NoCurrentDirectory, cause(err))
	}
	if a.task.Certificates, err = o.identityAccess(); err != nil {
		return nil, err
	}
	sums, err := o.fingerprints()
	if err != nil {
		return nil, err
	}
	for _, sum := range sums {
		a.task.TrustSHA256 = append(a.task.TrustSHA256, hex.EncodeToString(sum[:]))
	}
	token, err := o.auth.token()
	if token != nil {
		a.task.Token = token.Password
	}
	return a, err
}

// identityAccess are the client certificates of the flags, wherever the agent is.
func (o *options) identityAccess() (all []background.IdentityFile, err error) {
	files, err := o.identity.certificates()
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		for _, path := range []*string{&file.Certificate, &file.Key} {
			if *path == "" {
				continue
			}
			if *path, err = filepath.Abs(config.ExpandHome(*path)); err != nil {
				return nil, fail(ExitUsage, phrases.NoCurrentDirectory, cause(err))
			}
		}
		all = append(all, background.IdentityFile(file))
	}
	return all, nil
}

// give gives a task what lets it in. cred is one for the URL's own origin, nil
// for that of the flags; user information in the URL goes before both.
func (a *access) give(w *background.Create, u *url.URL, cred *session.Credential) {
	task := a.task
	w.Access = &task
	own := u.User
	if cred == nil {
		cred = a.user
	}
	if own == nil && cred != nil {
		own = url.UserPassword(cred.User, cred.Password)
	}
	_, known := own.Password()
	if e := a.environment; e != nil && !known {
		name := a.task.User
		if own != nil {
			name = own.Username()
		}
		if c := e.For(name); c != nil {
			own = url.UserPassword(c.User, c.Password)
		}
	}
	if own != nil {
		w.Request.User = own.Username()
		w.Request.Password, _ = own.Password()
	}
}
