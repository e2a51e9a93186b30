package cli

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestWhichProxyIsUsed(t *testing.T) {
	const (
		file  = "[proxy]\nurl = 'http://file.test:1'\nnot = ['near.test']\n[hosts.'own.test']\nproxy = 'socks5h://own:2'\n[hosts.'plain.test']\nproxy = 'direct'\n[hosts.localhost]\nproxy = 'http://local:3'\n"
		three = "HTTP_PROXY=http://e1:1 https_proxy=e2:2 NO_PROXY=.away.test,10.0.0.0/8"
	)
	tests := []struct {
		name, file, environ, args string
		url, want                 string
		source                    string // of proxy.url
	}{
		{"none", "", "", "", "http://a.test/", "", ""},
		{"the file", file, "", "", "https://a.test/", "http://file.test:1", "config.toml:2"},
		{"not", file, "", "", "http://near.test:80/", "", "config.toml:2"},
		{"below not", file, "", "", "http://x.near.test/", "", "config.toml:2"},
		{"a host of its own", file, "", "", "https://OWN.test/", "socks5h://own:2", "config.toml:2"},
		{"a host without", file, three, "", "https://plain.test/", "", "HTTP_PROXY, https_proxy"},
		{"this machine", file, "", "", "http://127.0.0.1:8080/", "", "config.toml:2"},
		{"this machine by its table", file, "", "", "http://localhost:8080/", "http://local:3", "config.toml:2"},
		{"the environment before the file", file, three, "", "http://a.test/", "http://e1:1", "HTTP_PROXY, https_proxy"},
		{"https has its own", file, three, "", "https://a.test/", "http://e2:2", "HTTP_PROXY, https_proxy"},
		{"NO_PROXY before the file", file, three, "", "http://near.test/", "http://e1:1", "HTTP_PROXY, https_proxy"},
		{"NO_PROXY", "", three, "", "http://x.away.test/", "", "HTTP_PROXY, https_proxy"},
		{"NO_PROXY's networks", "", three, "", "http://10.1.2.3/", "", "HTTP_PROXY, https_proxy"},
		{"ALL_PROXY for the rest", "", "all_proxy=socks5://s:1 http_proxy=http://e1:1", "", "https://a.test/", "socks5://s:1", "http_proxy, all_proxy"},
		{"haul's own variable", file, three + " HAUL_PROXY_URL=http://own:9", "", "http://a.test/", "http://own:9", "HAUL_PROXY_URL"},
		{"the flag", file, three, "--proxy=https://flag:9", "http://a.test/", "https://flag:9", "--proxy"},
		{"the flag before a host's table", file, "", "--proxy=https://flag:9", "http://own.test/", "https://flag:9", "--proxy"},
		{"the flag says direct", file, three, "--proxy=direct", "http://own.test/", "", "--proxy"},
		{"the flag's exceptions", file, three, "--noproxy=b.test,c.test", "http://x.c.test/", "", "HTTP_PROXY, https_proxy"},
		{"the flag's exceptions are all", file, three, "--noproxy=b.test", "http://near.test/", "http://e1:1", "HTTP_PROXY, https_proxy"},
		{"no exceptions but all", "", three, "--noproxy=*", "http://a.test/", "", "HTTP_PROXY, https_proxy"},
		{"an empty variable is none", file, "HTTP_PROXY=", "", "http://a.test/", "http://file.test:1", "config.toml:2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, env, said, err := settled(t, tt.file, strings.Fields(tt.environ), strings.Fields(tt.args))
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if got := o.sources["proxy.url"]; !strings.Contains(got, tt.source) || tt.source == "" && got != "" {
				t.Errorf("source %q, want %q", got, tt.source)
			}
			pick, err := o.proxy(env)
			if err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequest(http.MethodGet, tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if u, err := pick(r); err != nil {
				t.Fatal(err)
			} else if u != nil {
				got = u.String()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestAProxyThatIsNoneIsToldWithoutItsSecret(t *testing.T) {
	for _, value := range []string{"ftp://bob:hush@p", "http://bob:hush%zz@p", "http://bob:hush x@p:1", "http://"} {
		o, env, _, err := settled(t, "", []string{"https_proxy=" + value}, nil)
		if err == nil {
			_, err = o.proxy(env)
		}
		var exit *exitError
		if !errors.As(err, &exit) || exit.code != ExitUsage || !strings.Contains(err.Error(), "https_proxy: ") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", value, err)
		}
	}
	if _, _, _, err := settled(t, "", nil, []string{"--proxy=ftp://bob:hush@p"}); err == nil || !strings.Contains(err.Error(), "--proxy: ") || strings.Contains(err.Error(), "hush") {
		t.Errorf("%v", err)
	}
}

func TestTheConfigurationIsShownWithoutThePasswordOfAProxy(t *testing.T) {
	o, env, _, err := settled(t, "", []string{"HTTPS_PROXY=http://bob:hush@p:1"}, []string{"--noproxy=a.test"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env.Stdout = &out
	if err := showConfig(env, o); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, "hush") || !strings.Contains(s, "# HTTPS_PROXY") || !strings.Contains(s, `["a.test"]  # --noproxy`) {
		t.Errorf("%s", s)
	}
}
