package cookies

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

const (
	netscapeHeader = "# Netscape HTTP Cookie File\n# Made by haul. Edit at your own risk.\n\n"
	httpOnlyPrefix = "#HttpOnly_"
	// maxNetscapeLine leaves room for the largest cookie there can be.
	maxNetscapeLine = 16 << 10
)

// ReadNetscape adds the cookies of a cookies.txt file, the format of Netscape
// that curl and wget write: seven fields separated by tabs. It returns how many
// were taken and how many lines were left out because they are no cookie, have
// expired or break the rules of the jar. An error is one of r, or a line longer
// than any cookie; what came before it is kept.
func (j *Jar) ReadNetscape(r io.Reader) (taken, skipped int, err error) {
	now := time.Now()
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxNetscapeLine)
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if isNetscapeComment(line) {
			continue
		}
		c, err := parseNetscape(line)
		if err != nil || c.Expired(now) || j.Set(c) != nil {
			skipped++
			continue
		}
		taken++
	}
	if err := lines.Err(); err != nil {
		return taken, skipped, fmt.Errorf("cookies: %w", err)
	}
	return taken, skipped, nil
}

func isNetscapeComment(line string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") && !strings.HasPrefix(line, httpOnlyPrefix)
}

var errNetscape = errors.New("not a line of a cookies.txt")

// parseNetscape reads one line: domain, subdomains too, path, secure, expiry in
// seconds of Unix time or 0, name, value. Like curl it takes a line without a
// value.
func parseNetscape(line string) (Cookie, error) {
	line, httpOnly := strings.CutPrefix(line, httpOnlyPrefix)
	f := strings.Split(line, "\t")
	if len(f) == 6 {
		f = append(f, "")
	}
	if len(f) != 7 {
		return Cookie{}, errNetscape
	}
	subdomains, ok := parseNetscapeBool(f[1])
	secure, ok2 := parseNetscapeBool(f[3])
	seconds, err := strconv.ParseInt(f[4], 10, 64)
	if !ok || !ok2 || err != nil {
		return Cookie{}, errNetscape
	}
	c := Cookie{
		Domain: strings.TrimPrefix(f[0], "."), HostOnly: !subdomains, Path: f[2], Secure: secure,
		HTTPOnly: httpOnly, Name: f[5], Value: f[6],
	}
	if seconds != 0 {
		// Beyond this the year has more than four digits; the jar's own bound
		// is far below.
		const most = 253402300799
		c.Expires = time.Unix(max(1, min(seconds, most)), 0)
	}
	return c, nil
}

func parseNetscapeBool(s string) (value, ok bool) {
	switch {
	case strings.EqualFold(s, "TRUE"):
		return true, true
	case strings.EqualFold(s, "FALSE"):
		return false, true
	default:
		return false, false
	}
}

// WriteNetscape writes all cookies, session cookies too, as a cookies.txt that
// curl, wget and [Jar.ReadNetscape] read. The format cannot say SameSite, nor a
// cookie with a tab in it, which is left out. What is written is secret: a file
// for it has the mode 0600.
func (j *Jar) WriteNetscape(w io.Writer) error {
	b := bufio.NewWriter(w)
	// A bufio.Writer keeps its first error and Flush returns it.
	b.WriteString(netscapeHeader)
	for _, c := range j.All() {
		if strings.Contains(c.Name+c.Value+c.Path, "\t") {
			continue
		}
		if c.HTTPOnly {
			b.WriteString(httpOnlyPrefix)
		}
		domain := c.Domain
		if !c.HostOnly {
			domain = "." + domain
		}
		var seconds int64
		if !c.Expires.IsZero() {
			seconds = c.Expires.Unix()
		}
		fmt.Fprintf(b, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", domain, netscapeBool(!c.HostOnly), c.Path,
			netscapeBool(c.Secure), seconds, c.Name, c.Value)
	}
	return b.Flush()
}

func netscapeBool(b bool) string {
	if b {
		return "TRUE"
	}
	return "FALSE"
}
