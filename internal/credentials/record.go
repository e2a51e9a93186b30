package credentials

import (
	"encoding/json"
	"errors"
	"slices"

	"haul/session"
)

// record is what is kept for one protection space. The server's and the user's
// words are bytes, which JSON has as base64: they need not be UTF-8.
type record struct {
	Protocol string         `json:"protocol"`
	Host     string         `json:"host"`
	Port     int            `json:"port"`
	Realm    []byte         `json:"realm"`
	Method   session.Method `json:"method"`
	Proxy    bool           `json:"proxy,omitempty"`
	Entries  []kept         `json:"entries"`
}

// kept is one user of a space. In the keyring's index it has no password.
type kept struct {
	User     []byte `json:"user"`
	Password []byte `json:"password,omitempty"`
}

// document is a file of records.
type document struct {
	Version int      `json:"version"`
	Records []record `json:"records"`
}

// version is the format of a document.
const version = 1

var errForeign = errors.New("it is not haul's, or of a later version")

func decodeDocument(text []byte) (document, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil || d.Version != version {
		d.wipe()
		return document{}, errForeign // json's own error may quote a secret
	}
	return d, nil
}

func (d *document) encode() ([]byte, error) {
	d.Version = version
	return json.Marshal(d)
}

// of is the record of a space, nil for none.
func (d *document) of(p session.ProtectionSpace) *record {
	i := slices.IndexFunc(d.Records, func(r record) bool { return r.space() == p })
	if i < 0 {
		return nil
	}
	return &d.Records[i]
}

// put puts a record in the place of the one of its space.
func (d *document) put(r record) {
	if old := d.of(r.space()); old != nil {
		old.wipe()
		*old = r
		return
	}
	d.Records = append(d.Records, r)
}

// remove removes the record of a space and tells whether there was one.
func (d *document) remove(p session.ProtectionSpace) bool {
	n := len(d.Records)
	d.Records = slices.DeleteFunc(d.Records, func(r record) bool {
		if r.space() != p {
			return false
		}
		r.wipe()
		return true
	})
	return len(d.Records) < n
}

func (d *document) spaces() []session.ProtectionSpace {
	all := make([]session.ProtectionSpace, len(d.Records))
	for i, r := range d.Records {
		all[i] = r.space()
	}
	return all
}

// wipe overwrites the passwords.
func (d *document) wipe() {
	for _, r := range d.Records {
		r.wipe()
	}
}

func (r record) wipe() {
	for _, k := range r.Entries {
		clear(k.Password)
	}
}

func (r record) space() session.ProtectionSpace {
	return session.ProtectionSpace{
		Protocol: r.Protocol, Host: r.Host, Port: r.Port, Realm: string(r.Realm), Method: r.Method, Proxy: r.Proxy,
	}
}

func newRecord(p session.ProtectionSpace, credentials []session.Credential) record {
	r := record{Protocol: p.Protocol, Host: p.Host, Port: p.Port, Realm: []byte(p.Realm), Method: p.Method, Proxy: p.Proxy}
	for _, c := range credentials {
		r.Entries = append(r.Entries, kept{User: []byte(c.User), Password: []byte(c.Password)})
	}
	return r
}

// withoutSecrets is the record for an index.
func (r record) withoutSecrets() record {
	r.Entries = slices.Clone(r.Entries)
	for i := range r.Entries {
		r.Entries[i].Password = nil
	}
	return r
}

func (r record) credentials() []session.Credential {
	var all []session.Credential
	for _, k := range r.Entries {
		all = append(all, session.Credential{
			User: string(k.User), Password: string(k.Password), Persistence: session.PersistencePermanent,
		})
	}
	return all
}

// users are the names in a record.
func (r record) users() []string {
	all := make([]string, len(r.Entries))
	for i, k := range r.Entries {
		all[i] = string(k.User)
	}
	return all
}
