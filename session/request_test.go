package session

import (
	"net/http"
	"testing"
)

// TestFieldsThatFrameAMessageAreNotTheApps: whatever the case of their keys.
func TestFieldsThatFrameAMessageAreNotTheApps(t *testing.T) {
	asked := make(chan *http.Request, 1)
	srv := serve(t, func(_ http.ResponseWriter, r *http.Request) { asked <- r })
	rec := newRecorder()
	s := open(t, rec, nil)
	req := get(t, srv.URL+"/a")
	req.URL.RawQuery = "b c"
	req.Header = http.Header{
		"transfer-encoding": {"chunked"}, "content-length": {"5"}, "host": {"evil"}, "trailer": {"X"},
		"x-own": {"one"}, "X-Own": {"two"},
	}
	task, err := s.DataTask(req, nil)
	if err != nil {
		t.Fatal(err)
	}
	task.Resume()
	await(t, rec.done)
	if err := task.Err(); err != nil {
		t.Fatal(err)
	}
	r := await(t, asked)
	if r.Host == "evil" || len(r.TransferEncoding) != 0 || r.ContentLength != 0 || len(r.Trailer) != 0 || r.RequestURI != "/a?b%20c" {
		t.Errorf("sent to %s: %s with %v, %d bytes, %v", r.Host, r.RequestURI, r.TransferEncoding, r.ContentLength, r.Trailer)
	}
	if own := r.Header["X-Own"]; len(own) != 2 {
		t.Errorf("X-Own: %q", own)
	}
}
