package session_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"testing"
	"testing/synctest"

	"haul/internal/trace"
	"haul/session"
)

// Data and download tasks, and what a server may make of HTTP.

func TestCorelibs04_AHeaderFieldNeedsNoSpace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		st.serveRaw("a.test:8080", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length:13\r\nX-Folded: one\r\n two\r\n\r\nHello, World!and more")
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "http://a.test:8080/"))
		rec.Expect(task, "created response(200) data* metrics done(nil)")
		expectBody(t, rec, task, []byte("Hello, World!"))
		if got := task.Response().Header.Get("X-Folded"); got != "one two" {
			t.Errorf("the folded field is %q", got)
		}
	})
}

func TestCorelibs11_GzippedDataIsDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		task := run(t, s, rec, request(t, "GET", "/gzip"))
		rec.Expect(task, "created response(200) data* metrics done(nil)")
		expectBody(t, rec, task, []byte("Hello World!"))
		if got := task.Counts(); got.ExpectedToReceive != -1 || got.Received != 12 {
			t.Errorf("counts are %+v", got)
		}
	})
}

func TestCorelibs12_BrotliDataIsDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		if got := handled(t, s, request(t, "GET", "/brotli")); string(got.data) != "Hello World!" || got.err != nil {
			t.Errorf("got %+v", got)
		}
	})
}

func TestCorelibs13_TheFileHasAsManyBytesAsWereReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(13, 200_000)
		st := newStage(t, func(w http.ResponseWriter, _ *http.Request) { write(w, content) })
		rec := trace.New(t)
		var written, size int64
		rec.On.Wrote = func(_ *session.DownloadTask, _, total, _ int64) { written = total }
		rec.On.Finished = func(_ *session.DownloadTask, path string) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			size = info.Size()
		}
		s := st.session(rec, rec)
		dl := download(t, s, request(t, "GET", "/f"))
		dl.Resume()
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		if want := int64(len(content)); written != want || size != want {
			t.Errorf("%d bytes were reported and %d are in the file, want %d", written, size, want)
		}
	})
}

func TestCorelibs15_AnIPv6AddressIsAHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		st.listen("[::1]:8080", nil, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		dl := download(t, s, request(t, "GET", "http://[::1]:8080/capital"))
		dl.Resume()
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, dl, []byte("Kathmandu"))
		st.expectLog("GET http://[::1]:8080/capital")
	})
}

func TestCorelibs16_ADownloadHandlerGetsTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		s := newSession(t, st.configuration(), nil, nil)
		_, h, got := results(t)
		dl, err := s.DownloadTask(request(t, "GET", "/capital"), h)
		if err != nil {
			t.Fatal(err)
		}
		dl.Resume()
		if r := <-got; string(r.file) != "Kathmandu" || r.status != 200 || r.err != nil {
			t.Errorf("got %+v", r)
		}
	})
}

func TestCorelibs20_AGzippedDownloadIsDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		var written, expected int64
		rec.On.Wrote = func(_ *session.DownloadTask, _, total, of int64) { written, expected = total, of }
		s := st.session(rec, rec)
		dl := download(t, s, request(t, "GET", "/gzip"))
		dl.Resume()
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		expectBody(t, rec, dl, []byte("Hello World!"))
		if written != 12 || expected != -1 {
			t.Errorf("wrote %d of %d", written, expected)
		}
	})
}

func TestCorelibs49_NotFoundIsNotAnErrorOfAnyKindOfTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, receive(t, func(w http.ResponseWriter, _ *http.Request) { text(w, 404, "no such thing") }))
		rec := trace.New(t)
		s := st.session(rec, rec)
		dl := download(t, s, request(t, "GET", "/a"))
		dl.Resume()
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
		up, err := s.UploadTaskFromData(request(t, "PUT", "/a"), []byte("body"), nil)
		if err != nil {
			t.Fatal(err)
		}
		up.Resume()
		rec.Expect(up, "created sent* response(404) data* metrics done(nil)")
		for _, task := range []session.Task{dl, up} {
			expectBody(t, rec, task, []byte("no such thing"))
			if got := task.Response().StatusCode; got != 404 {
				t.Errorf("the response is %d", got)
			}
		}
	})
}

