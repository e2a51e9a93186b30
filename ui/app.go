package ui

import (
	"context"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"haul/keymap"
	"haul/model"
	"haul/themes"
	"haul/ui/dialog"
	"haul/ui/phrases"
	"haul/ui/text"
	"haul/ui/units"
)

// Options say how the monitor looks and what it starts with.
type Options struct {
	// Theme is one of Themes, or a pair of them as in "auto:DARK,LIGHT"; Color
	// is auto, always or never; Glyphs is auto, unicode or ascii. Empty means
	// auto, and of Units si.
	Theme, Color, Glyphs string
	Units                string // of sizes and rates: si, iec or bytes
	// Wide says that the terminal draws characters of ambiguous width in two
	// cells: boxes and arrows as well, so that auto is the ascii set.
	Wide   bool
	Themes themes.Library
	// NoPane starts without the preview pane.
	NoPane bool
	// NoGraphs leaves the curves of rates out.
	NoGraphs bool
	// Mouse has clicks and the wheel reported. The terminal's own selecting
	// then needs its modifier key.
	Mouse bool
	// Notify says what is told outside of the window.
	Notify  Notify
	Environ []string // "NAME=value", of the terminal
	In      io.Reader
	Out     io.Writer
	// Keys is the key map; nil is the default one.
	Keys *keymap.Map
	// Reload waits for changed settings and returns a [SettingsMsg], nil when
	// there will be none. It is run anew after each. nil: settings do not change.
	Reload tea.Cmd
	// Reread has Reload return at once, with the settings as they are by then.
	// nil: there is nothing to read.
	Reread func()
	// Dir is where added transfers go when nothing else is said.
	Dir string
	// Attached tells that the transfers are the agent's: to quit leaves them
	// as they are, and nothing has to be asked.
	Attached bool
	// Forgets tells that what is not done when it ends is not kept for a later
	// run.
	Forgets bool
	// Note is shown above the list until esc; "" for none. What an earlier run
	// left unfinished is told there after it.
	Note string
	// Start runs beside the model's own first commands.
	Start tea.Cmd
	// Open opens a file or a directory with the program that the system has
	// for it, and returns when that has it. It runs on a goroutine of its own
	// and ends with ctx. nil: there is none, and the keys say so.
	Open func(ctx context.Context, path string) error
	// Copy puts text into the system's clipboard; nil: there is none. It is
	// called where the terminal is not known to copy by itself, on a goroutine
	// of its own, and ends with ctx.
	Copy func(ctx context.Context, text string) error
	// Free tells how many bytes are free in a directory; nil: nobody knows.
	// It is called while drawing and has to be quick.
	Free func(dir string) (bytes int64, ok bool)
	// History finds what has ended in earlier runs, the newest first. It runs
	// on a goroutine of its own and ends with ctx. nil: nothing is kept.
	History func(ctx context.Context) ([]Past, error)
}

// screenKind is a screen of the monitor.
type screenKind int

const (
	screenList screenKind = iota
	screenDetail
	screenLog
	screenHistory
)

// App is the monitor. It belongs to Bubble Tea's loop.
type App struct {
	ctx   context.Context
	model transfers
	opt   Options

	// How it looks.
	profile  colorprofile.Profile
	glyphs   themes.Glyphs
	dark     bool // the background of the terminal
	terminal terminal
	// configured is what was asked for, whatever keys have made of it.
	configured Settings
	boxes      dialog.Options
	scene      scene

	// What is shown.
	width, height int
	screen        screenKind
	list          listScreen
	detail        detailScreen
	log, history  logScreen
	under         screenKind // what was shown before log or history
	strips        strips
	front         *front // the dialog over it, nil for none
	layout        layout // of the list as it was last drawn
	view          tea.View

	// When to compose.
	focused  bool
	touched  bool // the screen's own state has changed
	version  uint64
	composed time.Time
	wake     time.Time // when the pending wakeMsg comes; zero for none
	pulse    *pulse    // nil where the renderer looks by itself
	fresh    bool      // there may be something to draw or to send
	bar      taskbar
	report   report
	herald   herald

	// What the user did.
	lastKey     time.Time
	seen        map[model.PromptID]bool // questions that were open once
	clicked     model.RowID             // the row of the last click
	clickedAt   time.Time
	leaving     bool
	ending      bool // all is at rest: the next frame is the last
	interrupted bool
}

