package model

import (
	"strings"
	"testing"
)

func TestTheJournalKeepsMirrorsWithoutTheirPasswords(t *testing.T) {
	kept := journalMirrors([]string{"http://user:secret@a.test/a b", "https://b.test"})
	if want := "http://a.test/a%20b https://b.test/"; kept != want {
		t.Errorf("%q, want %q", kept, want)
	}
	if _, err := parseMirrors(strings.Fields(kept)); err != nil {
		t.Error(err)
	}
}

func TestMirrorsAreChecked(t *testing.T) {
	for _, s := range []Spec{
		{Mirrors: []string{"ftp://a.test/a"}},
		{Mirrors: []string{"http://a.test/a", "words"}},
		{Mirrors: []string{"http://a.test/a"}, Upload: "a"},
	} {
		if s.checkMirrors() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}
