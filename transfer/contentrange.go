package transfer

import (
	"errors"
	"strconv"
	"strings"
)

// ContentRange is a Content-Range field: the bytes [Start, End) of a
// representation of Total bytes, -1 when unknown. In an unsatisfied range
// ("bytes */5") Start and End are -1.
type ContentRange struct{ Start, End, Total int64 }

var errContentRange = errors.New("malformed Content-Range")

// ParseContentRange reads the value of a Content-Range field in bytes (RFC
// 9110 section 14.4). It is as strict as the grammar, and refuses ranges that
// are empty or end behind the total.
func ParseContentRange(value string) (ContentRange, error) {
	unit, rest, ok := strings.Cut(strings.Trim(value, " \t"), " ")
	if !ok || !strings.EqualFold(unit, "bytes") {
		return ContentRange{}, errContentRange
	}
	span, total, ok := strings.Cut(rest, "/")
	if !ok {
		return ContentRange{}, errContentRange
	}
	r := ContentRange{Start: -1, End: -1, Total: -1}
	if total != "*" {
		if r.Total, ok = digits(total); !ok {
			return ContentRange{}, errContentRange
		}
	}
	if span == "*" {
		if r.Total < 0 {
			return ContentRange{}, errContentRange
		}
		return r, nil
	}
	first, last, ok := strings.Cut(span, "-")
	if !ok {
		return ContentRange{}, errContentRange
	}
	var okFirst, okLast bool
	r.Start, okFirst = digits(first)
	r.End, okLast = digits(last)
	r.End++
	if !okFirst || !okLast || r.Start >= r.End || r.Total >= 0 && r.End > r.Total {
		return ContentRange{}, errContentRange
	}
	return r, nil
}

// digits reads 1*DIGIT, and nothing that strconv knows besides. The largest
// number is one less than an int64 holds, so that an end can be one more.
func digits(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n+1 > 0
}
