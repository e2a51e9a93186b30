// Package curl reads curl command lines, as documentation has them and browsers
// copy them, and turns them into what haul can do: downloads with header fields
// and a user name.
//
// It understands the quotes of the shell (', ", $' and \) and continued lines.
// It runs no shell: variables, substitutions and pipes are refused. Options that
// make no difference to a download by haul are passed over; those that would
// make another request of it (-d, -F, -T, -I, -X POST) are refused by name.
//
// A command line may hold passwords, cookies and tokens. Errors name options
// and never what was given to them, and a [Command] prints without it.
package curl

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

const (
	// maxLength is the longest command that is read, in bytes. Browsers copy
	// cookies of some kilobytes.
	maxLength = 64 << 10
	maxFields = 200
)

// Command is what a command line asks for.
type Command struct {
	// Downloads are its URLs, without user information.
	Downloads []Download
	// Header are the fields of -H, -A, -e and -b.
	Header http.Header
	// User and Password are those of -u, or of a URL. Named tells that there
	// is a user.
	User, Password string
	Named          bool
	// PassedOver are the options that haul does not need, or does in its own
	// way, in their order.
	PassedOver []string
}

// Download is one URL of a command.
type Download struct {
	URL string
	// Name is the file name of -o, "" for the one that the response suggests.
	// It has no directory.
	Name string
}

// Format leaves out what may be secret.
func (c Command) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "curl command of %d URLs with %d fields", len(c.Downloads), len(c.Header))
}

// Is tells whether a line is, or begins, a curl command. A prompt before it is
// passed over.
func Is(line string) bool {
	_, ok := afterName(line)
	return ok
}

// afterName is the line behind the word curl.
func afterName(line string) (rest string, ok bool) {
	line = strings.TrimSpace(line)
	for _, prompt := range []string{"$ ", "% ", "# ", "> "} {
		if after, found := strings.CutPrefix(line, prompt); found {
			line = strings.TrimSpace(after)
			break
		}
	}
	word, rest, _ := strings.Cut(line, " ")
	switch strings.TrimSuffix(word, ".exe") {
	case "curl", "/usr/bin/curl":
		return rest, true
	}
	return "", false
}

// Split cuts text into lines. A curl command is one line with all its
// continuations in it; every other line is itself.
func Split(text string) []string {
	var out []string
	rest := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		if Is(line) {
			for after != "" && len(line) <= maxLength {
				if _, err := words(line); !errors.Is(err, errOpen) {
					break
				}
				var next string
				next, after, _ = strings.Cut(after, "\n")
				line += "\n" + next
			}
		}
		out, rest = append(out, line), after
	}
	return out
}

// Parse reads one command. Its error says what haul cannot do with it, without
// repeating anything that may be secret.
func Parse(line string) (Command, error) {
	if len(line) > maxLength {
		return Command{}, errors.New("the curl command is too long")
	}
	rest, ok := afterName(line)
	if !ok {
		return Command{}, errors.New("that is not a curl command")
	}
	args, err := words(rest)
	if err != nil {
		return Command{}, err
	}
	p := parser{args: args, c: Command{Header: http.Header{}}}
	if err := p.run(); err != nil {
		return Command{}, err
	}
	return p.c, p.finish()
}

// parser goes through the words of a command.
type parser struct {
	args  []string
	c     Command
	urls  []string
	names []string // of -o; "" for -O
	whole bool     // -g: no patterns in URLs
}