func TestCorelibs50_HTTP09IsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		for port, reply := range map[string]string{"81": "1", "82": "Hi\r\n", "83": "<html>HTTP/1.1 200 OK</html>"} {
			st.serveRaw("a.test:"+port, reply)
		}
		s := newSession(t, st.configuration(), nil, nil)
		for _, port := range []string{"81", "82", "83"} {
			if r := handled(t, s, request(t, "GET", "http://a.test:"+port+"/")); r.err == nil || r.data != nil || r.status != 0 {
				t.Errorf("port %s: %+v", port, r)
			}
		}
	})
}

func TestCorelibs51_AnyStatusOfThreeDigitsIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		st.serveRaw("a.test:8080", "HTTP/1.1 999 OK\r\nContent-Length: 2\r\n\r\nhi")
		s := newSession(t, st.configuration(), nil, nil)
		if r := handled(t, s, request(t, "GET", "http://a.test:8080/")); r.status != 999 || string(r.data) != "hi" || r.err != nil {
			t.Errorf("got %+v", r)
		}
	})
}

func TestCorelibs52_ABodyWithoutALengthEndsWithTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := bytesOf(52, 100_000)
		st := newStage(t, library)
		st.serveRaw("a.test:8080", "HTTP/1.1 200 OK\r\n\r\n"+string(content))
		s := newSession(t, st.configuration(), nil, nil)
		r := handled(t, s, request(t, "GET", "http://a.test:8080/"))
		if !bytes.Equal(r.data, content) || r.err != nil {
			t.Errorf("%d bytes, %v", len(r.data), r.err)
		}
	})
}

func TestCorelibs53_ABrokenStatusLineIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		for name, line := range map[string]string{
			"one": "HTTP/1.1", "two": "HTTP/1.1 20", "three": "HTTP/1.1 2000 OK", "four": "HTTP/1.1 -200 OK", "five": "HTTP/a 200 OK",
		} {
			st.serveRaw(name+".test:80", line+"\r\nContent-Length: 2\r\n\r\nhi")
			s := newSession(t, st.configuration(), nil, nil)
			r := handled(t, s, request(t, "GET", "http://"+name+".test/"))
			if code, ok := codeOf(r.err); !ok || r.data != nil || r.status != 0 ||
				code != session.CannotParseResponse && code != session.BadServerResponse {
				t.Errorf("%q: %+v", line, r)
			}
		}
	})
}

// every is a delegate that hears of data tasks and of downloads alike.
type every struct{ *trace.Recorder }

func TestCorelibs54_OneDelegateServesAllKindsOfTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, receive(t, library))
		rec := trace.New(t)
		s := st.session(rec, every{rec})
		data := run(t, s, rec, request(t, "GET", "/capital"))
		dl := download(t, s, request(t, "GET", "/capital"))
		dl.Resume()
		rec.Expect(data, "created response(200) data* metrics done(nil)")
		rec.Expect(dl, "created wrote* finished metrics done(nil)")
	})
}

func TestCorelibs02_OnlyCodingsThatAreDecodedAreAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, library)
		rec := trace.New(t)
		s := st.session(rec, rec)
		run(t, s, rec, request(t, "GET", "/capital"))
		if got := st.last().Header.Get("Accept-Encoding"); got != "gzip, br" {
			t.Errorf("asked for %q", got)
		}
		own := request(t, "GET", "/gzip")
		own.Header.Set("Accept-Encoding", "zstd, gzip;q=0.5")
		task := run(t, s, rec, own)
		if got := st.last().Header.Get("Accept-Encoding"); got != "zstd, gzip;q=0.5" {
			t.Errorf("asked for %q", got)
		}
		if got := rec.Body(task); bytes.Contains(got, []byte("Hello")) {
			t.Error("a coding that the app asked for was decoded behind its back")
		}
	})
}

// reader has no other methods, so that nobody can tell what it reads.
func reader(b []byte) io.ReadCloser { return io.NopCloser(struct{ io.Reader }{bytes.NewReader(b)}) }
