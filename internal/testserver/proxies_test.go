package testserver

import (
	"net/http"
	"testing"
)

func TestProxiesCarryARequest(t *testing.T) {
	n := StartNginx(t, NginxConfig{Files: map[string][]byte{"a": []byte("x")}})
	squid := StartSquid(t, SquidConfig{Users: map[string]string{"alice": "geheim"}, Basic: true})
	dante := StartDante(t)
	fetch := func(tr *http.Transport) int {
		defer tr.CloseIdleConnections()
		resp, err := (&http.Client{Transport: tr}).Get(n.URL("/a"))
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode
	}
	if got := fetch(&http.Transport{Proxy: http.ProxyURL(squid.URL("", ""))}); got != http.StatusProxyAuthRequired {
		t.Errorf("squid without a password: %d", got)
	}
	if got := fetch(&http.Transport{Proxy: http.ProxyURL(squid.URL("alice", "geheim"))}); got != http.StatusOK {
		t.Errorf("squid: %d", got)
	}
	log := squid.AwaitLog(func(all []Proxied) bool { return len(all) == 2 })
	if log[0].User != "-" || log[1].User != "alice" || log[1].URI != n.URL("/a") {
		t.Errorf("squid's log: %+v", log)
	}
	if got := fetch(&http.Transport{Proxy: http.ProxyURL(dante.URL())}); got != http.StatusOK {
		t.Errorf("dante: %d", got)
	}
	if got := dante.AwaitConnections(1); got != 1 {
		t.Errorf("dante: %d connections", got)
	}
}
