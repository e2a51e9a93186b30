package ui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"haul/model"
)

func TestACurlCommandBecomesATransferAndItsSecretsAreNotShown(t *testing.T) {
	story(t, Options{Dir: "/tmp/x"}, nil, func(d *driver) {
		d.send(tea.PasteMsg{Content: "curl -L -u mallory:hush \\\n  -H 'Authorization: Bearer hush' -o my.iso 'https://a.example/get?x=1'\nhttps://b.example/2"})
		d.see("https://a.example/get?x=1", "https://b.example/2", "Start 2")
		d.press("down", "up")
		d.see("line 1: from curl, with 1 header field, a user name, as my.iso")
		d.seeNot("hush", "mallory")
		d.press("ctrl+s")
		d.did("Add https://mallory:hush@a.example/get?x=1", "Add https://b.example/2")
		s := d.model.added[0]
		if s.Name != "my.iso" || s.Header.Get("Authorization") != "Bearer hush" || s.Dir != "/tmp/x" {
			t.Errorf("name %q, dir %q, %d fields", s.Name, s.Dir, len(s.Header))
		}
		if d.model.added[1].Header != nil || strings.Contains(fmt.Sprint(d.app.log.entries), "hush") {
			t.Error("the secrets went elsewhere")
		}
	})
}

func TestACurlCommandThatIsNoDownloadIsRefused(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.send(tea.PasteMsg{Content: "curl --data-raw hush https://a.example/"})
		d.see("--data-raw: it sends a body", "uploads")
		d.seeNot("hush", "Start 1")
		d.press("ctrl+s")
		d.did()
		d.see("Add transfers")
		d.press("ctrl+u")
		d.write("curl -O https://c.example/typed")
		d.press("ctrl+s")
		d.did("Add https://c.example/typed")
	})
}

func TestSecretsOfACommandStayWithItsServer(t *testing.T) {
	story(t, Options{}, nil, func(d *driver) {
		d.send(tea.PasteMsg{Content: "curl -u a:hush https://a.example/x"})
		d.press("ctrl+u")
		d.write("https://evil.example/x")
		d.press("ctrl+s")
		d.did("Add https://evil.example/x")
	})
}

func TestDuplicatesAreAskedAbout(t *testing.T) {
	const known, fresh = "https://kernel.example.org/linux-6.17.tar.xz", "https://a.example/new"
	paste := func(d *driver, urls ...string) {
		d.send(tea.PasteMsg{Content: strings.Join(urls, "\n")})
		d.press("ctrl+s")
	}
	story(t, Options{}, nil, func(d *driver) {
		paste(d, known, fresh)
		d.did()
		d.see("1 is in the list already", "linux-6.17.tar.xz, running", "Add the other 1", "Add all 2")
		d.press("enter")
		d.did("Add " + fresh)
		paste(d, known, fresh)
		d.press("tab", "tab", "enter")
		d.did("Add "+known, "Add "+fresh)
		for _, s := range d.model.added {
			if !s.Beside {
				t.Errorf("%s is not to be beside the first", s.URL)
			}
		}
		d.press("G")
		paste(d, known)
		d.see("Already in the list", "Show it", "Download it once more")
		d.press("enter")
		d.did()
		d.cursorOn("linux")
		paste(d, known)
		d.press("esc")
		d.did()
	})
	story(t, Options{}, func(f *fake) { f.view = model.ViewRunning }, func(d *driver) {
		paste(d, "https://docs.example/README.pdf")
		d.press("enter") // not in the view: all are shown
		d.see("view: all")
		d.cursorOn("README.pdf")
	})
}
