//go:build unix

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// TestNothingOfAServerSteersTheTerminal runs haul against names, realms,
// redirects and certificates full of escapes, looks at every screen of them, and
// judges the bytes that went to the terminal.
func TestNothingOfAServerSteersTheTerminal(t *testing.T) {
	t.Parallel()
	_, at := startDemo(t)
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			s := openScreen(t, h, size.width, size.height)
			s.takesAll()
			raw := s.record()
			s.haul(
				"--notify=always", strange(t).URL,
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
			s.judge(raw)
		})
	}
}

// TestNothingOfACertificateSteersTheTerminal looks at a certificate whose names
// are full of escapes: the question, the chain, and the facts once it was accepted.
func TestNothingOfACertificateSteersTheTerminal(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			t.Parallel()
			s := openScreen(t, newHome(t), size.width, size.height)
			s.takesAll()
			raw := s.record()
			s.haul("--notify=always", disguised(t).URL+"/a.txt")
			s.see(`Do you trust|Trust 127`)
			s.press("Escape") // what opens by itself takes no other key at first
			s.wait("the list", func(screen string) bool {
				return !strings.Contains(screen, "Do you trust") && !strings.Contains(screen, "Trust 127")
			})
			s.press("!")
			s.see(`Do you trust|Trust 127`)
			s.press("C-o")
			s.see(`Certificate 1`)
			for range 12 { // the whole chain goes by
				s.press("NPage")
			}
			s.press("C-o")
			s.see(`type trust|type: trust`)
			s.text("trust")
			s.press("Enter")
			s.see(`100%`)
			s.press("Enter", "1", "2", "3", "4", "5")
			s.see(`trust: accepted`)
			s.press("l")
			s.see(`entries`)
			s.press("C-c")
			s.see(`left with`)
			s.judge(raw)
		})
	}
}

// takesAll has haul take the terminal for one that knows links, copies, progress,
// notifications and the program status, so that it sends all it ever sends. tmux
// takes no notice of most of that.
func (s *screen) takesAll() {
	s.env = []string{"-u", "TMUX", "TERM=xterm-ghostty", "TERM_PROGRAM=ghostty", "COLORTERM=truecolor"}
}

// record keeps what goes to the terminal from now on.
func (s *screen) record() (path string) {
	s.t.Helper()
	path = filepath.Join(filepath.Dir(s.home.state), "raw")
	s.text("clear")
	s.press("Enter")
	if err := s.term.Record(path); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// judge judges what was recorded.
func (s *screen) judge(path string) {
	s.t.Helper()
	output, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(output) < 1000 {
		s.t.Fatalf("only %d bytes of output were recorded", len(output))
	}
	size := strings.Fields(s.format("#{pane_width} #{pane_height}"))
	width, err := strconv.Atoi(size[0])
	height, err2 := strconv.Atoi(size[1])
	if err := errors.Join(err, err2); err != nil {
		s.t.Fatal(err)
	}
	for _, f := range judge(string(output), width, height) {
		s.t.Errorf("the terminal got a %s", f)
	}
}

// escapes are what a stranger would like to be obeyed.
const escapes = "\x1b[2J\x1b]0;evil\a\x1b]8;;http://evil.test\x1b\\\u009b31m\u202egpj.exe\r\nERROR haul: evil\t\x7f"

// strange serves a file with as much of that as the protocol lets through in the
// words of its head.
func strange(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		const c1 = "\u009b2J\u202e\u200b\xff"
		// haul may have gone meanwhile.
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Fine"+c1+"\r\nContent-Length: 3\r\nConnection: close\r\n"+
			"Content-Type: text/"+c1+"\r\nServer: "+c1+"\r\nETag: \""+c1+"\"\r\n"+
			"Content-Disposition: attachment; filename*=UTF-8''"+url.PathEscape(escapes)+".bin\r\n\r\nabc")
	}))
	t.Cleanup(server.Close)
	return server
}

