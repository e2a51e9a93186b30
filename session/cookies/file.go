package cookies

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
	"unicode/utf8"

	"haul/session/internal/whole"
)

const (
	fileVersion = 1
	// maxFile is more than the cookies that a jar holds can take.
	maxFile = 64 << 20
)

// document is the file.
type document struct {
	Version int     `json:"version"`
	Cookies []saved `json:"cookies"`
}

// saved is a cookie in the file. Times are UTC.
type saved struct {
	Name       octets    `json:"name"`
	Value      octets    `json:"value"`
	Domain     string    `json:"domain"`
	HostOnly   bool      `json:"host_only,omitempty"`
	Path       octets    `json:"path"`
	Secure     bool      `json:"secure,omitempty"`
	HTTPOnly   bool      `json:"http_only,omitempty"`
	SameSite   string    `json:"same_site,omitempty"`
	Expires    time.Time `json:"expires"`
	Created    time.Time `json:"created"`
	Updated    time.Time `json:"updated"`
	LastAccess time.Time `json:"last_access"`
}

// octets is text that need not be UTF-8, which JSON cannot hold: then it is an
// object {"base64": …}.
type octets string

type encodedOctets struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON implements [json.Marshaler].
func (o octets) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(o)) {
		return json.Marshal(string(o))
	}
	return json.Marshal(encodedOctets{[]byte(o)})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (o *octets) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		var e encodedOctets
		if err := json.Unmarshal(data, &e); err != nil {
			return err
		}
		*o = octets(e.Base64)
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	*o = octets(s)
	return nil
}

// Load reads a jar from a file that [Jar.Save] wrote. A file that does not exist
// gives an empty jar. Cookies that have expired or break the rules are left out;
// a file that cannot be read as a whole is an error, and stays as it is.
func Load(path string) (*Jar, error) {
	data, err := readFile(path)
	j := New()
	j.savedTo = path
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cookies: %w", err)
	}
	if err := j.decode(data, time.Now()); err != nil {
		return nil, fmt.Errorf("cookies: %s: %w", path, err)
	}
	j.saved = j.changes
	return j, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	return data, errors.Join(err, f.Close())
}

// decode puts the cookies of a file into the empty jar.
func (j *Jar) decode(data []byte, now time.Time) error {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		// What json says may quote a value.
		return errors.New("not a cookie file")
	}
	if d.Version != fileVersion {
		return fmt.Errorf("version %d is not known", d.Version)
	}
	for _, s := range d.Cookies[:min(len(d.Cookies), maxTotal)] {
		c := s.cookie(now)
		if c.check() != nil || c.Expires.IsZero() || c.Expired(now) {
			continue
		}
		j.put(c, now)
		if e := j.sites[site(c.Domain)][c.id()]; e != nil {
			e.Created, e.Updated, e.LastAccess = c.Created, c.Updated, c.LastAccess
		}
	}
	return nil
}

// cookie is the cookie with its times bounded by what can be.
func (s saved) cookie(now time.Time) Cookie {
	c := Cookie{
		Name: string(s.Name), Value: string(s.Value), Domain: s.Domain, HostOnly: s.HostOnly, Path: string(s.Path),
		Secure: s.Secure, HTTPOnly: s.HTTPOnly, SameSite: parseSameSite(s.SameSite),
		Created: earlier(s.Created, now), Updated: earlier(s.Updated, now), LastAccess: earlier(s.LastAccess, now),
	}
	if !s.Expires.IsZero() {
		c.Expires = earlier(s.Expires, now.Add(maxLifetime))
	}
	return c
}

// Save writes the cookies that have an expiry to a file, mode 0600 in a
// directory that is made with 0700 if need be. The file is replaced as a whole
// and durable when Save returns. If nothing has changed since the jar was loaded
// from, or saved to, the same path, nothing is written.
func (j *Jar) Save(path string) error {
	data, changes, err := j.encode(path)
	if err != nil || data == nil {
		return err
	}
	if err := whole.Replace(path, data); err != nil {
		return fmt.Errorf("cookies: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.savedTo, j.saved = path, changes
	return nil
}

// encode is the content of the file and the count of changes it has seen, nil
// if the file is up to date.
func (j *Jar) encode(path string) (data []byte, changes uint64, err error) {
	now := time.Now()
	d := document{Version: fileVersion, Cookies: []saved{}}
	j.mu.Lock()
	changes = j.changes
	if j.savedTo == path && j.saved == changes {
		j.mu.Unlock()
		return nil, changes, nil
	}
	for _, e := range j.byAge() {
		if e.Expires.IsZero() || e.Expired(now) {
			continue
		}
		d.Cookies = append(d.Cookies, saved{
			Name: octets(e.Name), Value: octets(e.Value), Domain: e.Domain, HostOnly: e.HostOnly, Path: octets(e.Path),
			Secure: e.Secure, HTTPOnly: e.HTTPOnly, SameSite: e.SameSite.String(), Expires: e.Expires.UTC(),
			Created: e.Created.UTC(), Updated: e.Updated.UTC(), LastAccess: e.LastAccess.UTC(),
		})
	}
	j.mu.Unlock()
	data, err = json.MarshalIndent(d, "", "\t")
	return data, changes, err
}
