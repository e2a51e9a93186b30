package transfer

import (
	"net/http"
	"strconv"
	"strings"

	"haul/transfer/partial"
)

// Eligible says whether a download whose response is resp can be continued
// later, and if not, why, in words for the user ("no validator", "ranges not
// supported", "content-encoded", "not a GET"). Stricter than the guide where
// safety asks for it: a strong entity tag, or a Last-Modified that is at least
// one second older than Date (RFC 9110 section 8.8.2.2), and a server that
// says it has ranges: with bytes in Accept-Ranges, or by answering with one.
func Eligible(req *http.Request, resp *http.Response) (ok bool, reason string) {
	switch {
	case req.Method != "" && req.Method != http.MethodGet:
		return false, "not a GET"
	case req.URL == nil || req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return false, "not http"
	case resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent:
		return false, "status " + strconv.Itoa(resp.StatusCode)
	case coded(resp):
		return false, "content-encoded"
	case resp.StatusCode == http.StatusOK && !listed(resp.Header, "Accept-Ranges", "bytes"):
		return false, "ranges not supported"
	}
	etag, twoTags := single(resp.Header, "ETag")
	modified, twoDates := single(resp.Header, "Last-Modified")
	if twoTags || twoDates {
		return false, "ambiguous validator"
	}
	value, why := validator(etag, modified, resp.Header.Get("Date"))
	return value != "", why
}

// coded tells whether the body is not the file itself but a coding of it.
func coded(resp *http.Response) bool {
	if resp.Uncompressed {
		return true
	}
	for _, v := range resp.Header.Values("Content-Encoding") {
		for c := range strings.SplitSeq(v, ",") {
			if c = strings.TrimSpace(c); c != "" && !strings.EqualFold(c, "identity") {
				return true
			}
		}
	}
	return false
}

// listed tells whether the comma-separated field name has word in it.
func listed(h http.Header, name, word string) bool {
	for _, v := range h.Values(name) {
		for w := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(w), word) {
				return true
			}
		}
	}
	return false
}

// Continue puts Range: bytes=from.Start-[from.End-1] and If-Range on h. An End
// of -1 or of the full length leaves the end open. Under RuleOverlap there is
// no If-Range. It also asks for the identity coding.
func Continue(h http.Header, st partial.State, from partial.Range) {
	value := "bytes=" + strconv.FormatInt(from.Start, 10) + "-"
	if from.End >= 0 && from.End != st.Length {
		value += strconv.FormatInt(from.End-1, 10)
	}
	h.Set("Range", value)
	h.Set("Accept-Encoding", "identity")
	h.Del("If-Range")
	if v := stateValidator(st); v != "" && st.Rule != partial.RuleOverlap {
		h.Set("If-Range", v)
	}
}

// Verdict is what may be done with the answer to a range request.
type Verdict int

// The verdicts.
const (
	// Append: the body is the bytes asked for, from the start asked for on.
	// They may be fewer than asked for.
	Append Verdict = iota
	// Whole: the body is the whole file, from byte 0 (200, or 206 from 0).
	Whole
	// Complete: 416, and what is at hand is the whole, unchanged file.
	Complete
	// Again: the answer is of no use; ask once more without a range.
	Again
	// Refused: an error status; what is at hand stays good.
	Refused
)

// Reasons that a caller may want to act on: what is at hand may be good for
// all that is known, and an overlap check could tell.
const (
	// ReasonIgnored comes with Whole: the server sent everything though the
	// file is the same as far as it can be known.
	ReasonIgnored = "server ignored the range"
	// ReasonUnproven comes with Again: the range is the right one, but does
	// not name the validator that would show it to be of the same file.
	ReasonUnproven = "validator missing from the answer"
)

// Judgement is a verdict with its reason.
type Judgement struct {
	Verdict Verdict
	// Start is the offset of the body's first byte, End that behind its last
	// one, Total the size of the whole file; -1 when unknown.
	Start, End, Total int64
	// Reason is for the event list and the row: "validator changed", … It is
	// empty with Append.
	Reason string
}

// Judge holds resp, the answer to a request made with [Continue], against what
// is known. A 206 must have exactly the start asked for and no later end, the
// known total, the same validator, no content coding, a matching
// Content-Length, and one part only. Under RuleOverlap the validator may
// differ, for the caller compares bytes. A 416 is Complete when the bytes at
// hand, [0, asked.Start), are as many as it says the file has.
func Judge(resp *http.Response, st partial.State, asked partial.Range) Judgement {
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		return judgeWhole(resp, st)
	case code == http.StatusPartialContent:
		return judgePart(resp, st, asked)
	case code == http.StatusRequestedRangeNotSatisfiable:
		return judgeUnsatisfied(resp, st, asked)
	case code >= 200 && code <= 299:
		return judgement(Again, "status "+strconv.Itoa(code)+" to a range")
	default:
		return judgement(Refused, "status "+strconv.Itoa(code))
	}
}

