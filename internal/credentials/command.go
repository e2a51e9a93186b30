package credentials

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"haul/session"
)

// What a command may take: the time leaves a person room to unlock a store.
const (
	commandTime  = time.Minute
	mostAnswered = 64 << 10
)

// Command is a program that is asked for passwords the way git asks its
// credential helpers (gitcredentials(7), git-credential(1)): it is run with
// "get", "store" or "erase" behind its words, reads lines name=value that
// describe the server from its standard input, and answers with such lines.
//
// No shell reads the words. Secrets go through the standard streams, never into
// arguments or the environment; what the command prints to its standard error is
// thrown away, for it may hold a secret. One command runs at a time, and what it
// answered is remembered while the program runs.
type Command struct {
	words   []string
	environ []string
	turn    chan struct{} // held, by being full, while a command runs and by who reads answers
	answers map[question]*session.Credential
}

// question is what a command is asked for: a user and a password, or a token.
type question struct {
	protocol, host, user string
	token                bool
}

// NewCommand makes a source of a command's words, at least one. environ is the
// command's environment.
func NewCommand(words, environ []string) *Command {
	return &Command{
		words: words, environ: append(environ, "GIT_TERMINAL_PROMPT=0"),
		turn: make(chan struct{}, 1), answers: make(map[question]*session.Credential),
	}
}

// Name is what the source is called in a row's log.
func (c *Command) Name() string { return filepath.Base(c.words[0]) }

// Credential asks the command.
func (c *Command) Credential(ctx context.Context, p session.ProtectionSpace, _ bool, user string) (*session.Credential, error) {
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	defer c.giveBack()
	q := questionFor(p, user)
	if cred, asked := c.answers[q]; asked {
		return cred, nil
	}
	output, err := c.run(ctx, "get", q, nil)
	defer clear(output)
	if err != nil {
		if ctx.Err() == nil {
			c.answers[q] = nil
		}
		return nil, err
	}
	cred := q.read(output)
	c.answers[q] = cred
	return cred, nil
}

// Refused tells the command to forget a credential that a server refused. Rows
// that learn of it together tell it once.
func (c *Command) Refused(ctx context.Context, p session.ProtectionSpace, cred *session.Credential) {
	if c.take(ctx) != nil {
		return
	}
	defer c.giveBack()
	told := false
	for _, q := range []question{questionFor(p, ""), questionFor(p, cred.User)} {
		known := c.answers[q]
		if known == nil || known.User != cred.User || known.Password != cred.Password {
			continue
		}
		c.answers[q] = nil
		if !told {
			// It may keep what it has: nothing hangs on it.
			_, _ = c.run(ctx, "erase", questionFor(p, cred.User), cred)
			told = true
		}
	}
}

// Store tells the command a credential that somebody chose to keep and that a
// server accepted.
func (c *Command) Store(ctx context.Context, p session.ProtectionSpace, cred *session.Credential) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.giveBack()
	_, err := c.run(ctx, "store", questionFor(p, cred.User), cred)
	return err
}

func (c *Command) take(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *Command) giveBack() { <-c.turn }

// run runs the command. The caller holds turn, and overwrites what is returned.
func (c *Command) run(ctx context.Context, action string, q question, cred *session.Credential) ([]byte, error) {
	input, err := q.text(cred)
	defer clear(input)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	args := append(append([]string{}, c.words[1:]...), action)
	cmd := exec.CommandContext(ctx, c.words[0], args...)
	var output bounded
	cmd.Env, cmd.Stdin, cmd.Stdout = c.environ, bytes.NewReader(input), &output
	cmd.WaitDelay = time.Second
	alone(cmd)
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		clear(output.text)
		return nil, fmt.Errorf("%s %s did not end in time", c.Name(), action)
	case output.full:
		clear(output.text)
		return nil, fmt.Errorf("%s %s says more than %d bytes", c.Name(), action, mostAnswered)
	case errors.As(err, &exit):
		clear(output.text)
		return nil, fmt.Errorf("%s %s ended with %v", c.Name(), action, exit.ProcessState)
	case err != nil:
		clear(output.text)
		return nil, fmt.Errorf("%s %s: %w", c.Name(), action, err)
	}
	return output.text, nil
}

