package trace

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	list := []Event{
		{Kind: Created},
		{Kind: Redirect, Args: []string{"302", "/g"}, Reply: "same"},
		{Kind: TaskChallenge, Args: []string{"Basic", "0"}, Reply: "use"},
		{Kind: Resumed, Total: 7},
		{Kind: Wrote}, {Kind: Wrote}, {Kind: Wrote},
		{Kind: Metrics},
		{Kind: Done, Args: []string{"Cancelled+resume"}},
		{Kind: ResumeData, Args: []string{"ok"}},
	}
	for pattern, want := range map[string]bool{
		"created redirect(302,/g) tchal(Basic,0) resumed@7 wrote* resumedata(ok) metrics done(Cancelled+resume)": true,
		"created redirect[same] tchal[use] resumed wrote wrote wrote metrics done resumedata":                    true,
		"resumedata created redirect(_,/g) tchal(Basic,_)[use] resumed wrote* metrics? done":                     true,
		"created redirect tchal resumed wrote* wrote metrics done resumedata":                                    true,
		"created info? redirect tchal resumed data*? wrote*? metrics done resumedata":                            true,

		"created redirect tchal resumed wrote* metrics done":                             false, // resumedata is missing
		"created redirect tchal resumed wrote* metrics done resumedata(nil)":             false,
		"created redirect tchal resumed wrote metrics done resumedata":                   false,
		"created redirect tchal resumed wrote? metrics done resumedata":                  false,
		"created redirect tchal resumed wrote* metrics resumedata":                       false, // done is too many
		"created redirect tchal resumed wrote* metrics done(nil) resumedata":             false,
		"created redirect(302) tchal resumed wrote* metrics done resumedata":             false,
		"created redirect(302,/h) tchal resumed wrote* metrics done resumedata":          false,
		"created redirect[nil] tchal resumed wrote* metrics done resumedata":             false,
		"created tchal redirect resumed wrote* metrics done resumedata":                  false,
		"created redirect tchal resumed@8 wrote* metrics done resumedata":                false,
		"created redirect tchal resumed data* wrote* metrics done resumedata":            false,
		"created redirect tchal resumed wrote wrote wrote wrote metrics done resumedata": false,
		"": false,
	} {
		if err := Match(list, pattern); (err == nil) != want {
			t.Errorf("Match %q: %v", pattern, err)
		}
	}
}

func TestMatchShowsBothSides(t *testing.T) {
	err := Match([]Event{{Kind: Created}, {Kind: Data}, {Kind: Data}}, "created done")
	if err == nil || !strings.Contains(err.Error(), "want created done") || !strings.Contains(err.Error(), "got  created data x2") {
		t.Errorf("got %v", err)
	}
}

func TestMatchRefusesWhatIsNoPattern(t *testing.T) {
	for _, pattern := range []string{"creatd", "wrote)", "redirect]", "wrote**", "done(nil"} {
		if err := Match(nil, pattern); err == nil || !strings.HasPrefix(err.Error(), "pattern") {
			t.Errorf("Match %q: %v", pattern, err)
		}
	}
}
