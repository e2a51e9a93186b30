package testserver

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client returns a transport that trusts n's CA.
func client(t *testing.T, n *Nginx) *http.Transport {
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: n.CA()}, ForceAttemptHTTP2: true, DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// get sends a GET with the given fields (name, value, ...) and reads the body.
func get(t *testing.T, tr *http.Transport, url string, fields ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func TestNginxServesFilesRangesAndItsLog(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 1000)
	n := StartNginx(t, NginxConfig{Files: map[string][]byte{"dir/a.bin": data}})
	tr := client(t, n)

	whole, body := get(t, tr, n.URL("/dir/a.bin?x=1"))
	if whole.StatusCode != 200 || !bytes.Equal(body, data) {
		t.Fatalf("%s, %d bytes", whole.Status, len(body))
	}
	tag := whole.Header.Get("ETag")
	part, body := get(t, tr, n.URL("/dir/a.bin"), "Range", "bytes=9990-", "If-Range", tag)
	if part.StatusCode != 206 || string(body) != "0123456789" {
		t.Errorf("matching If-Range: %s, %q", part.Status, body)
	}
	changed, body := get(t, tr, n.URL("/dir/a.bin"), "Range", "bytes=9990-", "If-Range", `"other"`)
	if changed.StatusCode != 200 || len(body) != len(data) {
		t.Errorf("other If-Range: %s, %d bytes", changed.Status, len(body))
	}

	log := n.Log(3)
	if len(log) != 3 {
		t.Fatalf("%d entries", len(log))
	}
	first, second := log[0], log[1]
	if first.Method != "GET" || first.URI != "/dir/a.bin?x=1" || first.Proto != "HTTP/1.1" || first.Status != 200 ||
		first.BodyBytesSent != 10_000 || !first.Complete || first.Range != "" || first.TLSProtocol != "" ||
		first.Host != strings.TrimSuffix(strings.TrimPrefix(n.URL("/"), "http://"), "/") {
		t.Errorf("first: %+v", first)
	}
	if second.Status != 206 || second.Range != "bytes=9990-" || second.IfRange != tag || second.BodyBytesSent != 10 ||
		second.RemotePort != first.RemotePort || second.Connection != first.Connection {
		t.Errorf("second: %+v", second)
	}
	if age := time.Since(first.Time); age < -time.Minute || age > time.Minute {
		t.Errorf("time %v", first.Time)
	}
}

func TestNginxSeesAFileThatChanges(t *testing.T) {
	n := StartNginx(t, NginxConfig{Files: map[string][]byte{"a": []byte("old")}})
	tr := client(t, n)
	before, _ := get(t, tr, n.URL("/a"))
	if err := os.WriteFile(filepath.Join(n.Root, "a"), []byte("newer"), 0o600); err != nil {
		t.Fatal(err)
	}
	after, body := get(t, tr, n.URL("/a"))
	if string(body) != "newer" || before.Header.Get("ETag") == after.Header.Get("ETag") {
		t.Errorf("%q with ETag %s, before %s", body, after.Header.Get("ETag"), before.Header.Get("ETag"))
	}
}

