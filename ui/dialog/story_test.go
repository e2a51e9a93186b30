package dialog

import (
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"haul/keymap"
	"haul/model"
	"haul/session"
)

// story is what somebody presses, and what comes of it.
type story struct {
	name  string
	build func(*Options) Dialog
	press []string
	want  Result // nil: nothing is decided
	shows string // then the screen has this
}

func (s story) run(t *testing.T) {
	c := newClock()
	d := s.build(optionsFor(t, c, colorprofile.NoTTY))
	got := press(t, d, c, s.press...)
	if !reflect.DeepEqual(got, s.want) {
		t.Errorf("%v gives %T %+v, want %+v", s.press, got, answer(got), answer(s.want))
	}
	if s.shows == "" {
		return
	}
	if screen := drawn(d, screen{120, 40}); !strings.Contains(screen, s.shows) {
		t.Errorf("%v does not show %q:\n%s", s.press, s.shows, screen)
	}
}

// answer is r in a form that prints.
func answer(r Result) any {
	if a, ok := r.(Answered); ok {
		return a.Answer
	}
	return r
}

func run(t *testing.T, stories []story) {
	for _, s := range stories {
		t.Run(s.name, s.run)
	}
}

func TestPasswordStories(t *testing.T) {
	ask := func(v model.PromptView) func(*Options) Dialog {
		return func(o *Options) Dialog { return NewPassword(v, ByUser, o) }
	}
	sent := func(user, password string, untilTheEnd bool) Result {
		var keep session.Persistence
		if untilTheEnd {
			keep = session.PersistenceForSession
		}
		return Answered{7, model.Answer{User: user, Password: password, Keep: keep}}
	}
	kept := passwordView()
	kept.Keeper = "the keyring"
	run(t, []story{
		{"enter goes from the user to the password and then sends", ask(passwordView()),
			[]string{"type:alice", "enter", "type:pw", "enter"}, sent("alice", "pw", true), ""},
		{"letters of actions are text", ask(passwordView()),
			[]string{"type:q?y j/", "tab", "type:q!? ", "enter"}, sent("q?y j/", "q!? ", true), ""},
		{"only for this transfer", ask(passwordView()),
			[]string{"type:a", "tab", "type:b", "tab", "right", "tab", "enter"}, sent("a", "b", false), ""},
		{"space changes the choice", ask(passwordView()),
			[]string{"type:a", "tab", "type:b", "tab", "space", "space", "space", "tab", "enter"}, sent("a", "b", false), ""},
		{"for good is not there where nothing can be kept", ask(passwordView()),
			[]string{"type:a", "tab", "type:b", "tab", "right", "right", "right", "tab", "enter"}, sent("a", "b", false), ""},
		{"for good says where", ask(kept), []string{"tab", "tab", "right", "right"}, nil, "In the keyring, once the server has taken it."},
		{"for good", ask(kept), []string{"type:a", "tab", "type:b", "tab", "right", "right", "tab", "enter"},
			Answered{7, model.Answer{User: "a", Password: "b", Keep: session.PersistencePermanent}}, ""},
		{"ctrl+s sends from anywhere", ask(passwordView()),
			[]string{"type:a", "tab", "type:b", "shift+tab", "ctrl+s"}, sent("a", "b", true), ""},
		{"skip goes on without", ask(passwordView()),
			[]string{"tab", "tab", "tab", "tab", "enter"}, Answered{7, model.Answer{Skip: true}}, ""},
		{"cancel cancels the rows", ask(passwordView()),
			[]string{"shift+tab", "enter"}, Answered{7, model.Answer{CancelRows: true}}, ""},
		{"q on a button goes back", ask(passwordView()), []string{"shift+tab", "q"}, Closed{}, ""},
		{"nothing typed, nothing sent", ask(passwordView()), []string{"enter", "enter", "wait", "enter"}, nil, "Type a user name"},
		{"no password is not sent by ctrl+s", ask(passwordView()), []string{"type:a", "ctrl+s"}, nil, "There is no password."},
		{"no password is sent by the button", ask(passwordView()),
			[]string{"type:token", "enter", "enter", "wait", "enter"}, sent("token", "", true), ""},
		{"after a refusal the user name is there", ask(refusedView()), []string{"type:pw", "enter"}, sent("alice", "pw", true), ""},
		{"a refusal is shown", ask(refusedView()), nil, nil, "refused 1 time"},
		{"Basic without TLS warns", ask(basicOverHTTP()), nil, nil, "Everybody on the way can read this password"},
		{"Basic without TLS asks again", ask(basicOverHTTP()), []string{"type:a", "tab", "type:b", "enter"}, nil, "[ Send unencrypted ]"},
		{"and does not take a second enter at once", ask(basicOverHTTP()), []string{"type:a", "tab", "type:b", "enter", "enter"}, nil, ""},
		{"but after half a second", ask(basicOverHTTP()),
			[]string{"type:a", "tab", "type:b", "enter", "wait", "enter"}, sent("a", "b", true), ""},
	})
}