// judgement is one about a body that is not used.
func judgement(v Verdict, reason string) Judgement {
	return Judgement{Verdict: v, Start: -1, End: -1, Total: -1, Reason: reason}
}

func judgeWhole(resp *http.Response, st partial.State) Judgement {
	j := Judgement{Verdict: Whole, End: resp.ContentLength, Total: resp.ContentLength}
	sameLength := st.Length < 0 || j.Total < 0 || j.Total == st.Length
	switch agree := compare(resp, st); {
	case !sameLength:
		j.Reason = "length changed"
	case agree == same, st.Rule == partial.RuleOverlap:
		j.Reason = ReasonIgnored
	case agree == different:
		j.Reason = "validator changed"
	default:
		j.Reason = "server sent the whole file"
	}
	return j
}

func judgePart(resp *http.Response, st partial.State, asked partial.Range) Judgement {
	// A prefix is enough: what cannot be parsed behind it makes it no better.
	if media := strings.ToLower(resp.Header.Get("Content-Type")); strings.HasPrefix(media, "multipart/byteranges") {
		return judgement(Again, "several parts")
	}
	if coded(resp) {
		return judgement(Again, "content-encoded")
	}
	field, ambiguous := single(resp.Header, "Content-Range")
	part, err := ParseContentRange(field)
	if ambiguous || err != nil || part.Start < 0 {
		return judgement(Again, "no usable Content-Range")
	}
	if resp.ContentLength >= 0 && resp.ContentLength != part.End-part.Start {
		return judgement(Again, "length does not match the range")
	}
	j := Judgement{Verdict: Append, Start: part.Start, End: part.End, Total: part.Total}
	if j.Reason = misfit(resp, part, st, asked); j.Reason == "" {
		return j
	}
	if part.Start == 0 && part.End == part.Total {
		// It does not fit what is at hand, but it is everything.
		j.Verdict = Whole
		return j
	}
	return judgement(Again, j.Reason)
}

// misfit says why part, the range of resp, must not be put behind what is at
// hand; "" when it may.
func misfit(resp *http.Response, part ContentRange, st partial.State, asked partial.Range) string {
	switch {
	case part.Start != asked.Start:
		return "wrong start"
	case asked.End >= 0 && part.End > asked.End:
		return "more than was asked for"
	case st.Length >= 0 && part.Total < 0:
		return "length missing from the answer"
	case st.Length >= 0 && part.Total != st.Length:
		return "length changed"
	case st.Rule == partial.RuleOverlap:
		return "" // the caller compares bytes
	}
	switch compare(resp, st) {
	case same:
		return ""
	case different:
		return "validator changed"
	}
	return ReasonUnproven
}

func judgeUnsatisfied(resp *http.Response, st partial.State, asked partial.Range) Judgement {
	field, ambiguous := single(resp.Header, "Content-Range")
	r, err := ParseContentRange(field)
	switch {
	case ambiguous || err != nil || r.Start >= 0:
		return judgement(Again, "no usable Content-Range")
	case r.Total != asked.Start || st.Length >= 0 && r.Total != st.Length:
		return judgement(Again, "length changed")
	case st.Rule != partial.RuleOverlap && compare(resp, st) == different:
		return judgement(Again, "validator changed")
	case st.Length < 0 && compare(resp, st) != same:
		// Nobody has said how long the file is that these bytes are of: that this
		// one is as long may be by chance.
		return judgement(Again, ReasonUnproven)
	}
	return Judgement{Verdict: Complete, Start: r.Total, End: r.Total, Total: r.Total, Reason: "nothing is missing"}
}

// agreement is how a response's validator compares with the one at hand.
type agreement int

const (
	unknown   agreement = iota // one of the two has none
	same                       // strong comparison, RFC 9110 section 8.8.3.2
	different                  // also: several in one response
)

// compare compares by the kind of validator that went into If-Range. With no
// strong one at hand nothing is ever the same.
func compare(resp *http.Response, st partial.State) agreement {
	want := stateValidator(st)
	if want == "" {
		return unknown
	}
	name := "Last-Modified"
	if want == st.ETag {
		name = "ETag"
	}
	got, ambiguous := single(resp.Header, name)
	switch {
	case ambiguous:
		return different
	case got == "":
		return unknown
	case got == want:
		return same
	}
	return different
}