func (p *parser) run() error {
	onlyURLs := false
	for len(p.args) > 0 {
		arg := p.args[0]
		p.args = p.args[1:]
		var err error
		switch {
		case onlyURLs || arg == "" || arg[0] != '-' || arg == "-":
			p.urls = append(p.urls, arg)
		case arg == "--":
			onlyURLs = true
		case strings.HasPrefix(arg, "--"):
			err = p.long(arg)
		default:
			err = p.short(arg[1:])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// long takes an option of a word.
func (p *parser) long(arg string) error {
	name := strings.TrimPrefix(arg, "--")
	o, ok := byName(name)
	if !ok {
		name, _, _ = strings.Cut(name, "=")
		return fmt.Errorf("curl's option --%s is not known here", printable(name))
	}
	value := ""
	if o.takes {
		if len(p.args) == 0 {
			return fmt.Errorf("curl's option --%s wants a value", name)
		}
		value, p.args = p.args[0], p.args[1:]
	}
	return p.apply(o, "--"+name, value)
}

// short takes options of one letter, of which the last may have its value
// attached: -sSLo FILE.
func (p *parser) short(letters string) error {
	for letters != "" {
		letter := letters[:1]
		letters = letters[1:]
		o, ok := byLetter(letter)
		if !ok {
			return fmt.Errorf("curl's option -%s is not known here", printable(letter))
		}
		value := ""
		if o.takes {
			value, letters = letters, ""
			if value == "" {
				if len(p.args) == 0 {
					return fmt.Errorf("curl's option -%s wants a value", letter)
				}
				value, p.args = p.args[0], p.args[1:]
			}
		}
		if err := p.apply(o, "-"+letter, value); err != nil {
			return err
		}
	}
	return nil
}

// apply does what an option means. shown is the option as it was written.
func (p *parser) apply(o option, shown, value string) error {
	switch o.does {
	case refuse:
		return fmt.Errorf("%s: %s", shown, o.why)
	case setURL:
		p.urls = append(p.urls, value)
	case setField:
		return p.field(o.field, value)
	case setHeader:
		return p.header(value)
	case setCookie:
		if !strings.Contains(value, "=") {
			return fmt.Errorf("%s: haul reads no cookie file of curl's; give the cookies themselves", shown)
		}
		return p.field("Cookie", value)
	case setUser:
		p.user(value)
	case setName:
		return p.name(value)
	case setRemote:
		p.names = append(p.names, "")
	case setMethod:
		if value != http.MethodGet {
			return fmt.Errorf("%s: haul downloads with GET and no other method", shown)
		}
	case setWhole:
		p.whole = true
	case passOver:
		p.c.PassedOver = append(p.c.PassedOver, shown)
	}
	return nil
}

// header takes "Name: value", or "Name;" for an empty one. "Name:" takes one
// of curl's own away, which haul does not send.
func (p *parser) header(line string) error {
	if strings.HasPrefix(line, "@") {
		return errors.New("-H @FILE: haul reads no file of header fields")
	}
	name, value, colon := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch {
	case !colon && strings.HasSuffix(line, ";"):
		name = strings.TrimSuffix(line, ";")
	case !colon:
		return errors.New("-H wants 'Name: value'")
	case value == "":
		return nil
	}
	return p.field(name, value)
}

func (p *parser) field(name, value string) error {
	name = http.CanonicalHeaderKey(strings.TrimSpace(name))
	switch {
	case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
		return errors.New("-H wants 'Name: value', and a name of letters, digits and dashes")
	case len(p.c.Header) >= maxFields:
		return errors.New("there are too many header fields")
	}
	switch name {
	case "Range", "If-Range", "Host", "Content-Length", "Connection", "Transfer-Encoding", "Accept-Encoding", "Te", "Upgrade":
		// haul asks for ranges itself, and for the file as it is.
		p.c.PassedOver = append(p.c.PassedOver, name)
		return nil
	}
	p.c.Header.Add(name, value)
	return nil
}

func (p *parser) user(value string) {
	p.c.User, p.c.Password, _ = strings.Cut(value, ":")
	p.c.Named = true
}

// name takes a file name; its directory is chosen apart from it.
func (p *parser) name(value string) error {
	if value == "-" {
		return errors.New("-o -: haul writes into files")
	}
	value = value[strings.LastIndexAny(value, `/\`)+1:]
	if value == "" || value == "." || value == ".." {
		return errors.New("-o wants a file name")
	}
	p.names = append(p.names, value)
	return nil
}

// finish turns the URLs into downloads.
func (p *parser) finish() error {
	if len(p.urls) == 0 {
		return errors.New("there is no URL in the curl command")
	}
	for i, raw := range p.urls {
		if !p.whole && strings.ContainsAny(raw, "{}") {
			return fmt.Errorf("URL %d has a pattern of curl's ({}): write out the URLs", i+1)
		}
		if !strings.Contains(raw, "://") {
			raw = "http://" + raw // as curl does
		}
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" {
			return fmt.Errorf("argument %d of curl is no URL", i+1)
		}
		if u.User != nil {
			if !p.c.Named {
				p.c.User = u.User.Username()
				p.c.Password, _ = u.User.Password()
				p.c.Named = true
			}
			u.User = nil
		}
		d := Download{URL: u.String()}
		if i < len(p.names) {
			d.Name = p.names[i]
		}
		p.c.Downloads = append(p.c.Downloads, d)
	}
	return nil
}

// printable is an option's name as it can stand in an error.
func printable(s string) string {
	const most = 24
	var b strings.Builder
	for _, r := range s {
		if b.Len() >= most {
			break
		}
		if r > ' ' && r < 0x7f {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// WithUser is a URL with the command's user, who is meant for the command's own
// servers only.
func (c Command) WithUser(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || !c.Named {
		return raw
	}
	u.User = url.UserPassword(c.User, c.Password)
	if c.Password == "" {
		u.User = url.User(c.User)
	}
	return u.String()
}
