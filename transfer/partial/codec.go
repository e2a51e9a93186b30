package partial

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"
)

// Encode writes a state as the text of a state file: one JSON object, one
// member a line, always in the same order. Version is set, secrets are taken
// out (see [Redact]). It fails with [ErrCorrupt] on a state that [Decode]
// would refuse.
func Encode(st State) ([]byte, error) {
	st = clean(st)
	st.Version = Version
	if err := check(st); err != nil {
		return nil, err
	}
	compact, err := marshal(st)
	if err != nil {
		return nil, err
	}
	text, err := onePerLine(compact)
	if err != nil {
		return nil, err
	}
	if len(text) > MaxStateSize {
		return nil, corrupt("%d bytes, more than %d", len(text), MaxStateSize)
	}
	return text, nil
}

// Decode reads what [Encode] writes. data may come from anybody: it fails with
// [ErrVersion] when the version is newer and with [ErrCorrupt] when the text is
// not a state or contradicts itself. Members that it does not know are passed
// over, so that a later haul can add some within the version.
func Decode(data []byte) (State, error) {
	if len(data) > MaxStateSize {
		return State{}, corrupt("%d bytes, more than %d", len(data), MaxStateSize)
	}
	if !utf8.Valid(data) {
		return State{}, corrupt("not UTF-8")
	}
	// A newer version may use other types for the other members, so that
	// this one is read by itself first.
	var head struct {
		Version int `json:"haul"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return State{}, corrupt("%v", err)
	}
	switch {
	case head.Version < 1:
		return State{}, corrupt("no version")
	case head.Version > Version:
		return State{}, fmt.Errorf("%w: %d, this haul reads %d", ErrVersion, head.Version, Version)
	}
	// A length that is not there is not a length of 0.
	st := State{Length: -1}
	if err := json.Unmarshal(data, &st); err != nil {
		return State{}, corrupt("%v", err)
	}
	// Before clean, which would hide what is wrong.
	if err := check(st); err != nil {
		return State{}, err
	}
	return clean(st), nil
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// clean returns a copy of st without secrets and without what text cannot hold.
func clean(st State) State {
	st = st.clone()
	st.OriginalURL = withoutUserinfo(st.OriginalURL)
	st.URL = withoutUserinfo(st.URL)
	kept, omitted := Redact(st.Header)
	st.Header = kept
	st.Omitted = append(st.Omitted, omitted...)
	st.Omitted = slices.DeleteFunc(st.Omitted, func(name string) bool { return !isToken(name) })
	slices.Sort(st.Omitted)
	st.Omitted = slices.Compact(st.Omitted)
	for _, field := range []*string{&st.ETag, &st.LastModified, &st.Date, &st.ContentType} {
		if !isText(*field) {
			*field = ""
		}
	}
	if st.Name != "" {
		st.Name = SafeName(st.Name)
	}
	st.Started, st.Updated = st.Started.UTC().Round(0), st.Updated.UTC().Round(0)
	return st
}

// check fails with ErrCorrupt when st cannot be true.
func check(st State) error {
	if err := checkURL(st.OriginalURL); err != nil {
		return corrupt("original_url: %v", err)
	}
	if st.URL != st.OriginalURL {
		if err := checkURL(st.URL); err != nil {
			return corrupt("url: %v", err)
		}
	}
	for _, text := range []struct{ name, value string }{
		{"etag", st.ETag}, {"last_modified", st.LastModified}, {"date", st.Date},
		{"content_type", st.ContentType}, {"name", st.Name},
	} {
		if !isText(text.value) {
			return corrupt("%s has control characters", text.name)
		}
	}
	for name, values := range st.Header {
		if !isToken(name) || slices.ContainsFunc(values, unfitValue) {
			return corrupt("header field %q is not one", name)
		}
	}
	for _, name := range st.Omitted {
		if !isToken(name) {
			return corrupt("omitted field %q is not one", name)
		}
	}
	if !st.Owner.fits() {
		return corrupt("the owner is no task")
	}
	switch st.Rule {
	case "", RuleValidator, RuleOverlap:
	default:
		return corrupt("unknown rule %q", st.Rule)
	}
	if st.Length < -1 {
		return corrupt("length %d", st.Length)
	}
	if st.Length >= 0 && st.Have.end() > st.Length {
		return corrupt("bytes up to %d of a file of %d", st.Have.end(), st.Length)
	}
	if len(st.Have.ranges) > MaxRanges {
		return corrupt("%d ranges, more than %d", len(st.Have.ranges), MaxRanges)
	}
	// A bigger number does not survive readers that count in floating point.
	if st.Serial > 1<<53 {
		return corrupt("serial %d", st.Serial)
	}
	for _, t := range []time.Time{st.Started, st.Updated} {
		if y := t.UTC().Year(); y < 1 || y > 9999 {
			return corrupt("year %d", y)
		}
	}
	return nil
}

// checkURL does not repeat the URL in its errors: it may hold a password.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || !isText(raw):
		return fmt.Errorf("not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("neither http nor https")
	case u.Host == "":
		return fmt.Errorf("no host")
	case u.User != nil:
		return fmt.Errorf("user information in it")
	}
	return nil
}

// marshal is json.Marshal that leaves the & of a URL readable.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// onePerLine lays out a JSON object with one member a line. json.Indent would
// give every number of every range a line of its own.
func onePerLine(object []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil { // the opening brace
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("{")
	for separator := "\n"; d.More(); separator = ",\n" {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s  %q: %s", separator, name, value)
	}
	b.WriteString("\n}\n")
	return b.Bytes(), nil
}