func TestTrustStories(t *testing.T) {
	ask := func(o *Options) Dialog { return NewTrust(trustView(certificateFor("nas.local")), ByUser, o) }
	bare := func(o *Options) Dialog { return NewTrust(trustView(), ByUser, o) }
	lasting := func(o *Options) Dialog {
		v := trustView(certificateFor("nas.local"))
		v.CanKeep, v.ChangedKey, v.ChangedForGood = true, true, true
		return NewTrust(v, ByUser, o)
	}
	accepted := Answered{8, model.Answer{Trust: true}}
	run(t, []story{
		{"the word and enter accept", ask, []string{"type:trust", "enter"}, accepted, ""},
		{"for good is a choice of its own", lasting, []string{"type:trust", "tab", "right", "enter"},
			Answered{8, model.Answer{Trust: true, ForGood: true}}, ""},
		{"for good without the word does not accept", lasting, []string{"tab", "right", "enter"}, nil, "for good"},
		{"until the end is what is chosen first", lasting, []string{"type:trust", "enter"}, accepted, ""},
		{"a change is said", lasting, nil, nil, "The key has CHANGED"},
		{"the word alone does not", ask, []string{"type:trust"}, nil, ""},
		{"another word does not", ask, []string{"type:yes", "enter"}, nil, "That is not the word."},
		{"a wrong word is taken out", ask, []string{"type:!!trust", "enter"}, nil, "type: trust  [_____]"},
		{"the word can be typed again at once", ask, []string{"type:!!trust", "enter", "type:trust", "enter"}, accepted, ""},
		{"from the choice as well", lasting, []string{"type:truts", "tab", "enter", "type:trust", "enter"}, accepted, ""},
		{"it can be mended", ask, []string{"type:truts", "ctrl+u", "type:trust", "enter"}, accepted, ""},
		{"a pasted word does not count", ask, []string{"paste:trust", "enter"}, nil, ""},
		{"ctrl+x cancels the transfer", ask, []string{"ctrl+x"}, Answered{8, model.Answer{CancelRows: true}}, ""},
		{"ctrl+o shows the chain", ask, []string{"ctrl+o"}, nil, "Certificate 1"},
		{"in the chain nothing is accepted", ask, []string{"ctrl+o", "type:trust", "enter"}, nil, "Certificate 1"},
		{"esc leaves the chain first", ask, []string{"ctrl+o", "esc", "esc"}, Closed{}, ""},
		{"ctrl+o leaves the chain", ask, []string{"ctrl+o", "ctrl+o", "type:trust", "enter"}, accepted, ""},
		{"without certificate nothing is accepted", bare, []string{"type:trust", "enter"}, nil, "no certificate"},
	})
}

func TestRedirectStories(t *testing.T) {
	ask := func(o *Options) Dialog { return NewRedirect(redirectView(), ByUser, o) }
	answered := func(a model.Answer) Result { return Answered{9, a} }
	run(t, []story{
		{"enter does not follow", ask, []string{"enter"}, answered(model.Answer{Refuse: true}), ""},
		{"f and enter follow once", ask, []string{"f", "enter"}, answered(model.Answer{Follow: true}), ""},
		{"A and enter follow always", ask, []string{"A", "enter"}, answered(model.Answer{Follow: true, Always: true}), ""},
		{"n goes back to the safe button", ask, []string{"f", "n", "enter"}, answered(model.Answer{Refuse: true}), ""},
		{"tab and enter follow once", ask, []string{"tab", "enter"}, answered(model.Answer{Follow: true}), ""},
		{"E takes another URL", ask, []string{"E", "enter", "type:https://good.example/f", "enter"},
			answered(model.Answer{URL: "https://good.example/f"}), ""},
		{"letters are text in the field", ask, []string{"E", "enter", "type:fAn"}, nil, "[fAn_"},
		{"no URL, no answer", ask, []string{"E", "enter", "enter"}, nil, "Type a URL first."},
		{"a wrong URL is named", ask, []string{"E", "enter", "type:ftp://x", "enter"}, nil, `unknown scheme "ftp"`},
		{"esc leaves the field first", ask, []string{"E", "enter", "esc", "esc"}, Closed{}, ""},
		{"ctrl+x cancels", ask, []string{"ctrl+x"}, answered(model.Answer{CancelRows: true}), ""},
	})
}

