package kerberos

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"
)

// Settings say where things are. The zero value is the environment and the
// system's defaults.
type Settings struct {
	// Config is the path of krb5.conf. "": the first file of KRB5_CONFIG that
	// there is, else /etc/krb5.conf.
	Config string
	// Cache is the credential cache, with or without "FILE:". "": KRB5CCNAME,
	// else /tmp/krb5cc_UID.
	Cache string
	// Keytab is the client's keytab, with or without "FILE:". "":
	// KRB5_CLIENT_KTNAME, else none.
	Keytab string
}

// Tickets gets tickets.
type Tickets struct {
	settings Settings

	mu     sync.Mutex
	config *config.Config // nil until it was read
}

// New returns a source of tickets. Nothing is read yet.
func New(s Settings) *Tickets { return &Tickets{settings: s} }

// ErrNone says that there is no ticket, and nothing to get one with, and that
// nothing is wrong with that.
var ErrNone = errors.New("no ticket at hand")

// Usable tells whether Kerberos is set up on this machine: there is a krb5.conf
// that names a realm, or a cache or keytab.
func (ts *Tickets) Usable() bool {
	if c, err := ts.conf(); err == nil && (c.LibDefaults.DefaultRealm != "" || len(c.Realms) > 0) {
		return true
	}
	for _, path := range []string{ts.cache(), ts.keytab()} {
		if _, err := os.Stat(path); path != "" && err == nil {
			return true
		}
	}
	return false
}

