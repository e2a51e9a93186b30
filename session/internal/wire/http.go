package wire

import (
	"errors"
	"net/http"
	"net/url"
)

// RequestOf is r without its body, as it goes over the wire.
func RequestOf(r *http.Request) *Request {
	if r == nil {
		return nil
	}
	w := &Request{Method: r.Method, Header: r.Header.Clone()}
	if r.URL != nil {
		u := *r.URL
		u.User = nil
		w.URL = u.String()
	}
	return w
}

// HTTP is the request for net/http. User information of the URL is not in it.
func (r *Request) HTTP() (*http.Request, error) {
	if r == nil {
		return nil, errors.New("no request")
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		// The text of err quotes the URL, which may hold a secret.
		return nil, errors.New("the URL cannot be parsed")
	}
	u.User = nil
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	return &http.Request{
		Method: r.Method, URL: u, Host: u.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// ResponseOf is the head of r, as it goes over the wire.
func ResponseOf(r *http.Response) *Response {
	if r == nil {
		return nil
	}
	return &Response{
		Status: r.Status, StatusCode: r.StatusCode, Proto: r.Proto, Header: r.Header.Clone(), Length: r.ContentLength,
	}
}

// HTTP is the response to req for net/http, with an empty body.
func (r *Response) HTTP(req *http.Request) *http.Response {
	if r == nil {
		return nil
	}
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	major, minor, _ := http.ParseHTTPVersion(r.Proto) // zeros for what is none
	return &http.Response{
		Status: r.Status, StatusCode: r.StatusCode, Proto: r.Proto, ProtoMajor: major, ProtoMinor: minor,
		Header: h, ContentLength: r.Length, Body: http.NoBody, Request: req,
	}
}
