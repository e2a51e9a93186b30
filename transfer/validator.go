package transfer

import (
	"net/http"
	"time"

	"haul/transfer/partial"
)

// validator returns what stands in If-Range for a representation with these
// fields: a strong entity tag, or a date that is as good (RFC 9110 section
// 13.1.5). Where there is an entity tag of any other kind, the date must not
// be used. "" means that there is none, and why says so.
func validator(etag, lastModified, date string) (value, why string) {
	switch {
	case strongTag(etag):
		return etag, ""
	case etag != "":
		return "", "weak validator"
	case lastModified == "":
		return "", "no validator"
	case !strongDate(lastModified, date):
		return "", "weak validator"
	}
	return lastModified, ""
}

// stateValidator is the validator of the bytes at hand.
func stateValidator(st partial.State) string {
	value, _ := validator(st.ETag, st.LastModified, st.Date)
	return value
}

// strongTag tells whether s is an entity-tag without W/ (RFC 9110 section
// 8.8.3).
func strongTag(s string) bool {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	for _, c := range []byte(s[1 : len(s)-1]) {
		if c <= ' ' || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

// strongDate tells whether a file that changed later than lastModified would
// show another date: the response was made at least a second after it (RFC
// 9110 section 8.8.2.2).
func strongDate(lastModified, date string) bool {
	modified, err := http.ParseTime(lastModified)
	if err != nil {
		return false
	}
	made, err := http.ParseTime(date)
	return err == nil && made.Sub(modified) >= time.Second
}

// single returns the field's value, "" when it is absent. A field that comes
// twice with different values is as good as none, and ambiguous.
func single(h http.Header, name string) (value string, ambiguous bool) {
	values := h.Values(name)
	if len(values) == 0 {
		return "", false
	}
	for _, v := range values[1:] {
		if v != values[0] {
			return "", true
		}
	}
	return values[0], false
}