// Realm tells for a user as a person types it which name and realm that is:
// name@REALM, REALM\name, or name alone in the default realm. ok is false if no
// realm of that name is known here.
func (ts *Tickets) Realm(user string) (name, realm string, ok bool) {
	c, err := ts.conf()
	if err != nil {
		return "", "", false
	}
	name, wanted := user, ""
	if before, after, found := strings.Cut(user, `\`); found {
		name, wanted = after, before
	} else if i := strings.LastIndexByte(user, '@'); i >= 0 {
		name, wanted = user[:i], user[i+1:]
	}
	if wanted == "" {
		return name, c.LibDefaults.DefaultRealm, c.LibDefaults.DefaultRealm != ""
	}
	for _, r := range c.Realms {
		if strings.EqualFold(r.Realm, wanted) {
			return name, r.Realm, true
		}
	}
	if strings.EqualFold(c.LibDefaults.DefaultRealm, wanted) {
		return name, c.LibDefaults.DefaultRealm, true
	}
	return "", "", false
}

// AtHand returns a ticket for a service, "HTTP/host", from the cache or by the
// keytab. ErrNone is its error if there is neither; an *Error says what is wrong
// with what there is.
func (ts *Tickets) AtHand(service string) (*Ticket, error) {
	c, err := ts.conf()
	if err != nil {
		return nil, err
	}
	cl, err := ts.fromCache(c)
	if err == nil {
		return ticket(cl, service)
	}
	byKeytab, kerr := ts.fromKeytab(c)
	switch {
	case kerr == nil:
		return login(byKeytab, service)
	case errors.Is(err, ErrNone):
		return nil, kerr
	}
	return nil, err
}

// Login gets a ticket with a password. Its errors are *Error.
func (ts *Tickets) Login(user, password, service string) (*Ticket, error) {
	c, err := ts.conf()
	if err != nil {
		return nil, err
	}
	name, realm, ok := ts.Realm(user)
	if !ok {
		return nil, &Error{Kind: Unreachable, Text: fmt.Sprintf("no Kerberos realm is known for %q", user)}
	}
	return login(client.NewWithPassword(name, realm, password, c, client.DisablePAFXFAST(true)), service)
}

// login logs in and out again: all that stays is the ticket.
func login(cl *client.Client, service string) (*Ticket, error) {
	defer cl.Destroy()
	if err := guarded(cl.Login); err != nil {
		return nil, explain(err, cl.Credentials.Domain(), service)
	}
	return ticket(cl, service)
}

func ticket(cl *client.Client, service string) (*Ticket, error) {
	t := &Ticket{name: cl.Credentials.CName(), realm: cl.Credentials.Domain()}
	err := guarded(func() (err error) {
		t.ticket, t.key, err = cl.GetServiceTicket(service)
		return err
	})
	if err != nil {
		return nil, explain(err, t.realm, service)
	}
	return t, nil
}

// guarded runs what reads a stranger's bytes with a parser that may not expect
// them.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Error{Kind: Broken, Text: "what was read for Kerberos is malformed"}
		}
	}()
	return f()
}

// conf reads krb5.conf once.
func (ts *Tickets) conf() (*config.Config, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.config != nil {
		return ts.config, nil
	}
	path := ts.settings.Config
	if path == "" {
		path = "/etc/krb5.conf"
		for _, p := range filepath.SplitList(os.Getenv("KRB5_CONFIG")) {
			if _, err := os.Stat(p); err == nil {
				path = p
				break
			}
		}
	}
	var c *config.Config
	err := guarded(func() (err error) {
		c, err = config.Load(path)
		return err
	})
	var partly config.UnsupportedDirective
	switch {
	case err == nil, errors.As(err, &partly) && c != nil:
	case missing(path):
		c = config.New()
	default:
		return nil, &Error{Kind: Broken, Text: path + " cannot be read: " + err.Error()}
	}
	ts.config = c
	return c, nil
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// cache is the path of the credential cache, "" if it is of a kind that is not
// read here.
func (ts *Tickets) cache() string {
	name := ts.settings.Cache
	if name == "" {
		name = os.Getenv("KRB5CCNAME")
	}
	if name == "" {
		name = "/tmp/krb5cc_" + strconv.Itoa(os.Getuid())
	}
	return file(name)
}

func (ts *Tickets) keytab() string {
	name := ts.settings.Keytab
	if name == "" {
		name = os.Getenv("KRB5_CLIENT_KTNAME")
	}
	return file(name)
}

// file takes the kind off the name of a cache or keytab.
func file(name string) string {
	kind, path, ok := strings.Cut(name, ":")
	switch {
	case !ok, strings.ContainsAny(kind, `/\`):
		return name
	case strings.EqualFold(kind, "FILE"), strings.EqualFold(kind, "WRFILE"):
		return path
	}
	return ""
}

// fromCache uses the ticket-granting ticket of the cache.
func (ts *Tickets) fromCache(c *config.Config) (*client.Client, error) {
	path := ts.cache()
	if path == "" {
		return nil, &Error{Kind: Broken, Text: "the credential cache of KRB5CCNAME is of a kind that is not read here: use FILE:"}
	}
	if missing(path) {
		return nil, ErrNone
	}
	var cl *client.Client
	var until time.Time
	err := guarded(func() error {
		cc, err := credentials.LoadCCache(path)
		if err != nil {
			return err
		}
		for _, e := range cc.GetEntries() {
			if n := e.Server.PrincipalName.NameString; len(n) == 2 && n[0] == "krbtgt" && n[1] == cc.GetClientRealm() {
				until = e.EndTime
			}
		}
		cl, err = client.NewFromCCache(cc, c)
		return err
	})
	switch {
	case err != nil:
		return nil, &Error{Kind: Broken, Text: "the credential cache " + path + " cannot be used: " + err.Error()}
	case time.Now().After(until):
		who := cl.Credentials.CName().PrincipalNameString() + "@" + cl.Credentials.Domain()
		return nil, &Error{Kind: Expired, Text: fmt.Sprintf("the ticket of %s expired at %s", who, until.Local().Format("2006-01-02 15:04"))}
	}
	return cl, nil
}

// fromKeytab uses the first user in the keytab.
func (ts *Tickets) fromKeytab(c *config.Config) (*client.Client, error) {
	path := ts.keytab()
	if path == "" {
		return nil, ErrNone
	}
	var kt *keytab.Keytab
	err := guarded(func() (err error) {
		kt, err = keytab.Load(path)
		return err
	})
	if err == nil && len(kt.Entries) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, &Error{Kind: Broken, Text: "the keytab " + path + " cannot be used: " + err.Error()}
	}
	who := kt.Entries[0].Principal
	return client.NewWithKeytab(strings.Join(who.Components, "/"), who.Realm, kt, c, client.DisablePAFXFAST(true)), nil
}