func questionFor(p session.ProtectionSpace, user string) question {
	host := p.Host
	switch {
	case p.Protocol == "http" && p.Port == 80 || p.Protocol == "https" && p.Port == 443:
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
	default:
		host = net.JoinHostPort(host, strconv.Itoa(p.Port))
	}
	return question{protocol: p.Protocol, host: host, user: user, token: p.Method == session.MethodBearer}
}

// errUnsayable is why a command is not asked.
var errUnsayable = errors.New("a user name or password with a line break cannot be told to a command")

// text is the question as the command reads it, with the secret if there is one.
// Its room is measured before, so that no copy of the secret stays behind.
func (q question) text(cred *session.Credential) ([]byte, error) {
	const names = "capability[]=authtype\nauthtype=Bearer\ncredential=\nprotocol=\nhost=\nusername=\npassword=\n\n"
	size := len(names) + len(q.protocol) + len(q.host) + len(q.user)
	if cred != nil {
		size += len(cred.Password)
	}
	text := make([]byte, 0, size)
	line := func(name, value string) {
		text = append(text, name...)
		text = append(text, '=')
		text = append(text, value...)
		text = append(text, '\n')
	}
	secret := "password"
	if q.token {
		line("capability[]", "authtype")
		secret = "credential"
	}
	line("protocol", q.protocol)
	line("host", q.host)
	if q.user != "" {
		line("username", q.user)
	}
	said := q.protocol + q.host + q.user
	if cred != nil {
		if q.token {
			line("authtype", "Bearer")
		}
		line(secret, cred.Password)
		if strings.ContainsAny(cred.Password, "\n\x00") {
			return text, errUnsayable
		}
	}
	if strings.ContainsAny(said, "\n\x00") {
		return text, errUnsayable
	}
	return append(text, '\n'), nil
}

// read reads the answer of a command: nil if it has none, or one for another
// server or user. A token is told apart from a password by authtype: many a
// command has a password for the same server, which is no token.
func (q question) read(output []byte) *session.Credential {
	cred := &session.Credential{User: q.user, Persistence: session.PersistenceForSession}
	answered, bearer := false, false
	for line := range bytes.SplitSeq(output, []byte("\n")) {
		name, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\r")), []byte("="))
		switch string(name) {
		case "quit":
			if string(value) == "1" || string(value) == "true" {
				return nil
			}
		case "protocol":
			if string(value) != q.protocol {
				return nil
			}
		case "host":
			if !strings.EqualFold(string(value), q.host) {
				return nil
			}
		case "username":
			if q.user != "" && string(value) != q.user {
				return nil
			}
			cred.User = string(value)
		case "authtype":
			bearer = strings.EqualFold(string(value), "Bearer")
		case "password", "credential":
			if (string(name) == "credential") == q.token {
				cred.Password, answered = string(value), true
			}
		}
	}
	if q.token {
		cred.User = ""
	}
	if !answered || q.token && (!bearer || cred.Password == "") || !q.token && cred.User == "" || bytes.IndexByte(output, 0) >= 0 {
		return nil
	}
	return cred
}

// bounded collects what a command prints, up to its bound. It grows by hand, so
// that what it had before is overwritten.
type bounded struct {
	text []byte
	full bool
}

var errFull = errors.New("too much output")

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > mostAnswered {
		b.full = true
		return 0, errFull
	}
	if len(b.text)+len(p) > cap(b.text) {
		grown := make([]byte, len(b.text), 2*(len(b.text)+len(p)))
		copy(grown, b.text)
		clear(b.text)
		b.text = grown
	}
	b.text = append(b.text, p...)
	return len(p), nil
}
