package cli

import (
	"strings"
	"testing"

	"haul/model"
)

func TestWhatTheAgentWouldLoadOtherwiseStays(t *testing.T) {
	const limited = "[downloads]\nlimit-rate = '1M'\n[hosts.'slow.test']\nlimit-rate = '10k'\n"
	tests := []struct {
		name, file, args string
		what             model.Handover
		want             string // "": it goes
	}{
		{"nothing said", limited, "", model.Handover{}, ""},
		{"a proxy", "", "--proxy http://p.test:1", model.Handover{}, "without --proxy (the configuration"},
		{"no proxy", "", "--proxy direct", model.Handover{}, "without --proxy"},
		{"no proxy for some", "", "--noproxy a.test", model.Handover{}, "without --noproxy"},
		{"a proxy that the agent has too", "[proxy]\nurl = 'http://p.test:1'\n", "", model.Handover{}, ""},
		{"no redirect", "", "--redirect never", model.Handover{}, "without --redirect"},
		{"how many at once", "", "--max-running 2 -n 1 --plain", model.Handover{}, ""},
		{"a limit of the run", "", "--limit-rate 2M", model.Handover{AllLimit: 2e6}, "rate limit of all transfers"},
		{"a limit that was taken off", "", "--limit-rate 2M", model.Handover{}, ""},
		{"a limit of its keys", limited, "", model.Handover{AllLimit: 5e5}, "rate limit of all transfers"},
		{"the agent's limit", limited, "", model.Handover{AllLimit: 1e6}, ""},
		{"above the agent's limit", limited, "", model.Handover{AllLimit: 2e6}, ""},
		{"a host's limit", limited, "", model.Handover{AllLimit: 1e6, Host: "a.test", HostLimit: 5}, "rate limit of a.test"},
		{"the agent's limit of a host", limited, "", model.Handover{Host: "slow.test:8080", HostLimit: 1e4}, ""},
		{"below it", limited, "", model.Handover{Host: "slow.test", HostLimit: 9e3}, "rate limit of slow.test"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, env, said, err := settled(t, tt.file, nil, strings.Fields(tt.args))
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			h := handing{options: o, env: env}
			err = h.refusal(tt.what)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("it stays: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want %q", err, tt.want)
			case tt.want != "":
				if err := h.take(t.Context(), tt.what); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("it is handed over: %v", err)
				}
			}
		})
	}
}

func TestTheRowsOwnNumbersGoAlong(t *testing.T) {
	tests := []struct {
		name, args         string
		spec               model.Spec
		limit, connections int64 // 0: the agent's
	}{
		{"neither", "", model.Spec{}, 0, 0},
		{"a limit", "", model.Spec{Limit: 5000}, 5000, 0},
		{"connections", "-n 3", model.Spec{}, 0, 3},
		{"an upload has one connection", "-n 3", model.Spec{Upload: "a", Limit: 7}, 7, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, env, said, err := settled(t, "", nil, strings.Fields(tt.args))
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			h := handing{options: o, env: env}
			tt.spec.URL, tt.spec.Dir = "http://a.test/f", t.TempDir()
			w, err := h.task(model.Handover{Spec: tt.spec}, &access{})
			if err != nil {
				t.Fatal(err)
			}
			var limit, connections int64
			if w.RateLimit != nil {
				limit = *w.RateLimit
			}
			if w.Connections != nil {
				connections = int64(*w.Connections)
			}
			if limit != tt.limit || connections != tt.connections {
				t.Errorf("at most %d bytes a second over %d connections, want %d and %d", limit, connections, tt.limit, tt.connections)
			}
		})
	}
}
