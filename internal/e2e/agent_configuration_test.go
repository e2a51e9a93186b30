//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"haul/internal/testserver"
)

// TestAgentFollowsTheConfiguration changes the file while the agent downloads.
func TestAgentFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	data := content(9, 4_000_000)
	n := testserver.StartNginx(t, testserver.NginxConfig{Files: map[string][]byte{"film.mp4": data, "more.zip": data}})
	h := newAgentHome(t)
	h.configure(t, "[downloads]\nconnections = \"1\"\n[hosts.\"127.0.0.1\"]\nlimit-rate = \"50k\"\n")
	h.command(t, "-b", n.URL("/film.mp4"))
	running := func(id string) bool {
		for line := range strings.Lines(h.command(t, "ls")) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == id && f[1] == "running" {
				return true
			}
		}
		return false
	}
	await(t, "the limited film", func() bool { return running("1") && onDisk(h.file("film.mp4")) < int64(len(data)) })
	log := func() string {
		text, err := os.ReadFile(filepath.Join(h.state, "haul", "agent.log"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	h.command(t, "-b", "--paused", n.TLSURL("/more.zip"))
	// What is wrong changes nothing, and is said.
	h.configure(t, "[downloads]\nlimit-rate = \"a lot\"\n")
	await(t, "the complaint", func() bool { return strings.Contains(log(), "the configuration stays as it was") })
	// A limit counts at once, and trust in a server from the next attempt on.
	h.configure(t, "[downloads]\nconnections = \"1\"\n[trust]\ncacert = \""+n.CAFile+"\"\n")
	await(t, "the change", func() bool { return strings.Contains(log(), "the configuration has changed") })
	h.command(t, "resume", "2")
	if out := h.command(t, "wait", "--timeout", patience.String()); strings.Count(out, "done") != 2 {
		t.Errorf("wait: %s", out)
	}
	wantFile(t, h, "film.mp4", sha256Of(data))
	wantFile(t, h, "more.zip", sha256Of(data))
}
