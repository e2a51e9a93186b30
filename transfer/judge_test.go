package transfer

import (
	"net/http"
	"strings"
	"testing"

	"haul/transfer/partial"
)

// At hand are bytes 0-39 of 100, unless a case says otherwise.
func TestJudge(t *testing.T) {
	const tag, part = `ETag: "a"`, "Content-Range: bytes 40-99/100"
	byTag := partial.State{ETag: `"a"`, LastModified: dayBefore, Date: date, Length: 100}
	byDate := partial.State{LastModified: dayBefore, Date: date, Length: 100}
	noLength := partial.State{ETag: `"a"`, Length: -1}
	overlap := partial.State{ETag: `"a"`, Length: 100, Rule: partial.RuleOverlap}
	weak := partial.State{ETag: `W/"a"`, Length: 100}
	rest := partial.Range{Start: 40, End: -1}
	segment := partial.Range{Start: 40, End: 60}
	first := partial.Range{Start: 0, End: 60}

	appended := Judgement{Append, 40, 100, 100, ""}
	whole := func(total int64, reason string) Judgement { return Judgement{Whole, 0, total, total, reason} }
	again := func(reason string) Judgement { return Judgement{Again, -1, -1, -1, reason} }
	refused := func(reason string) Judgement { return Judgement{Refused, -1, -1, -1, reason} }
	complete := Judgement{Complete, 40, 40, 40, "nothing is missing"}

	tests := []struct {
		name  string
		resp  *http.Response
		st    partial.State
		asked partial.Range
		want  Judgement
	}{
		// 206 that fits
		{"206", response(206, 60, part, tag), byTag, rest, appended},
		{"206 chunked", response(206, -1, part, tag), byTag, rest, appended},
		{"206 by date", response(206, 60, part, "Last-Modified: "+dayBefore), byDate, rest, appended},
		{"206 by date, new tag", response(206, 60, part, "Last-Modified: "+dayBefore, `ETag: "new"`), byDate, rest, appended},
		{"206 by tag, other date", response(206, 60, part, tag, "Last-Modified: "+date), byTag, rest, appended},
		{"206 segment", response(206, 20, "Content-Range: bytes 40-59/100", tag), byTag, segment, Judgement{Append, 40, 60, 100, ""}},
		{"206 shorter than asked", response(206, 10, "Content-Range: bytes 40-49/100", tag), byTag, rest, Judgement{Append, 40, 50, 100, ""}},
		{"206 length learned", response(206, 60, part, tag), noLength, rest, appended},
		{"206 length still unknown", response(206, 60, "Content-Range: bytes 40-99/*", tag), noLength, rest, Judgement{Append, 40, 100, -1, ""}},
		{"206 first segment", response(206, 60, "Content-Range: bytes 0-59/100", tag), byTag, first, Judgement{Append, 0, 60, 100, ""}},
		{"206 identity", response(206, 60, part, tag, "Content-Encoding: identity"), byTag, rest, appended},
		{"206 same range twice", response(206, 60, part, part, tag), byTag, rest, appended},

		// 206 of another file
		{"206 other tag", response(206, 60, part, `ETag: "b"`), byTag, rest, again("validator changed")},
		{"206 tag turned weak", response(206, 60, part, `ETag: W/"a"`), byTag, rest, again("validator changed")},
		{"206 two tags", response(206, 60, part, tag, `ETag: "b"`), byTag, rest, again("validator changed")},
		{"206 other date", response(206, 60, part, "Last-Modified: "+secondAgo), byDate, rest, again("validator changed")},
		{"206 no tag", response(206, 60, part), byTag, rest, again(ReasonUnproven)},
		{"206 no tag but the date", response(206, 60, part, "Last-Modified: "+dayBefore), byTag, rest, again(ReasonUnproven)},
		{"206 no date", response(206, 60, part), byDate, rest, again(ReasonUnproven)},
		{"206 same weak tag", response(206, 60, part, `ETag: W/"a"`), weak, rest, again(ReasonUnproven)},
		{"206 longer", response(206, 61, "Content-Range: bytes 40-100/101", tag), byTag, rest, again("length changed")},
		{"206 shorter file", response(206, 10, "Content-Range: bytes 40-49/50", tag), byTag, rest, again("length changed")},
		{"206 length gone", response(206, 60, "Content-Range: bytes 40-99/*", tag), byTag, rest, again("length missing from the answer")},

		// 206 of other bytes
		{"206 too early", response(206, 61, "Content-Range: bytes 39-99/100", tag), byTag, rest, again("wrong start")},
		{"206 too late", response(206, 59, "Content-Range: bytes 41-99/100", tag), byTag, rest, again("wrong start")},
		{"206 the end only", response(206, 40, "Content-Range: bytes 60-99/100", tag), byTag, rest, again("wrong start")},
		{"206 beyond the segment", response(206, 60, part, tag), byTag, segment, again("more than was asked for")},
		{"206 length of another body", response(206, 100, part, tag), byTag, rest, again("length does not match the range")},
		{"206 empty", response(206, 0, part, tag), byTag, rest, again("length does not match the range")},
		{"206 without range", response(206, 60, tag), byTag, rest, again("no usable Content-Range")},
		{"206 broken range", response(206, 60, "Content-Range: bytes 40-99", tag), byTag, rest, again("no usable Content-Range")},
		{"206 unsatisfied range", response(206, 60, "Content-Range: bytes */100", tag), byTag, rest, again("no usable Content-Range")},
		{"206 other unit", response(206, 60, "Content-Range: items 40-99/100", tag), byTag, rest, again("no usable Content-Range")},
		{"206 two ranges", response(206, 60, part, "Content-Range: bytes 0-9/100", tag), byTag, rest, again("no usable Content-Range")},
		{"206 parts", response(206, 60, part, tag, "Content-Type: multipart/byteranges; boundary=x"), byTag, rest, again("several parts")},
		{"206 parts, odd type", response(206, 60, part, tag, "Content-Type: Multipart/ByteRanges;;"), byTag, rest, again("several parts")},
		{"206 gzip", response(206, 60, part, tag, "Content-Encoding: gzip"), byTag, rest, again("content-encoded")},

		// 206 from byte 0
		{"206 everything", response(206, 100, "Content-Range: bytes 0-99/100", tag), byTag, rest, whole(100, "wrong start")},
		{"206 everything of a new file", response(206, 70, "Content-Range: bytes 0-69/70", `ETag: "b"`), byTag, rest, whole(70, "wrong start")},
		{"206 everything, asked from 0, changed", response(206, 50, "Content-Range: bytes 0-49/50", `ETag: "b"`), byTag, first, whole(50, "length changed")},
		{"206 start of it", response(206, 50, "Content-Range: bytes 0-49/100", tag), byTag, rest, again("wrong start")},
		{"206 from 0, length unknown", response(206, 50, "Content-Range: bytes 0-49/*", tag), byTag, rest, again("wrong start")},
		{"206 everything, broken length", response(206, 60, "Content-Range: bytes 0-99/100", tag), byTag, rest, again("length does not match the range")},

		// overlap: the caller compares bytes
		{"overlap 206 other tag", response(206, 60, part, `ETag: "b"`), overlap, rest, appended},
		{"overlap 206 no tag", response(206, 60, part), overlap, rest, appended},
		{"overlap 206 length changed", response(206, 61, "Content-Range: bytes 40-100/101", tag), overlap, rest, again("length changed")},
		{"overlap 206 wrong start", response(206, 59, "Content-Range: bytes 41-99/100", tag), overlap, rest, again("wrong start")},
		{"overlap 206 gzip", response(206, 60, part, "Content-Encoding: gzip"), overlap, rest, again("content-encoded")},
		{"overlap 200", response(200, 100, `ETag: "b"`), overlap, rest, whole(100, ReasonIgnored)},
		{"overlap 200 length changed", response(200, 101), overlap, rest, whole(101, "length changed")},

		// 200
		{"200 same file", response(200, 100, tag), byTag, rest, whole(100, ReasonIgnored)},
		{"200 same date", response(200, 100, "Last-Modified: "+dayBefore), byDate, rest, whole(100, ReasonIgnored)},
		{"200 same tag, no length", response(200, -1, tag), byTag, rest, Judgement{Whole, 0, -1, -1, ReasonIgnored}},
		{"200 same tag, other length", response(200, 99, tag), byTag, rest, whole(99, "length changed")},
		{"200 other tag", response(200, 100, `ETag: "b"`), byTag, rest, whole(100, "validator changed")},
		{"200 weak tag", response(200, 100, `ETag: W/"a"`), weak, rest, whole(100, "server sent the whole file")},
		{"200 no tag", response(200, 100), byTag, rest, whole(100, "server sent the whole file")},
		{"200 with a range", response(200, 60, part, tag), byTag, rest, whole(60, "length changed")},

		// 416
		{"416 all there, by its length alone", response(416, 0, "Content-Range: bytes */40"), noLength, rest, again("validator missing from the answer")},
		{"416 all there, same tag", response(416, 0, "Content-Range: bytes */40", tag), noLength, rest, complete},
		{"416 error page's length", response(416, 500, "Content-Range: bytes */40", tag), noLength, rest, complete},
		{"416 other tag", response(416, 0, "Content-Range: bytes */40", `ETag: "b"`), noLength, rest, again("validator changed")},
		{"416 shorter file", response(416, 0, "Content-Range: bytes */30"), noLength, rest, again("length changed")},
		{"416 longer file", response(416, 0, "Content-Range: bytes */90"), noLength, rest, again("length changed")},
		{"416 but more was known to come", response(416, 0, "Content-Range: bytes */40", tag), byTag, rest, again("length changed")},
		{"416 without range", response(416, 0), noLength, rest, again("no usable Content-Range")},
		{"416 with a satisfied range", response(416, 0, "Content-Range: bytes 0-39/40"), noLength, rest, again("no usable Content-Range")},
		{"416 length known", response(416, 0, "Content-Range: bytes */40"), partial.State{ETag: `"a"`, Length: 40}, rest, complete},
		{"416 overlap", response(416, 0, "Content-Range: bytes */40", `ETag: "b"`), partial.State{Length: 40, Rule: partial.RuleOverlap}, rest, complete},

		// the others
		{"204", response(204, 0), byTag, rest, again("status 204 to a range")},
		{"203", response(203, 100, tag), byTag, rest, again("status 203 to a range")},
		{"302", response(302, 0), byTag, rest, refused("status 302")},
		{"304", response(304, 0, tag), byTag, rest, refused("status 304")},
		{"401", response(401, 0), byTag, rest, refused("status 401")},
		{"403", response(403, 60, part, tag), byTag, rest, refused("status 403")},
		{"404", response(404, 60), byTag, rest, refused("status 404")},
		{"410", response(410, 60), byTag, rest, refused("status 410")},
		{"412", response(412, 0), byTag, rest, refused("status 412")},
		{"503", response(503, 60, part, tag), byTag, rest, refused("status 503")},
		{"101", response(101, 0), byTag, rest, refused("status 101")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Judge(tt.resp, tt.st, tt.asked); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// Whatever a server says, nothing is put behind the bytes at hand but the range
// asked for, with the validator at hand.
func FuzzJudge(f *testing.F) {
	f.Add(206, int64(60), "bytes 40-99/100", `"a"`, "", "")
	f.Add(200, int64(100), "", `"a"`, "gzip", "text/plain")
	f.Add(416, int64(0), "bytes */40", "", "", "")
	st := partial.State{ETag: `"a"`, Length: 100}
	asked := partial.Range{Start: 40, End: 80}
	f.Fuzz(func(t *testing.T, status int, length int64, contentRange, etag, coding, kind string) {
		resp := response(status, length)
		for name, v := range map[string]string{"Content-Range": contentRange, "ETag": etag, "Content-Encoding": coding, "Content-Type": kind} {
			if v != "" {
				resp.Header.Set(name, v)
			}
		}
		j := Judge(resp, st, asked)
		if j.Verdict == Append && (status != 206 || etag != `"a"` || j.Start != 40 || j.End > 80 || j.Total != 100 ||
			length >= 0 && length != j.End-j.Start || strings.Contains(coding, "gzip")) {
			t.Errorf("%+v for %d %d %q %q", j, status, length, contentRange, etag)
		}
		if (j.Verdict == Append) != (j.Reason == "") {
			t.Errorf("reason of %+v", j)
		}
	})
}
