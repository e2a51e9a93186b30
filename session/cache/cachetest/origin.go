package cachetest

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Origin is the origin server of the cases. It answers as a
// [http.RoundTripper], without a connection. It serves one case at a time.
type Origin struct {
	step     step
	number   int
	text     string        // the body of answers that give none
	previous http.Header   // of the answer to an earlier step
	given    http.Header   // of the answer to this one
	when     time.Time     // of the latest answer
	asked    *http.Request // the first request of this step, nil: none came
	code     int           // the status of the answer to it
}

// numberField tells which step an answer was made for.
const numberField = "Origin-Step"

// begin makes the origin ready for the next step.
func (o *Origin) begin(s step, number int) {
	if o.given != nil {
		o.previous = o.given
	}
	o.step, o.number, o.asked, o.given = s, number, nil, nil
}

var errBroken = errors.New("cachetest: the connection broke")

// RoundTrip answers a request as the present step says.
func (o *Origin) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	if o.asked == nil {
		o.asked = req.Clone(req.Context())
	}
	if o.step.broken {
		return nil, errBroken
	}
	o.when = time.Now()
	o.given = make(http.Header)
	for _, f := range o.step.say {
		o.given.Add(f.name, o.dated(f.value))
	}
	o.code = o.status(req)
	header := o.given.Clone()
	header.Set(numberField, strconv.Itoa(o.number))
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "text/plain")
	}
	text := o.body(header)
	resp := &http.Response{
		StatusCode: o.code, Status: strconv.Itoa(o.code) + " " + http.StatusText(o.code),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(text)), Request: req,
	}
	if req.Method == http.MethodHead {
		text = ""
	}
	resp.Body = io.NopCloser(strings.NewReader(text))
	return resp, nil
}

// status is that of the step, or 304 if the step wants the stored answer to be
// validated and the request does so.
func (o *Origin) status(req *http.Request) int {
	date, tag := o.previous.Get("Last-Modified"), o.previous.Get("Etag")
	if o.step.want != byTag && o.step.want != byDate {
		return o.step.status
	}
	if date != "" && req.Header.Get("If-Modified-Since") == date || tag != "" && req.Header.Get("If-None-Match") == tag {
		return http.StatusNotModified
	}
	return o.step.status
}

// body is the body of the answer, as long as Content-Length says if the step
// has one.
func (o *Origin) body(header http.Header) string {
	if o.code == http.StatusNoContent || o.code == http.StatusNotModified {
		return ""
	}
	text := o.step.text
	if text == "" {
		text = o.text
	}
	if n, err := strconv.Atoi(header.Get("Content-Length")); err == nil {
		return strings.Repeat(text, n/len(text)+1)[:n]
	}
	header.Set("Content-Length", strconv.Itoa(len(text)))
	return text
}

// dated is a value with its date worked out.
func (o *Origin) dated(value string) string {
	form := http.TimeFormat
	if strings.HasPrefix(value, "~") {
		form = "Monday, 02-Jan-06 15:04:05 GMT"
	} else if !strings.HasPrefix(value, "@") {
		return value
	}
	seconds, err := strconv.Atoi(value[1:])
	if err != nil {
		return value
	}
	return o.when.Add(time.Duration(seconds) * time.Second).UTC().Format(form)
}
