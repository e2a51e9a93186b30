package testserver

import (
	"io"
	"net/http"
	"testing"
)

func TestApacheAsksForWhatItIsToldTo(t *testing.T) {
	kdc := StartKDC(t, map[string]string{"alice": "secret"})
	a := StartApache(t, ApacheConfig{
		Files: map[string][]byte{"open.txt": []byte("open")},
		Protected: map[string]Protection{
			"/basic/": ProtectBasic, "/digest/": ProtectDigest, "/krb/": ProtectKerberos, "/ntlm/": ProtectNTLM, "/either/": ProtectEither,
		},
		Users: map[string]string{"alice": "secret"}, KDC: kdc,
	})
	client := &http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	get := func(path string) *http.Response {
		t.Helper()
		resp, err := client.Get(a.URL(path))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if resp := get("/open.txt"); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
	for _, p := range []string{"basic", "digest", "krb", "ntlm", "either"} {
		resp := get("/" + p + "/")
		if resp.StatusCode != 401 {
			t.Errorf("%s: status %d\n%s", p, resp.StatusCode, a.ErrorLog())
		}
		t.Logf("%s asks for %q", p, resp.Header.Values("WWW-Authenticate"))
	}
	if log := a.Log(6); log[0].Status != 200 || log[1].User != "-" || log[1].Port != log[0].Port {
		t.Errorf("the log is %+v", log)
	}
	if path := kdc.Ticket("alice", "secret", 600e9); path == "" {
		t.Error("no ticket")
	}
}
