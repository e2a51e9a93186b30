package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/adrg/xdg"
	"github.com/spf13/pflag"

	"haul/internal/config"
	"haul/internal/credentials"
	"haul/model"
	"haul/session"
	"haul/ui/phrases"
	"haul/ui/text"
)

// sourceOptions are the flags of where passwords come from.
type sourceOptions struct {
	netrc     bool
	netrcFile string
}

func (s *sourceOptions) register(f *pflag.FlagSet) {
	f.BoolVar(&s.netrc, "netrc", false, phrases.FlagNetrc)
	f.StringVar(&s.netrcFile, "netrc-file", "", phrases.FlagNetrcFile)
}

// passwords gives opt the places that passwords come from, in the order of their
// precedence, and returns the command among them, nil for none.
func (o *options) passwords(env Env, opt *model.Options) (*credentials.Command, error) {
	if e := environment(env); e != nil {
		opt.Sources = append(opt.Sources, e)
	}
	if password := env.getenv(credentials.ProxyPasswordVariable); password != "" {
		opt.Sources = append(opt.Sources, &credentials.Environment{
			User: env.getenv(credentials.ProxyUserVariable), Password: password, Proxies: true,
		})
	}
	netrc, err := o.netrc(env)
	if err != nil {
		return nil, err
	}
	if netrc != nil {
		opt.Sources = append(opt.Sources, netrc)
	}
	command, err := o.command(env)
	if command != nil {
		opt.Sources = append(opt.Sources, command)
	}
	return command, err
}

// environment is the password of the environment, nil for none.
func environment(env Env) *credentials.Environment {
	password := env.getenv(credentials.PasswordVariable)
	if password == "" {
		return nil
	}
	return &credentials.Environment{User: env.getenv(credentials.UserVariable), Password: password}
}

// command is the program that is asked for passwords, nil for none.
func (o *options) command(env Env) (*credentials.Command, error) {
	words := o.config.Credentials.Command
	if len(words) == 0 {
		return nil, nil
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return nil, fail(ExitUsage, phrases.NoCredentialsCommand, o.source("credentials.command"), err)
	}
	return credentials.NewCommand(words, env.without(append(credentials.SecretVariables(), o.auth.bearerEnv)...)), nil
}

// without is the environment for a program that haul starts: without variables
// that hold secrets of haul's.
func (e Env) without(names ...string) []string {
	return slices.DeleteFunc(slices.Clone(e.Environ), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return slices.Contains(names, name)
	})
}

// netrc is the file of the flags, else that of the configuration; nil for none.
func (o *options) netrc(env Env) (*credentials.Netrc, error) {
	source, path := "--netrc-file", o.from.netrcFile
	switch {
	case path != "":
	case o.from.netrc:
		source, path = "--netrc", "default"
	default:
		source, path = o.source("credentials.netrc"), o.config.Credentials.Netrc
	}
	if path == "" || path == "never" {
		return nil, nil
	}
	usual := path == "default" && source != "--netrc-file"
	if usual {
		path = filepath.Join(env.getenv("HOME"), ".netrc")
	}
	n, err := credentials.OpenNetrc(config.ExpandHome(path))
	if usual && errors.Is(err, fs.ErrNotExist) {
		return nil, nil // that is the usual state of things
	}
	if err != nil {
		return nil, fail(ExitUsage, phrases.CannotReadNetrc, source, err)
	}
	return n, nil
}

// keptDir is where haul keeps credentials, or what it needs to find them.
func keptDir() string { return filepath.Join(xdg.StateHome, "haul", "credentials") }

// keeping collects what went wrong with keeping credentials.
type keeping struct {
	mu       sync.Mutex
	troubles []string
}

// keep gives the session a storage that keeps credentials where the
// configuration wants them. What leaves no journal keeps none either.
func (j *job) keep(cfg *session.Configuration, opt *model.Options) *keeping {
	k := new(keeping)
	if j.noJournal {
		return k
	}
	places := credentials.NewPlaces(keptDir(), j.options.config.Credentials.Keep, j.command)
	if places == nil {
		return k
	}
	cfg.Credentials = session.NewPermanentCredentialStorage(places)
	cfg.Credentials.Watch(k.note)
	opt.Keeper = places.Where
	return k
}

// note notes a trouble. It is called on several goroutines.
func (k *keeping) note(e session.CredentialEvent) {
	if e.Err == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	line := fmt.Sprintf(phrases.CredentialsFault, e.Space.Host, e.Err)
	if !slices.Contains(k.troubles, line) {
		k.troubles = append(k.troubles, line)
	}
}

// complain prints what went wrong. It is called when the session has ended.
func (k *keeping) complain(w io.Writer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, line := range k.troubles {
		fmt.Fprintf(w, "haul: %s\n", text.Clean(line))
	}
}