// New makes a monitor of m. ctx ends its commands. An unknown theme or glyph
// set is an error that names those there are.
func New(ctx context.Context, m *model.Model, opt Options) (*App, error) {
	return newApp(ctx, m, opt)
}

func newApp(ctx context.Context, m transfers, opt Options) (*App, error) {
	opt.Theme, opt.Glyphs = orElse(opt.Theme, themes.Auto), orElse(opt.Glyphs, "auto")
	if opt.Keys == nil {
		opt.Keys = keymap.Default()
	}
	when, err := themes.ParseWhen(orElse(opt.Color, "auto"))
	if err != nil {
		return nil, err
	}
	configured := Settings{
		Theme: opt.Theme, Glyphs: opt.Glyphs, Units: opt.Units, Wide: opt.Wide, NoGraphs: opt.NoGraphs, Mouse: opt.Mouse, Keys: opt.Keys, Notify: opt.Notify,
	}
	glyphs, err := configured.signs(opt.Environ)
	if err != nil {
		return nil, err
	}
	in, err := units.Named(opt.Units)
	if err != nil {
		return nil, err
	}
	if err := opt.Notify.check(); err != nil {
		return nil, err
	}
	a := &App{
		ctx: ctx, model: m, opt: opt,
		// Whoever starts a monitor has checked that there is a terminal.
		profile: themes.ProfileFor(opt.Environ, true, when),
		glyphs:  glyphs, dark: true,
		terminal: terminalOf(opt.Environ),
		focused:  true, touched: true,
		list: listScreen{pane: !opt.NoPane},
		seen: make(map[model.PromptID]bool),
	}
	a.scene.pen = &pen{ruler: text.Ruler{Ellipsis: text.Clean(glyphs.Ellipsis)}, units: in}
	a.scene.contents = new(contents)
	a.scene.source, a.scene.keys, a.scene.links = m, opt.Keys, a.terminal.links
	a.herald = herald{want: opt.Notify, by: a.terminal.notify}
	for _, e := range opt.Environ {
		if home, ok := strings.CutPrefix(e, "HOME="); ok {
			a.scene.home = home
		}
	}
	a.strips = strips{note: text.Clean(opt.Note), filter: newFilterLine(), find: &finder{line: newFilterLine()}}
	a.log = logScreen{title: "log", clock: "15:04:05", short: "15:04", empty: text.Clean(phrases.LogEmpty), newest: true, follows: true}
	a.history = logScreen{title: "history", clock: "2006-01-02 15:04", short: "01-02", wide: true}
	a.boxes = dialog.Options{Keys: opt.Keys, Check: checkURL, Attached: opt.Attached}
	a.configured = configured
	if err := a.newTheme(opt.Theme); err != nil {
		return nil, err
	}
	a.compose(time.Now()) // Bubble Tea asks for a view before it knows the size
	return a, nil
}

// newTheme changes to a theme.
func (a *App) newTheme(name string) error {
	palette, err := a.opt.Themes.Palette(name, a.dark)
	if err != nil {
		return err
	}
	a.opt.Theme = name
	a.scene.theme = themes.New(palette, a.profile, a.glyphs)
	a.boxes.Theme, a.boxes.Ruler, a.boxes.Units = a.scene.theme, a.scene.ruler, a.scene.units
	a.touch()
	return nil
}

// ProgramOptions are what Bubble Tea has to know to run it: streams, colour
// profile, frame rate.
func (a *App) ProgramOptions() []tea.ProgramOption {
	opts := []tea.ProgramOption{
		tea.WithContext(a.ctx),
		tea.WithFPS(framesPerSecond),
		tea.WithColorProfile(a.profile),
	}
	if a.opt.In != nil {
		opts = append(opts, tea.WithInput(a.opt.In))
	}
	if a.opt.Out != nil {
		opts = append(opts, tea.WithOutput(a.opt.Out))
	}
	if a.opt.Environ != nil {
		opts = append(opts, tea.WithEnvironment(a.opt.Environ))
	}
	return opts
}