func TestNginxSpeaksHTTP2AndHTTP1OverTLS(t *testing.T) {
	n := StartNginx(t, NginxConfig{Files: map[string][]byte{"a": []byte("secret")}})
	tr := client(t, n)
	resp, body := get(t, tr, n.TLSURL("/a"))
	if resp.ProtoMajor != 2 || string(body) != "secret" {
		t.Errorf("%s, %q", resp.Proto, body)
	}
	one := client(t, n)
	one.ForceAttemptHTTP2 = false
	resp, _ = get(t, one, strings.Replace(n.TLSURL("/a"), "127.0.0.1", "localhost", 1))
	if resp.ProtoMajor != 1 {
		t.Errorf("without HTTP/2: %s", resp.Proto)
	}
	log := n.Log(2)
	if log[0].Proto != "HTTP/2.0" || log[1].Proto != "HTTP/1.1" || log[0].TLSProtocol != "TLSv1.3" || log[0].TLSCipher == "" || log[0].TLSReused {
		t.Errorf("%+v", log)
	}
	stranger := new(http.Transport)
	defer stranger.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.TLSURL("/a"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := stranger.RoundTrip(req); err == nil {
		resp.Body.Close()
		t.Error("a client that does not know the CA trusts the server")
	}
	if pem, err := os.ReadFile(n.CAFile); err != nil || !bytes.Contains(pem, []byte("BEGIN CERTIFICATE")) {
		t.Errorf("CA file: %q, %v", pem, err)
	}
}

func TestNginxLocations(t *testing.T) {
	n := StartNginx(t, NginxConfig{
		Files: map[string][]byte{"private/a": []byte("private"), "plain/a": []byte("plain"), "slow/a": make([]byte, 1_000_000)},
		Locations: []Location{
			{Prefix: "/private/", User: "alice", Password: "wonder: land"},
			{Prefix: "/slow/", RateLimit: 50_000},
			{Prefix: "/moved/", Redirect: "http://localhost:$http_port/plain/a"},
			{Prefix: "/secure/", Redirect: "https://127.0.0.1:$https_port$request_uri"},
			{Prefix: "/busy/", Directives: "add_header Retry-After 1 always; return 503;"},
		},
	})
	tr := client(t, n)

	refused, _ := get(t, tr, n.URL("/private/a"))
	if refused.StatusCode != 401 || refused.Header.Get("WWW-Authenticate") != `Basic realm="haul test"` {
		t.Errorf("no password: %s, %v", refused.Status, refused.Header)
	}
	for password, want := range map[string]int{"wrong": 401, "wonder: land": 200} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL("/private/a"), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("alice", password)
		resp, _ := get(t, tr, n.URL("/private/a"), "Authorization", req.Header.Get("Authorization"))
		if resp.StatusCode != want {
			t.Errorf("password %q: %s", password, resp.Status)
		}
	}
	if moved, _ := get(t, tr, n.URL("/moved/x")); moved.StatusCode != 302 || moved.Header.Get("Location") != strings.Replace(n.URL("/plain/a"), "127.0.0.1", "localhost", 1) {
		t.Errorf("%s to %q", moved.Status, moved.Header.Get("Location"))
	}
	if moved, _ := get(t, tr, n.URL("/secure/x")); moved.Header.Get("Location") != n.TLSURL("/secure/x") {
		t.Errorf("to %q", moved.Header.Get("Location"))
	}
	if busy, _ := get(t, tr, n.URL("/busy/x")); busy.StatusCode != 503 || busy.Header.Get("Retry-After") != "1" {
		t.Errorf("%s, %v", busy.Status, busy.Header)
	}
	log := n.Log(6)
	if log[0].Authorization != "" || log[1].Authorization != "Basic" || log[2].Authorization != "Basic" {
		t.Errorf("authorization: %+v", log[:3])
	}

	// 1 MB at 50 kB/s lasts 20 s. The client goes after 160 kB, which cannot
	// be the end of it, however slow or fast this machine is.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL("/slow/a"), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err := io.CopyN(io.Discard, resp.Body, 160_000); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if took := time.Since(start); took < time.Second {
		t.Errorf("160 kB at 50 kB/s took %v", took)
	}
	slow := n.Log(7)[6]
	if slow.Complete || slow.Status != 200 || slow.BodyBytesSent >= 1_000_000 {
		t.Errorf("log: %+v", slow)
	}
}

func TestNginxLogKeepsNoPassword(t *testing.T) {
	n := StartNginx(t, NginxConfig{Files: map[string][]byte{"a": []byte("a")}})
	tr := client(t, n)
	get(t, tr, n.URL("/a"), "Authorization", "Bearer s3cret", "Range", "bytes=0-", "User-Agent", "quote\" back\\slash\x9b")
	get(t, tr, n.URL("/a"), "Authorization", "s3cret")
	log := n.Log(2)
	if log[0].Authorization != "Bearer" || log[1].Authorization != "malformed" {
		t.Errorf("%+v", log)
	}
	text, err := os.ReadFile(filepath.Join(n.dir, "access.log"))
	if err != nil || bytes.Contains(text, []byte("s3cret")) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestNginxEndsWithItsTest(t *testing.T) {
	var url string
	t.Run("inner", func(t *testing.T) {
		n := StartNginx(t, NginxConfig{})
		url = n.URL("/")
		get(t, client(t, n), url)
	})
	if url == "" {
		t.Skip("the inner test had no nginx, and has said so")
	}
	tr := new(http.Transport)
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := tr.RoundTrip(req); err == nil {
		resp.Body.Close()
		t.Errorf("%s from a server that has ended", resp.Status)
	}
}

func TestNginxTellsThatAPortIsTaken(t *testing.T) {
	n := StartNginx(t, NginxConfig{})
	other := &Nginx{site: n.site, Root: n.Root, t: t, dir: t.TempDir()}
	other.prepare(NginxConfig{})
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.run(findNginx(t), NginxConfig{}, n.httpPort, ports[0]); !errors.Is(err, errPortTaken) {
		t.Errorf("%v", err)
	}
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"time":"1.5","remote_port":"1","connection":"2","status":"200","body_bytes_sent":"3"}`))
	f.Add([]byte(`{"time":"1e400"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if e, err := parseEntry(line); err == nil && e.Time.IsZero() {
			t.Errorf("%q: %+v", line, e)
		}
	})
}
