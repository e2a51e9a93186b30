package config

import "testing"

func TestAHostHasWhatTheNearestTablesSay(t *testing.T) {
	c := Config{Hosts: map[string]Host{
		"a.example.org":      {User: "alice"},
		"a.example.org:8443": {Proxy: "direct"},
		"*.example.org":      {User: "all", LimitRate: "1M"},
		"*.org":              {LimitRate: "2M", Connections: "3"},
		"LOUD.example":       {User: "loud"},
	}}
	tests := []struct {
		host string
		want Host
	}{
		{"a.example.org", Host{User: "alice", LimitRate: "1M", Connections: "3"}},
		{"A.Example.ORG.", Host{User: "alice", LimitRate: "1M", Connections: "3"}},
		{"a.example.org:8443", Host{User: "alice", Proxy: "direct", LimitRate: "1M", Connections: "3"}},
		{"b.c.example.org", Host{User: "all", LimitRate: "1M", Connections: "3"}},
		{"example.org", Host{LimitRate: "2M", Connections: "3"}},
		{"loud.example", Host{User: "loud"}},
		{"org", Host{}},
		{"example.net", Host{}},
		{"[::1]:80", Host{}},
	}
	for _, tt := range tests {
		if got := c.ForHost(tt.host); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.host, got, tt.want)
		}
	}
}