func TestAddStories(t *testing.T) {
	build := func(o *Options) Dialog {
		a := addOptions()
		a.Known = func(url string) bool { return url == "https://known.example/" }
		return NewAdd(a, o)
	}
	added := func(s ...model.Spec) Result { return Added{s} }
	run(t, []story{
		{"a typed URL", build, []string{"type:https://a.example/x", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Dir: "~/Downloads"}), ""},
		{"enter makes a line", build, []string{"type:https://a.example/x", "enter", "type:https://b.example/y", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Dir: "~/Downloads"}, model.Spec{URL: "https://b.example/y", Dir: "~/Downloads"}), ""},
		{"enter never starts from a field", build, []string{"type:https://a.example/x", "enter", "enter", "enter", "enter", "enter", "enter"}, nil, "Start 1"},
		{"a paste is split, and nothing starts by it", build, []string{"paste:https://a.example/x https://b.example/y\nhttps://c.example/\n"}, nil, "Start 3"},
		{"a pasted list has comments", build, []string{"paste:# mirrors, old\r\nhttps://a.example/x\r\n  # new\nhttps://b.example/y#top\n", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Dir: "~/Downloads"}, model.Spec{URL: "https://b.example/y#top", Dir: "~/Downloads"}), ""},
		{"wrong lines are named and left out", build, []string{"paste:https://a.example/x\nhtps://b/y", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Dir: "~/Downloads"}), ""},
		{"nothing valid does not start", build, []string{"type:htps://b/y", "ctrl+s"}, nil, `unknown scheme "htps"`},
		{"the same line twice counts once", build, []string{"paste:https://a.example/x https://a.example/x"}, nil, "line 2: the same as line 1"},
		{"what is in the list is named", build, []string{"type:https://known.example/"}, nil, "in the list already"},
		{"a name for one URL", build, []string{"type:https://a.example/x", "tab", "ctrl+u", "type:/tmp", "tab", "type:n.iso", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Dir: "/tmp", Name: "n.iso"}), ""},
		{"no name for two", build, []string{"paste:https://a.example/x https://b.example/y"}, nil, "(only for a single URL)"},
		{"paused", build, []string{"type:https://a.example/x", "tab", "tab", "tab", "tab", "right", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Dir: "~/Downloads", Paused: true}), ""},
		{"an upload wants a file", build, []string{"type:https://a.example/x", "tab", "tab", "tab", "right", "right", "ctrl+s", "type:up.bin", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Upload: "up.bin"}), ""},
		{"data has no file", build, []string{"type:https://a.example/x", "tab", "tab", "tab", "right", "tab", "right", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Data: true, Paused: true}), ""},
		{"the agent has no data", func(o *Options) Dialog { return NewAdd(AddOptions{FilesOnly: true}, o) },
			[]string{"type:https://a.example/x", "tab", "tab", "tab", "right", "tab", "type:up.bin", "ctrl+s"}, nil, "upload"},
		{"start is a button", build, []string{"type:https://a.example/x", "tab", "tab", "tab", "tab", "tab", "enter"},
			added(model.Spec{URL: "https://a.example/x", Dir: "~/Downloads"}), ""},
		{"backspace takes an empty line away", build, []string{"type:https://a.example/x", "enter", "backspace", "type:z", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/xz", Dir: "~/Downloads"}), ""},
		{"marks around URLs are no part of them", build, []string{"paste:<https://a.example/x>, \"https://b.example/y,z\"; 'https://c.example/'", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x", Dir: "~/Downloads"}, model.Spec{URL: "https://b.example/y,z", Dir: "~/Downloads"},
				model.Spec{URL: "https://c.example/", Dir: "~/Downloads"}), ""},
		{"up goes to the line before", build, []string{"paste:https://a.example/x https://b.example/y", "up", "type:1", "ctrl+s"},
			added(model.Spec{URL: "https://a.example/x1", Dir: "~/Downloads"}, model.Spec{URL: "https://b.example/y", Dir: "~/Downloads"}), ""},
		{"esc", build, []string{"type:https://a.example/x", "esc"}, Closed{}, ""},
	})
}

