package text

import (
	"strings"
	"testing"
)

func TestURLHidesSecrets(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "https://deb.example.org/iso/a.iso?x=1#top", "https://deb.example.org/iso/a.iso?x=1#top"},
		{"user and password", "https://alice:s3cret@h.example/p", "https://h.example/p"},
		{"user alone", "ftp://alice@h.example", "ftp://h.example"},
		{"at sign in password", "https://a:b@c@h.example/", "https://h.example/"},
		{"slash in password", "https://a:b/c@h.example/p", "https://h.example/p"},
		{"question mark and hash in password", "https://a:b?c#d@h.example/p", "https://h.example/p"},
		{"broken escape", "https://a:b%zz@h.example/%zz", "https://h.example/%zz"},
		{"no scheme", "alice:s3cret@h.example/p", "h.example/p"},
		{"at sign in the path", "https://h.example/@scope/pkg", "https://h.example/@scope/pkg"},
		{"at sign in the path, with port", "https://h.example:8443/@scope", "https://h.example:8443/@scope"},
		{"IPv6", "http://[::1]/a@b", "http://[::1]/a@b"},
		{"IPv6 with port", "http://u:p@[::1]:80/a@b", "http://[::1]:80/a@b"},
		{"secret parameters", "https://h/?a=1&token=abc&X-Amz-Signature=def;api_key=k&b=2", "https://h/?a=1&token=…&X-Amz-Signature=…;api_key=…&b=2"},
		{"upper case and escaped name", "https://h/?%74OKEN=abc", "https://h/?%74OKEN=…"},
		{"equals sign in the value", "https://h/?auth=a=b=&c", "https://h/?auth=…&c"},
		{"fragment", "https://h/cb#access_token=abc&state=1", "https://h/cb#access_token=…&state=1"},
		{"scheme in the query", "h/?token=abc&u=http://x", "h/?token=…&u=http://x"},
		{"escape sequence", "https://h/\x1b]52;c;x\a", "https://h/␛]52;c;x␇"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := URL(tt.in, Const("…")); got.String() != tt.want {
				t.Errorf("URL(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestURLShowsMixedScriptsInPunycode(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"Latin", "https://bücher.example/", "https://bücher.example/"},
		{"Cyrillic only", "https://пример.рф/", "https://пример.рф/"},
		{"Japanese under Latin", "https://日本語ドメイン.jp/", "https://日本語ドメイン.jp/"},
		{"Cyrillic letter in a Latin name", "https://ex\u0430mple.com/", "https://xn--exmple-4nf.com/"},
		{"Cyrillic name under Latin", "https://пример.com:443/", "https://xn--e1afmkfd.com:443/"},
		{"Greek and Cyrillic", "https://αа/", "https://xn--mxa8w/"},
		{"path is left alone", "https://h.example/привет", "https://h.example/привет"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := URL(tt.in, Const("…")); got.String() != tt.want {
				t.Errorf("URL(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
	long := URL("https://"+strings.Repeat("аa", 5000)+"/", Const("…")).String()
	if strings.ContainsRune(long, 'а') {
		t.Error("a host too long for Punycode still shows its letters")
	}
}

// The sample strings of RFC 3492, section 7.1.
func TestPunycodeSamplesOfTheRFC(t *testing.T) {
	tests := []struct{ in, want string }{
		{"ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"},
		{"他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"},
		{"他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb"},
		{"למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"},
		{"почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"},
		{"3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"},
		{"maji\u3067koi\u3059\u308b5\u79d2\u524d", "majikoi5-783gue6qz075azm5e"},
		{"-> $1.00 <-", "-> $1.00 <--"},
	}
	for _, tt := range tests {
		if got := punycode(tt.in); got != tt.want {
			t.Errorf("punycode(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzURLNeverShowsThePassword(f *testing.F) {
	f.Add("https", "h.example", "/p?x=1")
	f.Add("http", "ex\u0430mple.com", "?token=a&u=http://b@c")
	f.Fuzz(func(t *testing.T, scheme, host, rest string) {
		if !isScheme(scheme) || strings.ContainsAny(host, `/\?#@`) {
			return
		}
		if rest != "" && !strings.ContainsAny(rest[:1], `/?#`) {
			return
		}
		const password = "Passw0rd42Zq"
		if strings.Contains(host+rest+scheme, password) {
			return
		}
		got := URL(scheme+"://alice:"+password+"@"+host+rest, Const("…"))
		if strings.Contains(got.String(), password) {
			t.Errorf("%q shows the password", got)
		}
		checkHarmless(t, got)
	})
}