// Interrupted tells whether Ctrl-C or a signal ended it.
func (a *App) Interrupted() bool { return a.interrupted }

// Init returns the first commands.
func (a *App) Init() tea.Cmd {
	cmds := []tea.Cmd{a.model.Init(), a.opt.Start, a.opt.Reload, tea.RequestProgramStatusSupport}
	if themes.Follows(a.opt.Theme) {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return guarded(tea.Batch(cmds...))
}

// View returns the screen that was composed last.
func (a *App) View() tea.View {
	if a.fresh && a.width > 0 {
		a.fresh = false
		a.pulse.ask()
	}
	return a.view
}

// Update takes a message. What the user does shows at once; what the model
// does shows with the next frame.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			panic(harmless(r)) // Bubble Tea prints it on the terminal
		}
	}()
	switch msg.(type) {
	case wakeMsg, model.FrameMsg:
	default:
		a.fresh = true // Bubble Tea may have something to send by itself
	}
	cmd, atOnce := a.take(msg)
	a.news()
	return a, guarded(tea.Batch(cmd, a.settle(atOnce)))
}

// take acts on a message, and tells whether the user waits for the screen.
func (a *App) take(msg tea.Msg) (cmd tea.Cmd, atOnce bool) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		a.lastKey = time.Now()
		a.touch()
		return a.press(msg), true
	case tea.PasteMsg:
		a.lastKey = time.Now()
		a.touch()
		return a.paste(msg), true
	case tea.MouseClickMsg:
		a.touch()
		return a.click(msg), true
	case tea.MouseWheelMsg:
		a.touch()
		return a.turn(msg), true
	case tea.WindowSizeMsg:
		a.width, a.height = msg.Width, msg.Height
		a.scene.height = msg.Height
		a.touch()
		return nil, true
	case tea.FocusMsg:
		a.focused = true
		if themes.Follows(a.opt.Theme) { // it may have changed with the time of day
			return tea.RequestBackgroundColor, false
		}
		return nil, false
	case tea.BlurMsg:
		a.focused = false
		return nil, false
	case tea.BackgroundColorMsg:
		if dark := msg.IsDark(); dark != a.dark {
			a.dark = dark
			if themes.Follows(a.opt.Theme) {
				// It was made before; should its file be gone, the old one stays.
				if err := a.newTheme(a.opt.Theme); err != nil {
					a.say(themes.Error, phrases.Problem, err)
				}
			}
		}
		return nil, true
	case tea.ModeReportMsg:
		if msg.Mode == ansi.ModeUnicodeCore {
			switch msg.Value {
			case ansi.ModeSet, ansi.ModeReset, ansi.ModePermanentlySet:
				a.scene.ruler.Clusters = true
				a.boxes.Ruler = a.scene.ruler
				a.touch()
			}
		}
		return nil, false
	case tea.ProgramStatusSupportMsg:
		a.report.knows = true
		a.touch()
		return nil, false
	case tea.ResumeMsg:
		a.say(themes.Warn, phrases.StoodStill)
		return nil, true
	case brokenMsg:
		panic(msg)
	case wakeMsg:
		a.woken(msg)
		return nil, false
	case model.NewsMsg:
		p := msg.Problems[0]
		a.say(themes.Error, phrases.NotTaken, len(msg.Problems), p.URL, p.Err)
		return nil, true
	case historyMsg:
		a.tellHistory(msg)
		return nil, true
	case openedMsg:
		if msg.err != nil {
			a.say(themes.Error, phrases.Problem, msg.err)
		}
		return nil, true
	case SettingsMsg:
		return a.change(msg), true
	case model.DrainMsg:
		return a.interrupt(), true
	case model.HangupMsg:
		if a.leaving {
			return nil, true
		}
		return a.leaveBy(a.model.Detach), true
	case model.QuitMsg:
		a.ending = true
		a.touch()
		return tea.Quit, true
	}
	cmd = a.model.Update(msg)
	if a.front != nil {
		cmd = tea.Batch(cmd, a.toFront(msg))
	}
	return cmd, false
}

// checkURL says what is wrong with a URL that somebody typed.
func checkURL(url string) error {
	_, err := model.ParseURL(url)
	return err
}