// disguised serves a file behind a certificate of such names, from an authority
// of such a name.
func disguised(t *testing.T) *httptest.Server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	name := pkix.Name{CommonName: escapes, Organization: []string{escapes}, OrganizationalUnit: []string{escapes}}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root " + escapes}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: name, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		DNSNames: []string{"\x1b[2J\x1b]0;evil\a.test", "evil\r\nERROR.test", "xn--80ak6aa92e.test"},
	}
	var chain [][]byte
	for _, c := range []*x509.Certificate{leaf, root} {
		der, err := x509.CreateCertificate(rand.Reader, c, root, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, der)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", time.Time{}, strings.NewReader("hello"))
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // haul ends the first handshake
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// TestJudgeFindsWhatIsNotHauls keeps the judge honest.
func TestJudgeFindsWhatIsNotHauls(t *testing.T) {
	t.Parallel()
	for _, foreign := range []string{
		"\x1b]52;c;aGF1bA==\a", "\x1b]0;pwned\a", "\x1b]8;;http://evil.test\x1b\\x", "\x1b]9;hello\a",
		"\x1b]8;;file:///etc/passwd\a", "\x1b]9;evil.test asks\a", "\x1b]7501;state=working;title=evil.test\a",
		"\x1b[41;1H", "\x1b[121G", "\x1b[3t", "\x1b[?47h", "\x1b[5i", "\x1bc", "\x1b#8",
		"\x1bP$q\"p\x1b\\", "\x1b_apc\x1b\\", "\x1b^pm\x1b\\", "\u009b2J", "\u202egpj.exe", "\xff",
	} {
		if len(judge("before "+foreign+" after", 120, 40)) == 0 {
			t.Errorf("%q is taken for haul's own", foreign)
		}
	}
	for _, own := range []string{"\x1b[2J\x1b[38;5;4mtext\x1b[m\r\n", "\x1b]2;haul 63% 5/13\a", "\x1b]9;4;1;63\a", "\x1b]11;?\a"} {
		if found := judge(own, 120, 40); len(found) > 0 {
			t.Errorf("%q is taken for a stranger's: %v", own, found)
		}
	}
}

// judge finds what haul itself never sends: a string sequence (OSC, DCS, APC,
// PM, SOS) or a control sequence that is not one of its own, a place outside of
// the screen, controls of C1, format characters that turn the direction of
// writing.
func judge(output string, width, height int) (found []string) {
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
		HandleCsi: func(cmd ansi.Cmd, params ansi.Params) {
			if !ownCSI(cmd, params, width, height) {
				report("CSI", fmt.Sprint(params, " ", cmd.Prefix(), cmd.Intermediate(), string(rune(cmd.Final()))))
			}
		},
		HandleEsc: func(cmd ansi.Cmd) {
			// Keypad, cursor, index, the end of a string; character sets.
			if cmd.Intermediate() != '(' && (cmd.Intermediate() != 0 || !strings.ContainsRune("=>78M\\", rune(cmd.Final()))) {
				report("escape", string(rune(cmd.Intermediate()))+string(rune(cmd.Final())))
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
	case 8:
		return data == "8;;" || regexp.MustCompile(`^8;;http://127\.0\.0\.1:[!-~]+$|^8;;https://127\.0\.0\.1:[!-~]+$`).MatchString(data)
	case 9:
		return regexp.MustCompile(`^9;4;[0-9;]+$|^9;haul: [0-9]+ (transfers?|questions?) [a-z0-9 ,]+$`).MatchString(data)
	case 10, 11, 12:
		return strings.HasSuffix(data, ";?")
	case 110, 111, 112:
		return true
	case 7501:
		return regexp.MustCompile(`^7501;(\?|[a-z]+=[a-zA-Z0-9 ,+/=]*(;|$))+$`).MatchString(data) && !strings.Contains(data, "evil")
	}
	return false
}

// ownCSI tells whether a control sequence is one that Bubble Tea's renderer
// writes, and where it moves the cursor to is on the screen.
func ownCSI(cmd ansi.Cmd, params ansi.Params, width, height int) bool {
	at := func(i, most int) bool {
		n, _, _ := params.Param(i, 1)
		return n <= most
	}
	switch prefix, final := cmd.Prefix(), cmd.Final(); {
	case cmd.Intermediate() == '$' && final == 'p', cmd.Intermediate() == ' ' && final == 'q': // asks for a mode; shape of the cursor
		return true
	case cmd.Intermediate() != 0:
		return false
	case prefix == '?' && (final == 'h' || final == 'l'):
		n, _, _ := params.Param(0, 0)
		return slices.Contains([]int{1, 7, 25, 1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026, 2027, 2031}, n)
	case prefix == '?' && final == 'W': // a tab stop every eight cells
		return true
	case prefix != 0: // keys of the kitty protocol, names of the terminal
		return strings.ContainsRune("uqcnm", rune(final))
	case final == 'H', final == 'f':
		return at(0, height) && at(1, width)
	case final == 'G', final == '`', strings.ContainsRune("CDXPb@", rune(final)):
		return at(0, width)
	case final == 'd', strings.ContainsRune("ABLMST", rune(final)):
		return at(0, height)
	case final == 'r':
		return at(0, height) && at(1, height)
	}
	return strings.ContainsRune("mJKhlcnIZ", rune(cmd.Final()))
}

// ownDCS tells whether a device control string is a query of Bubble Tea's: the
// terminal's name (XTVERSION comes as CSI) or its capabilities (XTGETTCAP).
func ownDCS(data string) bool {
	return !strings.ContainsFunc(data, func(r rune) bool { return !strings.ContainsRune("0123456789ABCDEFabcdef;", r) })
}
