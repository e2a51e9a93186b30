package mixed

import (
	"errors"
	"mime"
	"strings"
)

// maxBoundary is more than the 70 characters that RFC 2046 allows.
const maxBoundary = 200

// ErrBoundary reports a Content-Type without a usable boundary parameter.
var ErrBoundary = errors.New("mixed: no usable boundary in Content-Type")

// Is tells whether a Content-Type field names a body that this package splits.
func Is(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.Trim(kind, " \t"), "multipart/x-mixed-replace")
}

// boundary is the one that contentType names.
func boundary(contentType string) (string, error) {
	_, parameters, err := mime.ParseMediaType(contentType)
	b := parameters["boundary"]
	if err != nil {
		b = looseBoundary(contentType)
	}
	b = strings.TrimRight(b, " ")
	if b == "" || len(b) > maxBoundary {
		return "", ErrBoundary
	}
	for i := range len(b) {
		if b[i] < ' ' || b[i] == 0x7f {
			return "", ErrBoundary
		}
	}
	return b, nil
}

// looseBoundary finds the parameter in a field that is no correct media type.
func looseBoundary(contentType string) string {
	_, rest, _ := strings.Cut(contentType, ";")
	for rest != "" {
		var parameter string
		parameter, rest, _ = strings.Cut(rest, ";")
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.Trim(name, " \t"), "boundary") {
			value = strings.Trim(value, " \t")
			if unquoted, ok := strings.CutPrefix(value, `"`); ok {
				value = strings.TrimSuffix(unquoted, `"`)
			}
			return value
		}
	}
	return ""
}
