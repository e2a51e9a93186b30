//go:build unix

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// forms are the ways in which a secret may be written somewhere.
func forms(secret string) []string {
	return []string{
		secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
		strings.ReplaceAll(secret, "-", "%2D"), reversed(secret),
	}
}

// reversed is how the words of the stack of a crash have text on most machines.
func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return hex.EncodeToString(b)
}

// untold looks for secrets in all that the terminal has been sent, in what it
// shows and has scrolled away, and in every file that haul has left.
func (s *screen) untold(raw string, secrets ...string) {
	s.t.Helper()
	sent := s.recorded(raw)
	history, err := s.term.History()
	if err != nil {
		s.t.Fatal(err)
	}
	if len(sent) < 100 || len(history) < 20 {
		s.t.Errorf("the test looked at too little: %d bytes, and %q", len(sent), history)
	}
	places := map[string][]byte{"what the terminal was sent": sent, "the scrollback": []byte(history)}
	for _, dir := range []string{s.home.state, s.home.downloads} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			// A socket or a file that goes meanwhile has nothing to look at.
			places[path], _ = os.ReadFile(path)
			return nil
		})
		if err != nil {
			s.t.Error(err)
		}
	}
	for place, text := range places {
		for _, secret := range secrets {
			for _, form := range forms(secret) {
				if at := bytes.Index(text, []byte(form)); at >= 0 {
					s.t.Errorf("%s tells %s: …%q…", place, secret, text[max(0, at-120):min(len(text), at+60)])
				}
			}
		}
	}
}

// recorded is what the terminal was sent from the recording on to the end of the
// program, which the screen shows before the record has it.
func (s *screen) recorded(raw string) (sent []byte) {
	s.t.Helper()
	end := regexp.MustCompile(`left with \d`)
	await(s.t, "the record of the program's end", func() bool {
		var err error
		if sent, err = os.ReadFile(raw); err != nil {
			s.t.Fatal(err)
		}
		return end.Match(sent)
	})
	return sent
}
