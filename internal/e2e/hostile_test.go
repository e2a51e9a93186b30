//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"haul/internal/demo"
)

// TestNothingOfAServerSteersTheTerminal runs haul against names, realms,
// redirects and certificates full of escapes, looks at every screen of them, and
// judges the bytes that went to the terminal.
func TestNothingOfAServerSteersTheTerminal(t *testing.T) {
	t.Parallel()
	server := demo.New(demo.Options{Seed: 1})
	at, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			s := openScreen(t, h, size.width, size.height)
			raw := filepath.Join(filepath.Dir(h.state), "raw")
			s.text("clear")
			s.press("Enter")
			if err := s.term.Record(raw); err != nil {
				t.Fatal(err)
			}
			s.haul(
				at.Files+"/hostile/a.txt?size=1kB",
				at.Files+"/escapes/b.zip?size=1kB",
				at.Files+"/redirect/escapes/file/c.bin?size=1kB",
				at.Files+"/missing/%1b%5d52;c;aGF1bA==%07d.html",
				at.Files+"/file/%c2%9b2J%e2%80%aegpj.exe?size=1kB",
			)
			s.see(`asks for a password|Password for`)
			s.press("Escape")
			s.wait("the list again", func(screen string) bool {
				return !strings.Contains(screen, "assword for") && !strings.Contains(screen, "asks for a password")
			})
			s.press("Home", "Enter") // the first one's details, every section, the next one's
			for range 5 {
				s.see(`esc back`)
				s.press("1", "2", "3", "4", "5", "6", "n")
			}
			s.press("Escape")
			s.wait("the list again", func(screen string) bool { return !strings.Contains(screen, "esc back") })
			s.press("C-c")
			s.see(`left with 130`)
			output, err := os.ReadFile(raw)
			if err != nil {
				t.Fatal(err)
			}
			if len(output) < 1000 {
				t.Fatalf("only %d bytes of output were recorded", len(output))
			}
			for _, f := range judge(string(output)) {
				t.Errorf("the terminal got a %s", f)
			}
		})
	}
}

// TestJudgeFindsWhatIsNotHauls keeps the judge honest.
func TestJudgeFindsWhatIsNotHauls(t *testing.T) {
	t.Parallel()
	for _, foreign := range []string{
		"\x1b]52;c;aGF1bA==\a", "\x1b]0;pwned\a", "\x1b]8;;http://evil.test\x1b\\x", "\x1b]9;hello\a",
		"\x1bP$q\"p\x1b\\", "\x1b_apc\x1b\\", "\x1b^pm\x1b\\", "\u009b2J", "\u202egpj.exe", "\xff",
	} {
		if len(judge("before "+foreign+" after")) == 0 {
			t.Errorf("%q is taken for haul's own", foreign)
		}
	}
	for _, own := range []string{"\x1b[2J\x1b[38;5;4mtext\x1b[m\r\n", "\x1b]2;haul 63% 5/13\a", "\x1b]9;4;1;63\a", "\x1b]11;?\a"} {
		if found := judge(own); len(found) > 0 {
			t.Errorf("%q is taken for a stranger's: %v", own, found)
		}
	}
}

// judge finds what haul itself never sends: a string sequence (OSC, DCS, APC,
// PM, SOS) that is not one of its own, controls of C1, format characters that
// turn the direction of writing.
func judge(output string) (found []string) {
	parser := ansi.NewParser()
	report := func(kind, text string) {
		if note := kind + " " + fmt.Sprintf("%.60q", text); !slices.Contains(found, note) {
			found = append(found, note)
		}
	}
	parser.SetHandler(ansi.Handler{
		Print: func(r rune) {
			if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) {
				report("character", string(r))
			}
		},
		Execute: func(b byte) {
			if b >= 0x7f {
				report("control", string(rune(b)))
			}
		},
		HandleOsc: func(number int, data []byte) {
			if !ownOSC(number, string(data)) {
				report("OSC", string(data))
			}
		},
		HandleDcs: func(_ ansi.Cmd, _ ansi.Params, data []byte) {
			if !ownDCS(string(data)) {
				report("DCS", string(data))
			}
		},
		HandleApc: func(data []byte) { report("APC", string(data)) },
		HandlePm:  func(data []byte) { report("PM", string(data)) },
		HandleSos: func(data []byte) { report("SOS", string(data)) },
	})
	if !utf8.ValidString(output) {
		report("byte", "that is not UTF-8")
	}
	for i := range len(output) {
		parser.Advance(output[i])
	}
	return found
}

// ownOSC tells whether an operating system command is one that haul sends: the
// title from numbers (0, 2), the taskbar's progress (9;4), queries of colours
// (10, 11) and their resets, and the question whether the terminal knows the
// program status (7501). Links are not sent to the terminal of these tests.
func ownOSC(number int, data string) bool {
	switch number {
	case 0, 2:
		_, title, _ := strings.Cut(data, ";")
		return title == "" || strings.HasPrefix(title, "haul")
	case 9:
		return strings.HasPrefix(data, "9;4;")
	case 10, 11, 12:
		return strings.HasSuffix(data, ";?")
	case 110, 111, 112:
		return true
	case 7501:
		return data == "7501;?"
	}
	return false
}

// ownDCS tells whether a device control string is a query of Bubble Tea's: the
// terminal's name (XTVERSION comes as CSI) or its capabilities (XTGETTCAP).
func ownDCS(data string) bool {
	return !strings.ContainsFunc(data, func(r rune) bool { return !strings.ContainsRune("0123456789ABCDEFabcdef;", r) })
}