func TestOtherStories(t *testing.T) {
	renew := func(o *Options) Dialog { return NewRenew(model.Row{ID: 2, Name: "f", URL: "https://u:p@h/f?sig=1"}, o) }
	gone := func(o *Options) Dialog { return NewRenew(model.Row{ID: 2, Name: "f", Status: 410}, o) }
	cancel := func(o *Options) Dialog { return NewCancel(cost(), o) }
	quit := func(o *Options) Dialog { return NewQuit(5, 1, GoOnLater, o) }
	safe := func(o *Options) Dialog { return NewQuit(5, 0, GoOnLater, o) }
	forgets := func(o *Options) Dialog { return NewQuit(5, 1, Forgotten, o) }
	menu := func(o *Options) Dialog { return NewMenu("Sort by", []Item{{"a", "A"}, {"b", "B"}, {"c", "C"}}, 1, o) }
	help := func(o *Options) Dialog { return NewHelp(keymap.List, o) }
	run(t, []story{
		{"renew", renew, []string{"paste: https://h/g\n", "enter"}, Renewed{2, "https://h/g"}, ""},
		{"renew wants a URL", renew, []string{"enter"}, nil, "Type a URL first."},
		{"renew wants a good one", renew, []string{"type:x", "enter"}, nil, `unknown scheme "x"`},
		{"renew hides secrets", renew, nil, nil, "https://h/f?sig=…"},
		{"renew says why", gone, nil, nil, "the server answered 410"},
		{"enter does not cancel", cancel, []string{"enter"}, Closed{}, ""},
		{"y cancels", cancel, []string{"y"}, Confirmed{ChoiceCancel}, ""},
		{"space does nothing", cancel, []string{"space"}, nil, ""},
		{"pause instead", cancel, []string{"tab", "enter"}, Confirmed{ChoicePause}, ""},
		{"the button cancels", cancel, []string{"right", "right", "enter"}, Confirmed{ChoiceCancel}, ""},
		{"enter keeps running when something would be lost", quit, []string{"enter"}, Closed{}, ""},
		{"y does not quit", quit, []string{"y"}, nil, ""},
		{"quit and lose", quit, []string{"tab", "enter"}, Confirmed{ChoiceQuit}, ""},
		{"pause and quit", quit, []string{"shift+tab", "enter"}, Confirmed{ChoicePauseAndQuit}, ""},
		{"enter pauses and quits when nothing is lost", safe, []string{"enter"}, Confirmed{ChoicePauseAndQuit}, ""},
		{"a run that keeps nothing says so", forgets, nil, nil, "What is not done is thrown away"},
		{"enter stays when nothing is kept", forgets, []string{"enter"}, Closed{}, ""},
		{"quit although nothing is kept", forgets, []string{"tab", "enter"}, Confirmed{ChoiceQuit}, ""},
		{"the menu begins at what holds", menu, []string{"enter"}, Confirmed{"b"}, ""},
		{"down", menu, []string{"down", "j", "j", "enter"}, Confirmed{"c"}, ""},
		{"up", menu, []string{"k", "k", "enter"}, Confirmed{"a"}, ""},
		{"q closes the menu", menu, []string{"q"}, Closed{}, ""},
		{"? closes help", help, []string{"?"}, Closed{}, ""},
		{"/ finds a word", help, []string{"/", "type:pau"}, nil, "pause, resume"},
		{"/ finds a key", help, []string{"/", "type:^d"}, nil, "half page"},
		{"what is not there", help, []string{"/", "type:zzz"}, nil, "no key does that here"},
		{"letters are text while finding", help, []string{"/", "type:q?"}, nil, "[q?_"},
		{"esc stops finding, then closes", help, []string{"/", "type:x", "esc", "esc"}, Closed{}, ""},
	})
}

func TestASuccessIsNoReasonForAFreshURL(t *testing.T) {
	for _, status := range []int{0, 200, 206} {
		if screen := drawn(NewRenew(model.Row{ID: 2, Name: "f", Status: status}, plainOptions(t)), screen{120, 40}); strings.Contains(screen, "Why") {
			t.Errorf("%d is told as a reason:\n%s", status, screen)
		}
	}
}

func TestTheAgentKeepsWhatIsAnsweredThere(t *testing.T) {
	for name, size := range map[string][2]int{"wide": {100, 30}, "narrow": {38, 9}} {
		o := plainOptions(t)
		o.Attached = true
		box := NewPassword(model.PromptView{ID: 1, Kind: model.AskPassword}, ByUser, o).Draw(size[0], size[1], name == "narrow")
		if text := strings.Join(box.Lines, " "); !strings.Contains(text, "in the agent") || strings.Contains(text, "quit") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestMoreOfTheAddDialog(t *testing.T) {
	more := func(keys ...string) []string {
		return append([]string{"type:https://a.example/x", "ctrl+o", "tab", "tab", "tab", "tab", "tab"}, keys...)
	}
	build := func(o *Options) Dialog { return NewAdd(AddOptions{Dir: "/d"}, o) }
	run(t, []story{
		{"checksum and header", build, more("type:sha256:00ff", "tab", "type:X-A: b", "ctrl+s"),
			Added{[]model.Spec{{URL: "https://a.example/x", Dir: "/d", Checksum: "sha256:00ff", Header: map[string][]string{"X-A": {"b"}}}}}, ""},
		{"a header that is none", build, more("tab", "type:nonsense", "ctrl+s"), nil, "written as Name: value"},
		{"hidden again they count", build, more("type:sha256:00ff", "ctrl+o", "ctrl+s"),
			Added{[]model.Spec{{URL: "https://a.example/x", Dir: "/d", Checksum: "sha256:00ff"}}}, ""},
	})
}
